import pytest
from django.contrib.auth.models import Group as Role
from django.urls import reverse

from courses.models import Cohort
from participants.models import EditionOutcome, Enrollment, ModuleCompletion
from tests.cast import account
from tests.factories import (
    AttendanceRecordFactory,
    CompletionRuleFactory,
    EditionOutcomeFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
    SessionFactory,
)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def rule(cohort):
    return CompletionRuleFactory(cohort_module=None, cohort=cohort)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def second(log_in, coordinator):
    user = account(email="segunda@ensap.example", is_staff=True)
    user.groups.add(Role.objects.get(name="Coordinator"))
    return log_in(user)


@pytest.fixture
def page(cohort):
    return reverse("edition_decisions", args=[cohort.pk])


def person(group, *states) -> Enrollment:
    sessions = group.cohort.sessions.order_by("starts_at")
    if not sessions:
        sessions = [SessionFactory(cohort=group.cohort, day=number) for number in range(5)]
    enrollment = EnrollmentFactory(cohort=group.cohort, group=group)
    for session, state in zip(sessions, states, strict=False):
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    return enrollment


def outcome_page(enrollment) -> str:
    return reverse("enrollment_outcome", args=[enrollment.pk])


def statuses() -> list[str]:
    return list(Enrollment.objects.order_by("pk").values_list("status", flat=True))


def test_page_says_who_meets_the_rule_and_what_the_others_lack(client, rule, group, page) -> None:
    person(group, *["present"] * 5)
    person(group, *["present"] * 3)
    text = client.get(page).content.decode()
    assert "le falta 1 sesión o 20\u00a0%" in text
    assert "todavía puede llegar a 100\u00a0%" in text


def test_page_shows_those_of_whom_it_says_one_thing(client, rule, group, page) -> None:
    meets, short = person(group, *["present"] * 5), person(group, *["present"] * 3)
    text = client.get(page, {"estado": "met"}).content.decode()
    assert outcome_page(meets) in text
    assert outcome_page(short) not in text
    assert "?estado=not_yet#people" in text


