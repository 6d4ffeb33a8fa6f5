import datetime as dt

import pytest

from courses.models import Cohort
from participants.models import EarlierPost, Enrollment
from participants.posts import change_post, posts_on
from tests.factories import MONDAY, EnrollmentFactory, FacilityFactory, UserFactory, at
from tests.participants.refusals import refused

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOW = at(MONDAY + 20 * DAY, 12)


@pytest.fixture
def enrollment():
    return EnrollmentFactory(service="csmc", profession="nursing", employment_regime="cas")


def change(enrollment, on, service="mamis", profession="nursing", regime="cas", **more):
    return change_post(
        enrollment,
        on=on,
        facility=more.get("facility", enrollment.facility),
        service=service,
        profession=profession,
        regime=regime,
        by=more.get("by"),
        at=NOW,
    )


def test_report_of_an_earlier_day_stays_as_it_was(enrollment):
    before, after = enrollment.facility_id, FacilityFactory()
    change(enrollment, MONDAY + 7 * DAY, facility=after)
    change(enrollment, MONDAY + 14 * DAY, service="other", facility=after)
    enrollment.refresh_from_db()

    def on(day):
        post = posts_on(MONDAY + day * DAY, [enrollment])[enrollment.pk]
        return post.service, post.facility_id

    assert [on(0), on(6)] == [("csmc", before)] * 2
    assert [on(7), on(13)] == [("mamis", after.pk)] * 2
    assert [on(14), on(99)] == [("other", after.pk)] * 2


def test_posts_of_many_are_read_at_once(enrollment, django_assert_num_queries):
    people = [enrollment, EnrollmentFactory(), EnrollmentFactory()]
    with django_assert_num_queries(1):
        assert len(posts_on(MONDAY, people)) == 3


def test_change_keeps_who_and_when_and_changes_the_person_too(enrollment):
    user = UserFactory()
    change(enrollment, MONDAY + 7 * DAY, by=user)
    latest = enrollment.history.latest()
    assert (latest.history_user, latest.history_change_reason) == (user, "post:2026-03-09")
    person = enrollment.participant
    person.refresh_from_db()
    assert person.service == "mamis"
    assert person.history.latest().history_user == user


def test_same_post_again_changes_nothing(enrollment):
    for _number in range(2):
        change(enrollment, MONDAY + 7 * DAY)
    assert EarlierPost.objects.count() == 1
    assert enrollment.history.count() == 2


def test_change_from_the_first_day_is_a_correction(enrollment):
    change(enrollment, MONDAY)
    assert not EarlierPost.objects.exists()
    change(enrollment, MONDAY + 7 * DAY, service="other")
    change(enrollment, MONDAY + 7 * DAY, service="csmc")
    assert EarlierPost.objects.get().service == "mamis"


def test_change_before_the_enrollment_is_refused(enrollment):
    with refused("before_enrollment"):
        change(enrollment, MONDAY - DAY)


def test_change_before_the_last_one_is_refused(enrollment):
    change(enrollment, MONDAY + 7 * DAY)
    with refused("before_last_change"):
        change(enrollment, MONDAY + 6 * DAY, service="other")


def test_change_from_a_day_to_come_is_refused(enrollment):
    with refused("future"):
        change(enrollment, MONDAY + 21 * DAY)


def test_change_of_who_is_not_in_the_edition_is_refused(enrollment):
    Enrollment.objects.update(status="withdrawn", ended_on=MONDAY)
    with refused("not_enrolled"):
        change(enrollment, MONDAY)


def test_change_in_a_closed_edition_is_refused(enrollment):
    Cohort.objects.update(status="closed")
    with refused("closed"):
        change(enrollment, MONDAY)
