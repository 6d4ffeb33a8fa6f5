import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Cohort, Session, SessionPattern
from courses.scheduling import apply
from participants.session_locks import sessions_with_attendance
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    BreakFactory,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    SessionPatternFactory,
    TutorAssignmentFactory,
    at,
)
from trainingprog.edition_timetable import MOST_ROWS_OPEN
from trainingprog.timetable_people import as_tutor

# The clock stands at Friday of the second of four weeks: two of the plenaries have been.
pytestmark = pytest.mark.usefixtures("clock")
BEFORE = at(MONDAY - dt.timedelta(days=7), 12)


def page_of(cohort):
    return reverse("edition_timetable", args=[cohort.pk])


def run(cohort):
    return apply(cohort, locked=sessions_with_attendance, by=None, at=BEFORE, holidays={})


def days(cohort):
    found = Session.objects.for_cohort(cohort).order_by("teaching_week")
    return {each.teaching_week: each.day.day for each in found}


def rows(response):
    return {each.action: len(each.rows) for each in response.context["actions"]}


def post(client, cohort):
    """What the button would send from the page as it is shown."""
    fingerprint = client.get(page_of(cohort)).context["preview"].fingerprint
    return client.post(page_of(cohort), {"fingerprint": fingerprint})


@pytest.fixture
def plenary(cohort):
    return SessionPatternFactory(cohort=cohort)


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


# The difference and applying it


def test_page_shows_what_would_be_created_and_writes_nothing(client, cohort, plenary):
    response = client.get(page_of(cohort))
    assert response.status_code == 200
    assert rows(response) == {"create": 4}
    assert not Session.objects.exists()


def test_applied_as_shown(client, coordinator, cohort, plenary):
    response = post(client, cohort)
    assert response.status_code == 302
    assert days(cohort) == {1: 4, 2: 11, 3: 18, 4: 25}
    assert Session.objects.earliest("pk").history.get().history_user == coordinator
    (message,) = client.get(page_of(cohort)).context["messages"]
    assert "4" in str(message)


def test_form_sent_twice_changes_nothing_the_second_time(client, cohort, plenary):
    fingerprint = client.get(page_of(cohort)).context["preview"].fingerprint
    for _n in range(2):
        response = client.post(page_of(cohort), {"fingerprint": fingerprint})
        assert response.status_code == 302
    assert Session.history.count() == 4


@pytest.mark.parametrize("data", [{"fingerprint": "another"}, {"fingerprint": ""}, {}])
def test_stale_page_is_refused_and_shows_the_difference_anew(client, cohort, plenary, data):
    response = client.post(page_of(cohort), data)
    assert response.status_code == 409
    assert 'role="alert"' in response.text
    assert rows(response) == {"create": 4}
    assert response.context["preview"].fingerprint in response.text
    assert not Session.objects.exists()


def test_changed_break_is_shown_first_and_then_applied(client, cohort, plenary):
    run(cohort)
    BreakFactory(cohort=cohort, starts_on=dt.date(2026, 3, 18), ends_on=dt.date(2026, 3, 18))
    response = client.get(page_of(cohort))
    assert rows(response) == {"move": 1}
    (row,) = response.context["actions"][0].rows
    assert (row.was_at.day, row.starts_at.day) == (18, 19)
    assert "Receso" in row.note
    assert "<s>mié 18/03/2026 18:00</s>" in response.text
    assert days(cohort)[3] == 18
    assert post(client, cohort).status_code == 302
    assert days(cohort)[3] == 19
    assert rows(client.get(page_of(cohort))) == {}


def test_session_with_attendance_or_held_never_moves(client, cohort, plenary):
    run(cohort)
    marked, held = Session.objects.order_by("starts_at")[2:4]
    AttendanceRecordFactory(enrollment=EnrollmentFactory(cohort=cohort), session=marked)
    Session.objects.filter(pk=held.pk).update(status=Session.Status.HELD)
    BreakFactory(cohort=cohort, starts_on=dt.date(2026, 3, 16), ends_on=dt.date(2026, 3, 22))
    response = client.get(page_of(cohort))
    assert rows(response) == {"keep": 2}
    assert all(row.note for row in response.context["actions"][0].rows)
    assert not response.context["preview"].changes_anything
    assert b'name="fingerprint"' not in response.content
    assert days(cohort) == {1: 4, 2: 11, 3: 18, 4: 25}


