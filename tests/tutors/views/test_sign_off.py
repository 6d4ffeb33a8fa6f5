import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Cohort
from participants.models import Enrollment, ModuleCompletion
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    AttendanceRecordFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    RuleScoreFactory,
    ScoreFactory,
    SessionFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.usefixtures("clock")
Outcome = ModuleCompletion.Outcome


@pytest.fixture
def sessions(cohort, cohort_module):
    return [SessionFactory(cohort=cohort, cohort_module=cohort_module, day=n) for n in range(5)]


def person(group, sessions, present: int, **fields) -> Enrollment:
    enrollment = EnrollmentFactory(cohort=group.cohort, group=group, **fields)
    for number, session in enumerate(sessions):
        state = "present" if number < present else "absent"
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    return enrollment


def review_page(group, module) -> str:
    return reverse("tutors:sign_off", args=[group.pk, module.pk])


def all_page(group, module) -> str:
    return reverse("tutors:sign_off_all", args=[group.pk, module.pk])


def person_page(group, module, enrollment) -> str:
    return reverse("tutors:decide", args=[group.pk, module.pk, enrollment.pk])


def all_pages(group, module, enrollment) -> list[str]:
    return [
        review_page(group, module),
        all_page(group, module),
        person_page(group, module, enrollment),
    ]


def completion_of(enrollment, cohort_module, by, **changed) -> ModuleCompletion:
    values = {
        "rule": cohort_module.rules.get(),
        "meets_rule": True,
        "sessions_counted": 5,
        "sessions_taken": 5,
        "decided_by": by,
        "decided_at": at(MONDAY + dt.timedelta(days=10), 9),
    }
    return ModuleCompletion.objects.create(
        enrollment=enrollment, cohort_module=cohort_module, **values | changed
    )


