"""The register's page before evidence: what it shows, what one tap takes, and a closed module."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Session
from participants.evidence import apply_evidence
from participants.models import AttendanceRecord, Enrollment, SharedConnection
from participants.register import Mark, take_register
from tests.factories import (
    AttendanceEvidenceFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
    SessionFactory,
    SharedConnectionFactory,
)

pytestmark = pytest.mark.usefixtures("clock")
TRANSACTION = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
REASON = {"correction": "fault", "correction_note": "Estuvo en la sala"}


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def session(cohort, cohort_module) -> Session:
    return SessionFactory(cohort=cohort, cohort_module=cohort_module)


@pytest.fixture
def person(cohort, group) -> Enrollment:
    return EnrollmentFactory(cohort=cohort, group=group)


@pytest.fixture
def url(session) -> str:
    return reverse("tutors:register", args=[session.pk])


def evidence(session, person, minutes: int = 100, **fields) -> None:
    ends_at = session.starts_at + dt.timedelta(minutes=minutes)
    AttendanceEvidenceFactory(
        enrollment=person, session=session, **{"ends_at": ends_at, "mode": "online"} | fields
    )


def marked(session, person, state: str, by=None) -> None:
    take_register(session, {person.pk: Mark(state)}, by=by, at=session.ends_at)


def page_of(client, url) -> str:
    return " ".join(client.get(url).content.decode().split())


def seen_on(client, url) -> str:
    return client.get(url).context["sheet"].seen


# ---- evidence --------------------------------------------------------------------------------


def test_row_says_what_evidence_says_and_counts_as_marked(log_in, tutor, session, person, url):
    evidence(session, person)
    apply_evidence(session, by=tutor, at=session.ends_at)
    client = log_in(tutor)
    text = page_of(client, url)
    assert "video meeting · 100 min · since 18:00" in text
    assert "register-by-evidence" in text
    assert "Evidence says: <strong>Present</strong>. 100 of 120 minutes; present from 90." in text
    assert client.get(url).context["sheet"].unmarked == 0
    assert 'name="take"' not in text


def test_evidence_not_yet_applied_is_shown_and_leaves_the_person_unmarked(
    log_in, tutor, session, person, url
):
    evidence(session, person, kind="check_in", ends_at=None)
    client = log_in(tutor)
    assert "check-in · since 18:00" in page_of(client, url)
    assert client.get(url).context["sheet"].unmarked == 1


def test_contradiction_shows_both_values_and_one_tap_takes_the_evidence(
    log_in, tutor, session, person, url
):
    marked(session, person, "absent", by=tutor)
    evidence(session, person)
    client = log_in(tutor)
    text = page_of(client, url)
    assert "Marked: <strong>Absent</strong>. Evidence says: <strong>Present</strong>." in text
    value = f"{person.pk}.present.100.online"
    assert f'name="take" value="{value}"' in text
    sent = {"seen": seen_on(client, url), f"s{person.pk}": "absent", "take": value}
    assert client.post(url, sent).status_code == 302
    record = AttendanceRecord.objects.get()
    assert (record.state, record.minutes, record.mode) == ("present", 100, "online")
    assert (record.source, record.recorded_by, record.version) == ("tutor", tutor, 2)
    assert 'name="take"' not in page_of(client, url)


def test_evidence_taken_over_a_mark_changed_meanwhile_is_a_conflict(
    log_in, tutor, coordinator, session, person, url
):
    marked(session, person, "absent", by=tutor)
    evidence(session, person)
    client = log_in(tutor)
    seen = seen_on(client, url)
    late = Mark("late", based_on=1)
    take_register(session, {person.pk: late}, by=coordinator, at=session.ends_at)
    sent = {"seen": seen, "take": f"{person.pk}.present.100.online"}
    assert client.post(url, sent).status_code == 409
    assert AttendanceRecord.objects.get().state == "late"


@pytest.mark.parametrize("take", ["", "x", "1.asleep.1.x", "1.present.99999.online"])
def test_what_cannot_be_taken_changes_nothing(log_in, tutor, session, person, url, take):
    marked(session, person, "absent")
    client = log_in(tutor)
    client.post(url, {"seen": seen_on(client, url), "take": take.replace("1.", f"{person.pk}.", 1)})
    assert AttendanceRecord.objects.get().state == "absent"


def test_read_only_register_shows_evidence_and_no_buttons(
    log_in, tutor, session, person, url, cohort_module
):
    marked(session, person, "absent", by=tutor)
    evidence(session, person)
    cohort_module.closed_at = session.ends_at
    cohort_module.save()
    text = page_of(log_in(tutor), url)
    assert "video meeting · 100 min" in text
    assert "<button" not in text.split('id="register"')[1]


# ---- history ---------------------------------------------------------------------------------


def test_history_has_all_values_who_when_and_from_what(log_in, tutor, session, person, url):
    evidence(session, person, minutes=40)
    apply_evidence(session, by=tutor, at=session.ends_at)
    evidence(session, person, minutes=120)
    apply_evidence(session, by=tutor, at=session.ends_at + dt.timedelta(minutes=1))
    late = Mark("late", based_on=2)
    at = session.ends_at + dt.timedelta(minutes=2)
    take_register(session, {person.pk: late}, by=tutor, at=at)
    text = page_of(log_in(tutor), url)
    who = tutor.get_full_name()
    found = [
        f"now: late, online, 120 min · tutor · {who} · 04/03/2026 20:02",
        f"before: present, online, 120 min · video meeting · {who} · 04/03/2026 20:01",
        f"before: absent · video meeting · {who} · 04/03/2026 20:00",
    ]
    assert [text.count(each) for each in found] == [1, 1, 1]
    assert sorted(found, key=text.index) == found


# ---- a closed module -------------------------------------------------------------------------


@pytest.fixture
def closed(cohort_module, session):
    cohort_module.closed_at = session.ends_at
    cohort_module.save()
    return cohort_module


def test_tutor_is_refused_in_a_closed_module_also_with_a_reason(
    log_in, tutor, session, person, url, closed
):
    response = log_in(tutor).post(url, {f"s{person.pk}": "present", "seen": ""} | REASON)
    assert response.status_code == 403
    assert not AttendanceRecord.objects.exists()


def test_coordinator_corrects_with_a_reason_and_is_told_of_decisions(
    log_in, coordinator, session, person, url, cohort_module
):
    marked(session, person, "absent")
    cohort_module.closed_at = session.ends_at
    cohort_module.save()
    decision = ModuleCompletionFactory(
        enrollment=person,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        outcome="not_completed",
        meets_rule=False,
        attendance_percent=0,
    )
    client = log_in(coordinator)
    assert 'name="correction"' in page_of(client, url)
    sent = {f"s{person.pk}": "present", "seen": seen_on(client, url)} | REASON
    response = client.post(url, sent, follow=True)
    told = [str(message) for message in response.context["messages"]]
    assert any("decided before this correction" in text for text in told)
    record = AttendanceRecord.objects.get()
    assert (record.state, record.source) == ("present", "coordinator")
    past = record.history.first()
    assert (past.correction, past.correction_note) == ("fault", "Estuvo en la sala")
    assert past.history_change_reason == "Estuvo en la sala"
    decision.refresh_from_db()
    assert decision.attendance_percent == 0
    text = page_of(client, url)
    assert "correction: the register was incomplete or wrong (Estuvo en la sala)" in text


@pytest.mark.parametrize(
    "reason",
    [
        {},
        {"correction": "", "correction_note": "Estuvo"},
        {"correction": "fault", "correction_note": " "},
        {"correction": "whim", "correction_note": "Estuvo"},
        {"correction": "fault", "correction_note": "DNI 40123456"},
        {"correction": "fault", "correction_note": "x" * 101},
    ],
)
def test_coordinator_corrects_nothing_without_a_good_reason(
    log_in, coordinator, session, person, url, closed, reason
):
    client = log_in(coordinator)
    response = client.post(url, {f"s{person.pk}": "present", "seen": ""} | reason)
    assert response.status_code == (422 if reason else 403)
    assert not AttendanceRecord.objects.exists()
    text = response.content.decode()
    assert f'value="{reason.get("correction_note", "").strip()}"' in text
    assert response.context["can_save"]


def test_coordinator_says_that_a_number_is_none(log_in, coordinator, session, person, url, closed):
    client = log_in(coordinator)
    sent = {f"s{person.pk}": "present", "seen": "", "correction": "proof"}
    sent["correction_note"] = "Oficio 20210034"
    assert 'name="is_no_number"' in client.post(url, sent).content.decode()
    assert client.post(url, sent | {"is_no_number": "1"}).status_code == 302


def test_open_module_asks_for_no_reason(log_in, coordinator, session, person, url):
    client = log_in(coordinator)
    assert 'name="correction"' not in page_of(client, url)
    assert client.post(url, {f"s{person.pk}": "present", "seen": ""}).status_code == 302
    assert AttendanceRecord.objects.get().correction == ""


# ---- shared connections ----------------------------------------------------------------------


@pytest.fixture
def shared(session, person, cohort, group) -> SharedConnection:
    colleague = EnrollmentFactory(cohort=cohort, group=group, facility=person.facility)
    return SharedConnectionFactory(session=session, enrollment=person, colleague=colleague)


@pytest.mark.parametrize(("answer", "status"), [("yes", "confirmed"), ("no", "declined")])
def test_tutor_answers_a_shared_connection_and_loses_no_mark(
    log_in, tutor, session, url, shared, cohort, group, answer, status
):
    third = EnrollmentFactory(cohort=cohort, group=group)
    evidence(session, shared.colleague)
    client = log_in(tutor)
    assert "I followed the session from the same device" in page_of(client, url)
    sent = {f"s{third.pk}": "late", "connection": f"{shared.pk}.{answer}", "seen": ""}
    assert client.post(url, sent).status_code == 302
    shared.refresh_from_db()
    assert (shared.status, shared.decided_by) == (status, tutor)
    states = dict(AttendanceRecord.objects.values_list("enrollment", "state"))
    expected = {third.pk: "late"}
    if answer == "yes":
        expected |= {shared.enrollment_id: "present", shared.colleague_id: "present"}
    assert states == expected
    text = page_of(client, url)
    assert "I followed the session from the same device" not in text
    assert ("over the connection of" in text) is (answer == "yes")


def test_connection_of_another_group_is_not_shown_and_not_decided(
    log_in, other_tutor, session, url, shared
):
    client = log_in(other_tutor)
    assert "same device" not in page_of(client, url)
    client.post(url, {"connection": f"{shared.pk}.yes", "seen": ""})
    shared.refresh_from_db()
    assert shared.status == "declared"


def test_connection_between_two_groups_is_for_the_whole_register_alone(
    log_in, tutor, other_tutor, coordinator, session, url, shared, other_group
):
    Enrollment.objects.filter(pk=shared.colleague_id).update(group=other_group)
    for user in (tutor, other_tutor):
        client = log_in(user)
        assert "same device" not in page_of(client, url)
        client.post(url, {"connection": f"{shared.pk}.yes", "seen": ""})
    shared.refresh_from_db()
    assert shared.status == "declared"
    client = log_in(coordinator)
    assert "same device" in page_of(client, url)
    client.post(url, {"connection": f"{shared.pk}.yes", "seen": ""})
    shared.refresh_from_db()
    assert (shared.status, shared.decided_by) == ("confirmed", coordinator)


# ---- cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3])
def test_register_with_evidence_costs_the_same(log_in, tutor, session, cohort, group, url, size):
    for each in EnrollmentFactory.create_batch(size, cohort=cohort, group=group):
        marked(session, each, "absent", by=tutor)
        evidence(session, each)
        colleague = EnrollmentFactory(cohort=cohort, group=group, facility=each.facility)
        SharedConnectionFactory(session=session, enrollment=each, colleague=colleague)
        evidence(session, colleague, shared_with=each, reported_by=tutor)
    client = log_in(tutor)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    assert sum(not query["sql"].startswith(TRANSACTION) for query in captured) == 7