def test_session_left_out_says_why(client, cohort, plenary):
    plenary.on_non_teaching_day = "leave_out"
    plenary.save()
    BreakFactory(cohort=cohort, starts_on=dt.date(2026, 3, 18), ends_on=dt.date(2026, 3, 18))
    response = client.get(page_of(cohort))
    assert rows(response) == {"create": 3, "left_out": 1}
    assert "(Receso)" in response.context["actions"][-1].rows[0].note


def test_long_list_is_folded_and_a_short_one_open(client, cohort, plenary):
    assert client.get(page_of(cohort)).context["actions"][0].is_open
    for number in range(MOST_ROWS_OPEN):
        GroupFactory(cohort=cohort, number=number + 1)
    SessionPatternFactory(cohort=cohort, audience="group")
    assert not client.get(page_of(cohort)).context["actions"][0].is_open


def test_clash_is_named(client, cohort, plenary, group, other_group):
    SessionPatternFactory(cohort=cohort, title="Reunión", audience="group", weeks=[3])
    theirs = GroupFactory(cohort=CohortFactory(code="OTRA-1"))
    tutor = TutorAssignmentFactory(group=group).tutor
    TutorAssignmentFactory(tutor=tutor, group=theirs)
    SessionFactory(cohort=theirs.cohort, group=theirs, title="Visita", day=23)
    response = client.get(page_of(cohort))
    named = [
        (each.first.label, each.second.label, [shared.label for shared in each.named])
        for each in response.context["clashes"]
    ]
    assert named == [
        ("Plenaria 3", f"Reunión 1 · {group}", [str(group)]),
        ("Plenaria 3", f"Reunión 1 · {other_group}", [str(other_group)]),
        ("Plenaria 4", f"OTRA-1: Visita · {theirs}", [as_tutor(tutor)]),
    ]
    for text in ("Plenaria 3", f"Reunión 1 · {group}", str(tutor), "OTRA-1: Visita"):
        assert text in response.text


def test_clash_that_is_over_is_told_in_a_draft_only(client, cohort, plenary):
    plenary.weeks = [1]
    plenary.save()
    SessionFactory(cohort=cohort, title="Visita", day=2)
    assert client.get(page_of(cohort)).context["clashes"] == []
    Cohort.objects.filter(pk=cohort.pk).update(status=Cohort.Status.DRAFT)
    assert len(client.get(page_of(cohort)).context["clashes"]) == 1


@pytest.mark.parametrize("starts_on", [MONDAY, MONDAY + dt.timedelta(days=27)])
def test_edition_without_pattern_or_of_one_day_has_its_page(client, cohort, starts_on):
    Cohort.objects.filter(pk=cohort.pk).update(starts_on=starts_on)
    response = client.get(page_of(cohort))
    assert response.status_code == 200
    assert response.context["actions"] == []
    assert 'name="fingerprint"' not in response.text


# Whoever has a session that moves is told


@pytest.fixture
def told(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "trainingprog.edition_timetable.announce",
        lambda sessions, *, dropped, by, at: calls.append(
            (
                [each.teaching_week for each in sessions],
                [each.teaching_week for each in dropped],
                by,
            )
        ),
    )
    return calls


def test_what_moved_is_announced(client, coordinator, cohort, plenary, told):
    run(cohort)
    BreakFactory(cohort=cohort, starts_on=dt.date(2026, 3, 18), ends_on=dt.date(2026, 3, 18))
    post(client, cohort)
    assert told == [([3], [], coordinator)]


def test_what_the_timetable_drops_is_announced(client, coordinator, cohort, plenary, told):
    run(cohort)
    SessionPattern.objects.update(on_non_teaching_day="leave_out")
    BreakFactory(cohort=cohort, starts_on=dt.date(2026, 3, 18), ends_on=dt.date(2026, 3, 18))
    post(client, cohort)
    assert told == [([], [3], coordinator)]


def test_refused_page_announces_nothing(client, cohort, plenary, told):
    client.post(page_of(cohort), {"fingerprint": "another"})
    assert told == []


# Patterns


def state(client, pattern, do):
    return client.post(reverse("pattern_state", args=[pattern.pk]), {"do": do})


def test_pattern_is_retired_applied_and_then_deleted(client, cohort, plenary):
    plenary.weeks = [3, 4]
    plenary.save()
    run(cohort)
    assert state(client, plenary, "discard").status_code == 302
    assert SessionPattern.objects.exists()
    assert state(client, plenary, "retire").status_code == 302
    response = client.get(page_of(cohort))
    assert rows(response) == {"remove": 2}
    assert Session.objects.count() == 2
    post(client, cohort)
    assert not Session.objects.exists()
    assert state(client, plenary, "discard").status_code == 302
    assert not SessionPattern.objects.exists()