def test_all_are_decided_in_one_step(client, cohort, rule, group, page) -> None:
    person(group, *["present"] * 5)
    person(group, *["absent"] * 5)
    person(group, *["present"] * 3)
    shown = client.get(page).context["review"].fingerprint
    address = reverse("edition_decide_all", args=[cohort.pk])
    response = client.post(address, {"fingerprint": shown}, follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert statuses() == ["completed", "not_completed", "enrolled"]
    client.post(address, {"fingerprint": shown})
    assert EditionOutcome.history.count() == 2


def test_what_was_not_shown_is_not_decided(client, cohort, rule, group) -> None:
    person(group, *["present"] * 5)
    client.post(reverse("edition_decide_all", args=[cohort.pk]), {"fingerprint": "x"})
    assert statuses() == ["enrolled"]


def test_without_a_rule_the_page_leads_to_it(client, cohort, group, page) -> None:
    person(group, *["present"] * 5)
    assert reverse("edition_rule", args=[cohort.pk]) in client.get(page).content.decode()
    client.post(reverse("edition_decide_all", args=[cohort.pk]))
    assert statuses() == ["enrolled"]


def decide(client, enrollment, **values):
    form = client.get(outcome_page(enrollment)).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    return client.post(outcome_page(enrollment), data | values)


def test_one_is_decided_by_exception_and_a_second_person_approves(
    client, second, cohort, rule, group, page
) -> None:
    Cohort.objects.update(overrides_need_approval=True)
    enrollment = person(group, *["absent"] * 5)
    refused = decide(client, enrollment, outcome="completed")
    assert (refused.status_code, EditionOutcome.objects.count()) == (422, 0)
    values = {"outcome": "completed", "override_reason": "force_majeure"}
    assert decide(client, enrollment, **values).status_code == 302
    outcome = EditionOutcome.objects.get()
    address = reverse("outcome_answer", args=[outcome.pk])
    data = {"approve": "", "based_on": outcome.decided_at.isoformat()}
    client.post(address, data)
    assert statuses() == ["enrolled"]
    assert address in second.get(page).content.decode()
    second.post(address, data)
    assert statuses() == ["completed"]


def test_exception_in_a_module_is_approved_from_the_edition(
    client, second, cohort, cohort_module, rule, enrollment, tutor, page
) -> None:
    completion = ModuleCompletionFactory(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        meets_rule=False,
        override_reason="made_up",
        needs_approval=True,
        decided_by=tutor,
    )
    address = reverse("completion_answer", args=[completion.pk])
    assert address in client.get(page).content.decode()
    client.post(address, {"approve": "", "based_on": completion.decided_at.isoformat()})
    assert not ModuleCompletion.objects.get().is_pending


@pytest.mark.parametrize(("reason", "left"), [("", 1), ("No procede", 0)])
def test_decision_is_taken_back_with_a_reason(reason, left, client, rule, enrollment) -> None:
    outcome = EditionOutcomeFactory(enrollment=enrollment, rule=rule)
    data = {"based_on": outcome.decided_at.isoformat(), "reason": reason}
    client.post(reverse("outcome_answer", args=[outcome.pk]), data)
    assert EditionOutcome.objects.count() == left


def test_answer_to_a_decision_not_seen_is_refused(client, second, rule, enrollment) -> None:
    outcome = EditionOutcomeFactory(
        enrollment=enrollment, rule=rule, override_reason="other", needs_approval=True
    )
    for based_on in ("", "2026-03-02T10:00:00-05:00"):
        second.post(
            reverse("outcome_answer", args=[outcome.pk]), {"approve": "", "based_on": based_on}
        )
    assert EditionOutcome.objects.get().is_pending


def test_new_version_decides_again_only_when_told(client, cohort, rule, group, page) -> None:
    falls = person(group, *["present"] * 4, "absent")
    decide(client, falls, outcome="completed")
    CompletionRuleFactory(
        cohort_module=None,
        cohort=cohort,
        version=2,
        minimum_attendance_percent=100,
        reason="Acuerdo",
    )
    form = client.get(page).context["again"]
    assert statuses() == ["completed"]
    address = reverse("edition_decide_again", args=[cohort.pk])
    client.post(address, {"expected": "9" * 5000, "reason": "Acuerdo"})
    assert statuses() == ["completed"]
    data = {"expected": form["expected"].value(), "reason": "Acuerdo"}
    client.post(address, data)
    assert statuses() == ["not_completed"]


def test_module_decides_again_too(client, cohort, cohort_module, enrollment) -> None:
    ModuleCompletionFactory(
        enrollment=enrollment, cohort_module=cohort_module, rule=cohort_module.rules.get()
    )
    sessions = [
        SessionFactory(cohort=cohort, cohort_module=cohort_module, day=number) for number in (0, 1)
    ]
    for session in sessions:
        AttendanceRecordFactory(enrollment=enrollment, session=session, state="absent")
    CompletionRuleFactory(cohort_module=cohort_module, version=2, reason="Acuerdo")
    page = client.get(reverse("module_decisions", args=[cohort_module.pk]))
    address = reverse("module_decide_again", args=[cohort_module.pk])
    client.post(address, {"expected": "", "reason": "Acuerdo"})
    assert ModuleCompletion.objects.get().outcome == "completed"
    data = {"expected": page.context["again"]["expected"].value(), "reason": "Acuerdo"}
    client.post(address, data)
    assert ModuleCompletion.objects.get().outcome == "not_completed"


def test_closed_edition_shows_and_takes_nothing(client, cohort, rule, group, page) -> None:
    enrollment = person(group, *["present"] * 5)
    Cohort.objects.update(status="closed")
    text = client.get(page).content.decode()
    assert reverse("edition_decide_all", args=[cohort.pk]) not in text
    assert decide(client, enrollment, outcome="completed").status_code == 422
    assert statuses() == ["enrolled"]
