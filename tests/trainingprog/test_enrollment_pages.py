"""The coordinator's steps with an enrollment: what they mean, what they do, how they refuse."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from courses.models import Cohort
from participants.enrolling import withdraw
from participants.models import Enrollment, Offer
from participants.waiting_list import offer_next, waitlist
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    ModuleCompletionFactory,
    ParticipantFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.usefixtures("clock")
FRIDAY = MONDAY + dt.timedelta(days=11)
NOW = at(FRIDAY, 12)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def next_cohort(cohort):
    first = MONDAY + dt.timedelta(days=60)
    return CohortFactory(
        program=cohort.program, starts_on=first, ends_on=first + dt.timedelta(days=30)
    )


def address(name, enrollment):
    return reverse(f"enrollment_{name}", args=[enrollment.pk])


def text(response) -> str:
    return response.content.decode()


def state(enrollment) -> str:
    return Enrollment.objects.get(pk=enrollment.pk).status


# ---- steps -----------------------------------------------------------------------------------


def test_withdrawal_says_to_whom_the_place_goes_and_does_it(client, cohort, enrollment):
    Cohort.objects.update(capacity=1)
    following = waitlist(ParticipantFactory(given_names="Nélida"), cohort, at=NOW, by=None)
    assert "Nélida" in text(client.get(address("withdraw", enrollment)))
    response = client.post(
        address("withdraw", enrollment), {"on": "2026-03-13", "reason": "health"}, follow=True
    )
    assert response.redirect_chain[0][0] == address("timeline", enrollment)
    assert (state(enrollment), state(following)) == ("withdrawn", "offered")


def test_withdrawal_before_the_enrollment_is_refused_at_the_day(client, enrollment):
    response = client.post(
        address("withdraw", enrollment), {"on": "2026-02-01", "reason": "health"}
    )
    assert response.status_code == 422
    assert "02/03/2026" in response.context["form"].errors["on"][0]
    assert response.context["form"]["reason"].value() == "health"
    assert state(enrollment) == "enrolled"


def test_reasons_that_only_the_system_writes_are_not_offered(client, enrollment):
    response = client.post(
        address("withdraw", enrollment), {"on": "2026-03-13", "reason": "no_answer"}
    )
    assert "reason" in response.context["form"].errors


def test_reinstatement_counts_the_sessions_missed(client, cohort, enrollment):
    SessionFactory(cohort=cohort, day=3)
    SessionFactory(cohort=cohort, day=20)
    withdraw(enrollment, on=MONDAY, reason="health", by=None, at=NOW)
    with translation.override("es"):
        means = client.get(address("reinstate", enrollment)).context["means"]
    assert any(line.startswith("1 ") for line in means)
    client.post(address("reinstate", enrollment), {"on": "2026-03-13"})
    assert state(enrollment) == "enrolled"


def test_transfer_is_looked_at_before_it_is_confirmed(
    client, enrollment, cohort_module, next_cohort
):
    there = CohortModuleFactory(cohort=next_cohort, module=cohort_module.module)
    CompletionRuleFactory(cohort_module=there)
    ModuleCompletionFactory(
        enrollment=enrollment, cohort_module=cohort_module, rule=cohort_module.rules.get()
    )
    data = {"to_cohort": next_cohort.pk, "on": "2026-03-13"}
    looked = client.post(address("transfer", enrollment), data)
    assert looked.context["preview"].credits[0].cohort_module == there
    assert state(enrollment) == "enrolled"
    client.post(address("transfer", enrollment), data | {"confirm": next_cohort.pk})
    assert state(enrollment) == "transferred"
    assert next_cohort.enrollments.get().completions.count() == 1


def test_transfer_confirmed_for_another_edition_is_looked_at_again(client, enrollment, next_cohort):
    other = CohortFactory(program=next_cohort.program)
    data = {"to_cohort": other.pk, "on": "2026-03-13", "confirm": next_cohort.pk}
    assert client.post(address("transfer", enrollment), data).context["preview"].cohort == other
    assert state(enrollment) == "enrolled"


def test_transfer_into_a_full_edition_is_refused_at_the_edition(client, enrollment, next_cohort):
    Cohort.objects.filter(pk=next_cohort.pk).update(capacity=1)
    EnrollmentFactory(cohort=next_cohort)
    data = {"to_cohort": next_cohort.pk, "on": "2026-03-13", "confirm": next_cohort.pk}
    response = client.post(address("transfer", enrollment), data)
    assert response.status_code == 422
    assert "to_cohort" in response.context["form"].errors


def test_post_is_changed_from_a_day(client, enrollment):
    facility = FacilityFactory()
    data = {
        "on": "2026-03-09",
        "facility": facility.renipress,
        "service": "mamis",
        "profession": "nursing",
        "regime": "cas",
    }
    assert client.post(address("post", enrollment), data).status_code == 302
    enrollment.refresh_from_db()
    assert (enrollment.facility, enrollment.service) == (facility, "mamis")
    assert enrollment.earlier_posts.get().until == dt.date(2026, 3, 8)


def test_unknown_facility_is_said_at_its_field(client, enrollment):
    data = {
        "on": "2026-03-09",
        "facility": "99999999",
        "service": "mamis",
        "profession": "nursing",
        "regime": "cas",
    }
    response = client.post(address("post", enrollment), data)
    assert "facility" in response.context["form"].errors
    assert response.context["form"]["facility"].value() == "99999999"


def test_group_is_changed_and_only_to_one_of_the_edition(client, cohort, enrollment):
    new, strange = GroupFactory(cohort=cohort, number=7), GroupFactory()
    page = address("group", enrollment)
    assert client.post(page, {"on": "2026-03-13", "group": strange.pk}).status_code == 422
    assert client.post(page, {"on": "2026-03-13", "group": new.pk}).status_code == 302
    enrollment.refresh_from_db()
    assert enrollment.group == new


def test_who_was_declined_is_put_on_the_list(client, cohort):
    declined = EnrollmentFactory(cohort=cohort, status="declined")
    assert client.post(address("waitlist", declined)).status_code == 302
    assert state(declined) == "waitlisted"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("withdraw", "withdrawn"),
        ("reinstate", "enrolled"),
        ("transfer", "waitlisted"),
        ("waitlist", "enrolled"),
    ],
)
def test_step_that_does_not_fit_says_so_and_shows_no_form(client, cohort, name, status):
    person = EnrollmentFactory(cohort=cohort, status=status, ended_on=MONDAY)
    response = client.get(address(name, person))
    assert response.context["fits"] is False
    assert 'class="task-form"' not in text(response)


# ---- timeline --------------------------------------------------------------------------------


def test_timeline_tells_steps_with_day_reason_and_who(client, coordinator, enrollment):
    withdraw(enrollment, on=FRIDAY, reason="workload", by=coordinator, at=NOW)
    events = client.get(address("timeline", enrollment)).context["timeline"].events
    assert (events[-1].on, events[-1].by) == (FRIDAY, coordinator)
    assert any(change.new == "13/03/2026" for change in events[-1].changes)


def test_timeline_tells_changes_of_group_and_facility_by_name(client, cohort, enrollment):
    enrollment.group = GroupFactory(cohort=cohort, number=9)
    enrollment.facility = FacilityFactory(name="Hospital Inventado")
    enrollment.save()
    page = text(client.get(address("timeline", enrollment)))
    assert "Hospital Inventado" in page
    assert str(enrollment.group) in page


def test_timeline_tells_decisions_marks_and_the_mail_of_an_offer(client, cohort):
    waiting = waitlist(ParticipantFactory(), cohort, at=NOW, by=None)
    offer = offer_next(cohort, at=NOW)
    Offer.objects.filter(pk=offer.pk).update(mailed_at=NOW)
    ModuleCompletionFactory(enrollment=waiting)
    AttendanceRecordFactory(enrollment=waiting, state="late")
    timeline = client.get(address("timeline", waiting)).context["timeline"]
    assert len(timeline.events) == 4
    assert [marks.count for marks in timeline.marks] == [0, 1, 0, 0]


def test_timeline_leads_to_the_steps_that_fit(client, cohort, enrollment):
    fitting = [step["url"] for step in client.get(address("timeline", enrollment)).context["steps"]]
    assert address("withdraw", enrollment) in fitting
    assert address("reinstate", enrollment) not in fitting


# ---- waiting list ----------------------------------------------------------------------------


def test_waiting_list_shows_rank_and_deadline_and_offers_what_is_free(client, cohort):
    Cohort.objects.update(capacity=1)
    waiting = [waitlist(ParticipantFactory(), cohort, at=NOW, by=None) for _number in range(2)]
    page = reverse("edition_waiting_list", args=[cohort.pk])
    assert client.get(page).context["can_offer"]
    client.post(page)
    assert [state(each) for each in waiting] == ["offered", "waitlisted"]
    response = client.get(page)
    assert "16/03/2026 12:00" in text(response)
    assert not response.context["can_offer"]
    client.post(page)
    assert Offer.objects.count() == 1


def test_waiting_list_passes_on_what_has_lapsed_when_asked(client, clock, cohort):
    Cohort.objects.update(capacity=1)
    waiting = [waitlist(ParticipantFactory(), cohort, at=NOW, by=None) for _number in range(2)]
    offer_next(cohort, at=NOW)
    clock.move_to(NOW + dt.timedelta(days=4))
    client.post(reverse("edition_waiting_list", args=[cohort.pk]))
    assert [state(each) for each in waiting] == ["declined", "offered"]


def test_raised_capacity_is_offered_to_who_waits(client, cohort, enrollment):
    Cohort.objects.update(capacity=1)
    waiting = waitlist(ParticipantFactory(), cohort, at=NOW, by=None)
    page = reverse("admin:courses_cohort_change", args=[cohort.pk])
    form = client.get(page).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    for inline in client.get(page).context["inline_admin_formsets"]:
        management = inline.formset.management_form
        data |= {field.html_name: field.value() for field in management}
    response = client.post(page, data | {"capacity": 2})
    assert response.status_code == 302, response.context["errors"]
    assert state(waiting) == "offered"


# ---- the admin's form ------------------------------------------------------------------------


def test_status_is_not_written_by_the_admins_form(client, enrollment):
    page = reverse("admin:participants_enrollment_change", args=[enrollment.pk])
    assert list(client.get(page).context["adminform"].form.fields) == ["enrolled_on"]


def test_admins_form_leads_to_the_timeline(client, enrollment):
    page = reverse("admin:participants_enrollment_change", args=[enrollment.pk])
    assert "linea-de-tiempo" in text(client.get(page))


# ---- queries ---------------------------------------------------------------------------------


def queries(client, page) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


@pytest.mark.parametrize("n", [1, 3])
def test_waiting_list_queries_do_not_grow(client, cohort, n):
    for _number in range(2 * n):
        waitlist(ParticipantFactory(), cohort, at=NOW, by=None)
    for _number in range(n):
        offer_next(cohort, at=NOW)
    assert queries(client, reverse("edition_waiting_list", args=[cohort.pk])) == 7


@pytest.mark.parametrize("n", [1, 3])
def test_timeline_queries_do_not_grow(client, cohort, enrollment, n):
    for number in range(n):
        enrollment.group = GroupFactory(cohort=cohort, number=10 + number)
        enrollment.facility = FacilityFactory()
        enrollment.save()
        ModuleCompletionFactory(enrollment=enrollment)
    assert queries(client, address("timeline", enrollment)) == 10