def test_retired_pattern_is_used_again(client, cohort, plenary):
    state(client, plenary, "retire")
    assert rows(client.get(page_of(cohort))) == {}
    state(client, plenary, "restore")
    assert rows(client.get(page_of(cohort))) == {"create": 4}


def test_unknown_change_of_a_pattern_is_refused(client, plenary):
    assert state(client, plenary, "explode").status_code == 400
    assert client.get(reverse("pattern_state", args=[plenary.pk])).status_code == 405


def test_pattern_is_deleted_only_by_who_may(client, coordinator, plenary):
    coordinator.groups.get().permissions.remove(
        *coordinator.groups.get().permissions.filter(codename="delete_sessionpattern")
    )
    assert state(client, plenary, "discard").status_code == 403
    assert SessionPattern.objects.exists()


# The timetable as it is


def test_current_timetable_by_week_with_breaks(client, cohort, plenary):
    run(cohort)
    BreakFactory(cohort=cohort, starts_on=dt.date(2026, 3, 23), ends_on=dt.date(2026, 3, 29))
    overview = client.get(page_of(cohort)).context["overview"]
    assert [(each.week.number, each.days_off, len(each.sessions)) for each in overview.weeks] == [
        (1, (), 1),
        (2, (), 1),
        (3, (), 1),
        (None, ("Receso",), 1),
    ]
    assert [each.is_open for each in overview.weeks] == [False, True, False, False]
    assert overview.teaching_week_count == 3


def test_current_timetable_of_one_group(client, cohort, plenary, group, other_group):
    SessionPatternFactory(cohort=cohort, title="Reunión", audience="group", weekday=4)
    run(cohort)

    def groups(**query):
        overview = client.get(page_of(cohort), query).context["overview"]
        assert overview.opens_all == ("open" in query)
        return {line.session.group for week in overview.weeks for line in week.sessions}

    assert groups() == {None, group, other_group}
    assert groups(group="2", open="on") == {None, other_group}
    assert groups(group="99") == groups(group="x") == {None, group, other_group}


def test_only_what_may_change_leads_to_the_pages_that_change_it(client, cohort, plenary):
    run(cohort)
    sessions = list(Session.objects.order_by("starts_at"))
    AttendanceRecordFactory(enrollment=EnrollmentFactory(cohort=cohort), session=sessions[0])
    Session.objects.filter(pk=sessions[1].pk).update(
        status="cancelled", cancellation_reason="Huelga de transporte"
    )
    response = client.get(page_of(cohort))
    for session, expected in zip(sessions, [False, False, True, True], strict=True):
        for name in ("session_reschedule", "session_cancel"):
            assert (reverse(name, args=[session.pk]) in response.text) == expected
    assert "Huelga de transporte" in response.text


# Who may


def test_refused_to_all_others(client, log_in, tutor, participant, cohort, plenary):
    addresses = [page_of(cohort), reverse("pattern_state", args=[plenary.pk])]
    for user in (tutor, participant):
        for address in addresses:
            assert log_in(user).post(address, {"do": "retire"}).status_code in (302, 403)
    assert SessionPattern.objects.get().is_active
    assert not Session.objects.exists()


def test_refused_to_the_anonymous_and_to_staff_without_the_permission(
    log_in, coordinator, cohort, plenary
):
    assert Client().get(page_of(cohort)).status_code == 302
    coordinator.groups.clear()
    client = log_in(coordinator)
    assert client.get(page_of(cohort)).status_code == 403
    assert state(client, plenary, "retire").status_code == 403


def test_unknown_is_not_found_and_a_wrong_method_refused(client, cohort):
    assert client.get(reverse("edition_timetable", args=[0])).status_code == 404
    assert client.post(reverse("pattern_state", args=[0]), {"do": "retire"}).status_code == 404
    assert client.put(page_of(cohort)).status_code == 405


@pytest.mark.parametrize("number", [1, 3])
def test_page_queries(client, django_assert_num_queries, number):
    cohort = CohortFactory()
    for n in range(number):
        SessionPatternFactory(cohort=cohort, weekday=n)
        SessionPatternFactory(cohort=cohort, weekday=n, audience="group")
        group = GroupFactory(cohort=cohort)
        TutorAssignmentFactory(group=group)
        other = CohortFactory()
        person = EnrollmentFactory(cohort=other, group=GroupFactory(cohort=other))
        EnrollmentFactory(participant=person.participant, cohort=cohort, group=group)
        SessionFactory(cohort=other)
    run(cohort)
    BreakFactory(cohort=cohort)
    with django_assert_num_queries(20):
        client.get(page_of(cohort))