def test_tutor_sees_who_meets_the_rule_and_who_not(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    person(group, sessions, 5)
    person(group, sessions, 3)
    response = log_in(tutor).get(review_page(group, cohort_module))
    page = response.content.decode()
    assert [row.standing for row in response.context["review"].rows] == ["met", "not_met"]
    assert page.count("chip-risk") == 1
    assert response.context["review"].rows[1].shortfall in page
    assert all_page(group, cohort_module) in page


def test_who_meets_the_rule_with_an_attempt_left_is_told_apart(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    Cohort.objects.update(attempts_count="last")
    exam = AssessmentFactory(cohort_module=cohort_module, attempts=2)
    RuleScoreFactory(rule=cohort_module.rules.get(), assessment=exam, minimum=14)
    for present in (5, 3):
        enrollment = person(group, sessions, present=present)
        ScoreFactory(enrollment=enrollment, assessment=exam, value=14)
    page = log_in(tutor).get(review_page(group, cohort_module))
    assert page.text.count("no se espera el intento que queda") == 1
    assert len(page.context["review"].meeting) == 1


def test_all_who_meet_are_completed_in_one_step(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    meets = person(group, sessions, 5)
    person(group, sessions, 3)
    client = log_in(tutor)
    response = client.post(all_page(group, cohort_module), follow=True)
    assert response.redirect_chain == [(review_page(group, cohort_module), 302)]
    assert "1 persona" in response.content.decode() or "1 person" in response.content.decode()
    completion = ModuleCompletion.objects.get()
    assert (completion.enrollment, completion.decided_by) == (meets, tutor)
    client.post(all_page(group, cohort_module))
    assert ModuleCompletion.history.count() == 1
    assert all_page(group, cohort_module) not in response.content.decode()


def test_one_is_completed_against_the_rule_with_a_reason(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 3)
    address = person_page(group, cohort_module, enrollment)
    client = log_in(tutor)
    assert client.get(address).status_code == 200
    values = {"outcome": Outcome.COMPLETED, "override_note": "Entregó la tarea"}
    refused = client.post(address, values)
    assert refused.status_code == 422
    assert "override_reason" in refused.context["form"].errors
    assert "Entregó la tarea" in refused.content.decode()
    assert not ModuleCompletion.objects.exists()
    done = client.post(address, values | {"override_reason": "made_up"})
    assert done.status_code == 302
    completion = ModuleCompletion.objects.get()
    assert (completion.meets_rule, completion.override_reason) == (False, "made_up")
    assert completion.override_note == "Entregó la tarea"


def test_exception_that_waits_for_a_second_person_says_so(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    Cohort.objects.update(overrides_need_approval=True)
    enrollment = person(group, sessions, 1)
    values = {"outcome": Outcome.COMPLETED, "override_reason": "made_up"}
    address = person_page(group, cohort_module, enrollment)
    page = log_in(tutor).post(address, values, follow=True).text
    assert "Valdrá cuando una segunda persona la apruebe." in page
    assert "culminó · espera aprobación" in page


def test_note_like_a_document_number_is_asked_about_once_and_then_kept(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    values = {"outcome": Outcome.COMPLETED, "override_note": "Expediente 20261234"}
    page, client = person_page(group, cohort_module, enrollment), log_in(tutor)
    response = client.post(page, values)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["override_note"]
    assert 'type="checkbox" name="is_no_number"' in response.content.decode()
    assert not ModuleCompletion.objects.exists()
    assert client.post(page, values | {"is_no_number": "on"}).status_code == 302
    assert ModuleCompletion.objects.get().override_note == "Expediente 20261234"


def test_note_of_words_is_asked_nothing(log_in, tutor, group, cohort_module, sessions) -> None:
    page = person_page(group, cohort_module, person(group, sessions, 5))
    shown = log_in(tutor).get(page).content.decode()
    assert 'type="hidden" name="is_no_number"' in shown


@pytest.mark.parametrize(
    "values", [{}, {"outcome": "perhaps"}, {"outcome": "completed", "based_on": "yesterday"}]
)
def test_bad_input_is_told_and_decides_nothing(
    values, log_in, tutor, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    response = log_in(tutor).post(person_page(group, cohort_module, enrollment), values)
    assert response.status_code == 422
    assert not ModuleCompletion.objects.exists()


def test_decision_is_changed_from_its_page(log_in, tutor, group, cohort_module, sessions) -> None:
    enrollment = person(group, sessions, 5)
    completion_of(enrollment, cohort_module, tutor)
    address = person_page(group, cohort_module, enrollment)
    client = log_in(tutor)
    form = client.get(address).context["form"]
    assert form["outcome"].value() == Outcome.COMPLETED
    values = {
        "outcome": Outcome.NOT_COMPLETED,
        "override_reason": "record_fault",
        "based_on": form["based_on"].value(),
    }
    assert client.post(address, values).status_code == 302
    assert ModuleCompletion.objects.get().outcome == Outcome.NOT_COMPLETED


def test_stale_page_overwrites_nothing_and_shows_what_was_decided(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    completion_of(enrollment, cohort_module, UserFactory())
    address = person_page(group, cohort_module, enrollment)
    client = log_in(tutor)
    values = {"outcome": Outcome.NOT_COMPLETED, "override_reason": "other", "based_on": ""}
    response = client.post(address, values)
    assert response.status_code == 422
    assert ModuleCompletion.objects.get().outcome == Outcome.COMPLETED
    form = response.context["form"]
    assert form["outcome"].value() == Outcome.NOT_COMPLETED
    again = values | {"based_on": form["based_on"].value()}
    assert client.post(address, again).status_code == 302
    assert ModuleCompletion.objects.get().outcome == Outcome.NOT_COMPLETED


def test_closed_module_shows_its_decisions_and_takes_none(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    completion_of(enrollment, cohort_module, tutor)
    cohort_module.closed_at = at(MONDAY + dt.timedelta(days=10), 9)
    cohort_module.save()
    client = log_in(tutor)
    response = client.get(review_page(group, cohort_module))
    assert "12/03/2026" in response.content.decode()
    assert not response.context["can_decide"]
    assert client.post(all_page(group, cohort_module)).status_code == 403
    assert client.get(person_page(group, cohort_module, enrollment)).status_code == 403


def test_closed_edition_shows_its_decisions_and_takes_none(
    log_in, tutor, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    client = log_in(tutor)
    response = client.get(review_page(group, cohort_module))
    assert not response.context["can_decide"]
    assert response.context["edition_is_closed"]
    assert client.post(all_page(group, cohort_module)).status_code == 403
    assert client.get(person_page(group, cohort_module, enrollment)).status_code == 403


def test_module_without_rule_says_so(log_in, tutor, group, cohort) -> None:
    bare = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    EnrollmentFactory(cohort=cohort, group=group)
    client = log_in(tutor)
    response = client.get(review_page(group, bare))
    assert response.status_code == 200
    assert "alert-warning" in response.content.decode()
    assert client.post(all_page(group, bare)).status_code == 403


def test_person_who_left_is_not_decided(log_in, tutor, group, cohort_module, sessions) -> None:
    enrollment = person(group, sessions, 5, status=Enrollment.Status.WITHDRAWN, ended_on=MONDAY)
    client = log_in(tutor)
    address = person_page(group, cohort_module, enrollment)
    assert address not in client.get(review_page(group, cohort_module)).content.decode()
    assert client.post(address, {"outcome": "completed"}).status_code == 403


def test_person_of_another_group_is_not_found(
    log_in, tutor, group, cohort_module, sessions, other_enrollment
) -> None:
    address = person_page(group, cohort_module, other_enrollment)
    assert log_in(tutor).get(address).status_code == 404


def test_module_of_another_edition_is_not_found(log_in, tutor, group) -> None:
    foreign = CohortModuleFactory()
    assert log_in(tutor).get(review_page(group, foreign)).status_code == 404


def test_coordinator_looks_and_decides_only_where_the_rule_lets(
    log_in, coordinator, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    client = log_in(coordinator)
    response = client.get(review_page(group, cohort_module))
    assert (response.status_code, response.context["can_decide"]) == (200, False)
    assert client.post(all_page(group, cohort_module)).status_code == 403
    assert client.get(person_page(group, cohort_module, enrollment)).status_code == 403
    CompletionRuleFactory(
        cohort_module=cohort_module, version=2, requires_sign_off=False, reason="Acuerdo"
    )
    assert client.post(all_page(group, cohort_module)).status_code == 302
    assert ModuleCompletion.objects.get().decided_by == coordinator


def visit_all(client, group, module, enrollment) -> list[int]:
    review, everyone, one = all_pages(group, module, enrollment)
    return [
        client.get(review).status_code,
        client.post(everyone).status_code,
        client.get(one).status_code,
        client.post(one, {"outcome": "completed"}).status_code,
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("other_tutor", 404), ("participant", 403), ("staff", 403), (None, 302)]
)
def test_who_may_not_comes_to_no_page(
    who, status, request, log_in, client, coordinator, group, cohort_module, sessions
) -> None:
    enrollment = person(group, sessions, 5)
    if who == "staff":
        coordinator.groups.clear()
        client = log_in(coordinator)
    elif who:
        client = log_in(request.getfixturevalue(who))
    assert visit_all(client, group, cohort_module, enrollment) == [status] * 4
    assert not ModuleCompletion.objects.exists()


def test_wrong_method_is_refused(log_in, tutor, group, cohort_module, enrollment) -> None:
    client = log_in(tutor)
    assert client.post(review_page(group, cohort_module)).status_code == 405
    assert client.get(all_page(group, cohort_module)).status_code == 405
    assert client.delete(person_page(group, cohort_module, enrollment)).status_code == 405


@pytest.mark.parametrize("people", [1, 3])
def test_page_costs_the_same_for_any_number(
    people, log_in, tutor, group, cohort_module, sessions, django_assert_num_queries
) -> None:
    for _ in range(people):
        completion_of(person(group, sessions, 5), cohort_module, tutor)
        person(group, sessions, 4)
    client = log_in(tutor)
    client.get(review_page(group, cohort_module))
    # Session, user, group, module, rule; sessions, people, marks, modules, decisions.
    with django_assert_num_queries(9):
        response = client.get(review_page(group, cohort_module))
    assert len(response.context["review"].meeting) == people
