import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Competency
from participants.competencies import (
    Rated,
    rate,
    rate_competencies,
    ratings_missing,
)
from participants.competency_moments import Moments
from participants.models import CompetencyRating, Enrollment
from participants.rating_union import drop_older_ratings
from tests.factories import (
    MONDAY,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyFactory,
    CompetencyRatingFactory,
    EnrollmentFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db

NOON = at(MONDAY, 12)
END = at(MONDAY + dt.timedelta(days=21), 12)  # of the fourth and last week


@pytest.fixture
def enrollment() -> Enrollment:
    return EnrollmentFactory(participant__user=UserFactory())


@pytest.fixture
def competencies(enrollment) -> list[Competency]:
    """Two, of a module that teaches to the edition's last week."""
    cohort = enrollment.cohort
    module = CohortModuleFactory(cohort=cohort, first_week=1, last_week=4).module
    return CompetencyFactory.create_batch(2, program=cohort.program, modules=[module])


def of(enrollment, **filters) -> dict[int, int]:
    rows = CompetencyRating.objects.filter(enrollment=enrollment, **filters)
    return dict(rows.values_list("competency_id", "level"))


def refusal(*args, **kwargs) -> str:
    with pytest.raises(ValidationError) as error:
        rate_competencies(*args, **kwargs)
    return error.value.code


# ---- Rating ----------------------------------------------------------------------------------


def test_person_rates_oneself_and_sending_it_again_changes_nothing(enrollment, competencies):
    one, two = competencies
    user = enrollment.participant.user
    levels = {one.pk: 2, two.pk: 3}
    given = {"by": user, "at": NOON}
    assert rate_competencies(enrollment, "baseline", "self", levels, **given) == Rated(2, 0, [])
    assert rate_competencies(enrollment, "baseline", "self", levels, **given) == Rated(0, 2, [])
    assert of(enrollment, moment="baseline", rater="self", rated_by=user) == levels
    assert CompetencyRating.history.count() == 2


def test_a_part_may_be_rated_and_the_rest_later(enrollment, competencies):
    one, two = competencies
    rate_competencies(enrollment, "baseline", "tutor", {one.pk: 1}, by=UserFactory(), at=NOON)
    rate_competencies(enrollment, "baseline", "tutor", {two.pk: 4}, by=UserFactory(), at=NOON)
    assert of(enrollment) == {one.pk: 1, two.pk: 4}


def test_change_keeps_the_old_level_with_who_and_when(enrollment, competencies):
    first, second = UserFactory(), UserFactory()
    key = competencies[0].pk
    rate_competencies(enrollment, "end", "tutor", {key: 2}, by=first, at=END)
    later = END + dt.timedelta(hours=1)
    rate_competencies(enrollment, "end", "tutor", {key: 3}, by=second, at=later)
    history = CompetencyRating.history.order_by("history_id")
    assert list(history.values_list("level", "history_user", "history_date")) == [
        (2, first.pk, END),
        (3, second.pk, later),
    ]


def test_what_was_rated_otherwise_meanwhile_is_not_overwritten(enrollment, competencies):
    one, two = competencies
    tutor = UserFactory()
    both = {one.pk: 1, two.pk: 1}
    rate_competencies(enrollment, "baseline", "tutor", both, by=tutor, at=NOON)
    rate_competencies(enrollment, "baseline", "tutor", {one.pk: 4}, by=tutor, at=NOON)
    rated = rate_competencies(
        enrollment, "baseline", "tutor", {one.pk: 2, two.pk: 2}, by=tutor, at=NOON, seen=both
    )
    assert (rated.saved, [row.competency_id for row in rated.conflicts]) == (1, [one.pk])
    assert of(enrollment) == {one.pk: 4, two.pk: 2}


def test_what_was_left_as_shown_does_not_bring_an_old_level_back(enrollment, competencies):
    key = competencies[0].pk
    CompetencyRatingFactory(enrollment=enrollment, competency_id=key, level=4)
    given = {"by": enrollment.participant.user, "at": NOON, "seen": {key: 1}}
    assert rate_competencies(enrollment, "baseline", "self", {key: 1}, **given).saved == 0
    assert of(enrollment) == {key: 4}


def test_wrong_rater_is_refused(enrollment, competencies):
    levels = {competencies[0].pk: 2}
    other, own = UserFactory(), enrollment.participant.user
    assert refusal(enrollment, "baseline", "self", levels, by=other, at=NOON) == "not_oneself"
    assert refusal(enrollment, "baseline", "tutor", levels, by=own, at=NOON) == "oneself"
    assert not CompetencyRating.objects.exists()


def test_what_the_edition_does_not_ask_for_is_refused(enrollment, competencies):
    tutor = UserFactory()
    program = enrollment.cohort.program
    for stranger in (CompetencyFactory(), CompetencyFactory(program=program)):
        code = refusal(enrollment, "baseline", "tutor", {stranger.pk: 2}, by=tutor, at=NOON)
        assert code == "other_program"
    for level in (0, 5):
        levels = {competencies[0].pk: level}
        assert refusal(enrollment, "baseline", "tutor", levels, by=tutor, at=NOON) == "level"


def test_who_is_not_in_the_edition_is_refused(enrollment, competencies):
    tutor, levels = UserFactory(), {competencies[0].pk: 2}
    enrollment.status, enrollment.ended_on = "withdrawn", MONDAY
    enrollment.save()
    assert refusal(enrollment, "baseline", "tutor", levels, by=tutor, at=NOON) == "not_in_edition"
    stranger = EnrollmentFactory()
    with pytest.raises(ValidationError) as error:
        rate(
            enrollment.cohort_id,
            "baseline",
            "tutor",
            {(stranger.pk, competencies[0].pk): 2},
            by=tutor,
            at=NOON,
        )
    assert error.value.code == "not_in_edition"


def test_closed_edition_is_refused(enrollment, competencies):
    enrollment.cohort.status = "closed"
    enrollment.cohort.save()
    given = {"by": UserFactory(), "at": NOON}
    assert refusal(enrollment, "baseline", "tutor", {competencies[0].pk: 2}, **given) == "closed"


@pytest.mark.parametrize("size", [1, 3])
def test_group_is_rated_in_as_many_queries_as_one(
    size, enrollment, competencies, django_assert_num_queries
):
    people = [EnrollmentFactory(cohort=enrollment.cohort) for _number in range(size)]
    levels = {(person.pk, competencies[0].pk): 2 for person in people}
    with django_assert_num_queries(11):
        rated = rate(enrollment.cohort_id, "baseline", "tutor", levels, by=UserFactory(), at=NOON)
    assert rated.saved == size


@pytest.mark.postgres
def test_two_who_rate_at_once_follow_one_another(enrollment, competencies, at_once):
    key = competencies[0].pk
    tutor = UserFactory()

    def act(index: int) -> Rated:
        return rate_competencies(
            enrollment,
            "baseline",
            "tutor",
            {key: index + 1},
            by=tutor,
            at=NOON,
            seen={key: None},
        )

    outcomes = by_saved(at_once(act))
    assert [(each.saved, len(each.conflicts)) for each in outcomes] == [(0, 1), (1, 0)]
    assert CompetencyRating.objects.count() == 1


def by_saved(outcomes: list[Rated]) -> list[Rated]:
    return sorted(outcomes, key=lambda each: each.saved)


def test_competency_is_of_the_editions_program():
    rating = CompetencyRatingFactory.build(
        enrollment=EnrollmentFactory(), competency=CompetencyFactory()
    )
    with pytest.raises(ValidationError) as error:
        rating.full_clean()
    assert set(error.value.message_dict) == {"competency"}


# ---- When ------------------------------------------------------------------------------------


def last_weeks_of(cohort) -> list[int]:
    return [each.last_week for each in Competency.objects.of_cohort(cohort)]


def moments_of(**module) -> Moments:
    cohort = CohortFactory(ends_on=MONDAY + dt.timedelta(days=55))
    cohort_module = CohortModuleFactory(cohort=cohort, **module)
    CompetencyFactory(program=cohort.program, modules=[cohort_module.module])
    return Moments.of(cohort, last_weeks_of(cohort))


def test_baseline_is_asked_from_the_first_day_and_late_after_four_weeks():
    moments = moments_of(first_week=1, last_week=8)
    assert not moments.is_open("baseline", MONDAY - dt.timedelta(days=1))
    assert moments.is_open("baseline", MONDAY)
    in_time = MONDAY + dt.timedelta(days=27)
    assert not moments.is_late("baseline", at(in_time, 23, 59))
    assert moments.is_late("baseline", at(in_time + dt.timedelta(days=1), 0))
    assert moments.is_open("baseline", MONDAY + dt.timedelta(days=400))
    assert not moments.is_late("end", MONDAY + dt.timedelta(days=400))


def test_end_is_asked_from_the_last_week_of_the_last_module_that_names_one():
    moments = moments_of(first_week=1, last_week=6)
    CohortModuleFactory(cohort=moments.cohort, first_week=7, last_week=8)
    BreakFactory(
        cohort=moments.cohort,
        starts_on=MONDAY + dt.timedelta(days=7),
        ends_on=MONDAY + dt.timedelta(days=13),
    )
    moments = Moments.of(moments.cohort, last_weeks_of(moments.cohort))
    assert moments.end_from == MONDAY + dt.timedelta(weeks=6)
    assert not moments.is_open("end", moments.end_from - dt.timedelta(days=1))
    assert moments.due(moments.end_from - dt.timedelta(days=1)) == "baseline"
    assert moments.due(moments.end_from) == "end"


def test_weeks_beyond_the_edition_are_its_last_one():
    assert moments_of(first_week=1, last_week=30).end_from == MONDAY + dt.timedelta(weeks=7)


def test_nothing_is_asked_before_its_day_nor_in_a_closed_edition(enrollment, competencies):
    levels, own = {competencies[0].pk: 2}, enrollment.participant.user
    sunday = at(MONDAY - dt.timedelta(days=1), 12)
    assert refusal(enrollment, "baseline", "self", levels, by=own, at=sunday) == "not_open"
    assert refusal(enrollment, "end", "self", levels, by=own, at=NOON) == "not_open"
    enrollment.cohort.status = "closed"
    assert Moments.of(enrollment.cohort, []).due(MONDAY) is None


# ---- Complete --------------------------------------------------------------------------------


def test_complete_is_who_rated_oneself_at_both_moments(enrollment, competencies):
    assert ratings_missing(enrollment.cohort_id) == {enrollment.pk: 4}
    for moment in ("baseline", "end"):
        for competency in competencies:
            CompetencyRatingFactory(
                enrollment=enrollment, competency=competency, moment=moment, rater="self"
            )
    other = EnrollmentFactory(cohort=enrollment.cohort)
    CompetencyRatingFactory(enrollment=other, competency=competencies[0], rater="tutor")
    CompetencyRatingFactory(enrollment=other, competency=competencies[0], rater="self")
    untold = CompetencyFactory(program=enrollment.cohort.program)
    CompetencyRatingFactory(enrollment=other, competency=untold, rater="self")
    EnrollmentFactory()
    with CaptureQueriesContext(connection) as queries:
        assert ratings_missing(enrollment.cohort_id) == {enrollment.pk: 0, other.pk: 3}
    assert len(queries) == 1


def test_nothing_is_missing_where_nothing_is_asked(enrollment):
    assert ratings_missing(enrollment.cohort_id) == {enrollment.pk: 0}


# ---- Two enrollments of one person -----------------------------------------------------------


def test_of_two_ratings_of_the_same_the_one_given_last_counts(enrollment, competencies):
    one, two = competencies
    goes = EnrollmentFactory(cohort=enrollment.cohort)
    by = UserFactory()
    later = NOON + dt.timedelta(days=1)
    CompetencyRatingFactory(enrollment=enrollment, competency=one, level=1, rated_at=NOON)
    CompetencyRatingFactory(enrollment=goes, competency=one, level=4, rated_at=later)
    CompetencyRatingFactory(enrollment=enrollment, competency=two, level=1, rated_at=later)
    CompetencyRatingFactory(enrollment=goes, competency=two, level=4, rated_at=NOON)
    CompetencyRatingFactory(enrollment=goes, competency=two, level=3, moment="end")
    drop_older_ratings(enrollment, goes, by=by, reason="Repetida")
    assert of(enrollment) == {two.pk: 1}
    assert of(goes) == {one.pk: 4, two.pk: 3}
    dropped = CompetencyRating.history.filter(history_type="-")
    assert set(dropped.values_list("history_user", "history_change_reason")) == {
        (by.pk, "Repetida")
    }
