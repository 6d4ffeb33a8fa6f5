import datetime as dt
from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import translation

from courses.models import Break, Cohort, Session
from courses.scheduling import apply
from courses.timetable_preview import preview
from participants.models import AttendanceRecord
from tests.factories import (
    LIMA,
    MONDAY,
    AttendanceRecordFactory,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    SessionPatternFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db

BEFORE = at(MONDAY - dt.timedelta(days=7), 12)


def nothing(cohort):
    return frozenset()


def with_attendance(cohort):
    records = AttendanceRecord.objects.filter(session__cohort=cohort)
    return set(records.values_list("session_id", flat=True))


def run(cohort, **changes):
    arguments = {"locked": with_attendance, "by": None, "at": BEFORE, "holidays": {}} | changes
    return apply(cohort, **arguments)


def look(cohort, **changes):
    return preview(cohort, **({"locked": with_attendance, "at": BEFORE, "holidays": {}} | changes))


def days(cohort):
    found = Session.objects.for_cohort(cohort).order_by("teaching_week")
    return {each.teaching_week: each.day.day for each in found}


@pytest.fixture
def cohort():
    return CohortFactory()


@pytest.fixture
def plenary(cohort):
    return SessionPatternFactory(cohort=cohort, venue="Auditorio", modality="hybrid")


@pytest.fixture
def meeting(cohort):
    return SessionPatternFactory(
        cohort=cohort, title="Reunión", weekday=4, audience="group", every_weeks=2, minutes=90
    )


def test_first_edition_gets_its_112_sessions():
    cohort = CohortFactory(starts_on=dt.date(2021, 11, 8), ends_on=dt.date(2022, 4, 8))
    for first, last, reason in (
        (dt.date(2021, 12, 20), dt.date(2022, 1, 9), "Receso de fin de año"),
        (dt.date(2022, 2, 28), dt.date(2022, 3, 6), "Semana de recuperación"),
    ):
        BreakFactory(cohort=cohort, starts_on=first, ends_on=last, reason=reason)
    modules = [
        CohortModuleFactory(cohort=cohort, first_week=first, last_week=last)
        for first, last in ((1, 4), (5, 9), (10, 14), (15, 18))
    ]
    groups = [GroupFactory(cohort=cohort, number=n + 1) for n in range(10)]
    plenary = SessionPatternFactory(cohort=cohort)
    meeting = SessionPatternFactory(cohort=cohort, audience="group", weekday=4, every_weeks=2)
    workshop = SessionPatternFactory(cohort=cohort, weekday=5, weeks=[4, 9, 14, 17])
    applied = apply(cohort, locked=with_attendance, by=None, at=BEFORE)
    assert applied.counts == {"created": 112, "moved": 0, "changed": 0, "removed": 0, "kept": 0}
    sessions = list(Session.objects.for_cohort(cohort))
    assert Counter((each.pattern_id, each.group_id) for each in sessions) == {
        (plenary.pk, None): 18,
        (workshop.pk, None): 4,
        **{(meeting.pk, group.pk): 9 for group in groups},
    }
    assert max(each.day for each in sessions) <= dt.date(2022, 4, 8)
    moved = [each for each in sessions if each.moved_from]
    assert [(each.day, each.moved_from) for each in moved] == [
        (dt.date(2021, 12, 9), dt.datetime(2021, 12, 8, 18, tzinfo=LIMA))
    ]
    for each in sessions:
        (module,) = (m for m in modules if m.first_week <= each.teaching_week <= m.last_week)
        assert each.cohort_module_id == module.pk


def test_apply_twice_changes_nothing(cohort, plenary):
    assert run(cohort).counts["created"] == 4
    before = list(Session.objects.values())
    assert set(run(cohort).counts.values()) == {0}
    assert list(Session.objects.values()) == before
    assert Session.history.count() == 4


def test_apply_writes_what_the_pattern_says_and_who_did_it(cohort, plenary):
    user = UserFactory()
    run(cohort, by=user)
    session = Session.objects.earliest("starts_at")
    assert (session.title, session.venue, session.modality) == ("Plenaria", "Auditorio", "hybrid")
    assert (session.number, session.teaching_week, session.sequence) == (1, 1, 0)
    assert session.starts_at == at(MONDAY + dt.timedelta(days=2), 18)
    assert session.minutes == 120
    assert session.history.get().history_user == user
    session.full_clean()


def test_group_meets_at_its_own_time(cohort, meeting):
    GroupFactory(cohort=cohort, weekday=0, starts_at=dt.time(8), venue="", meeting_link="")
    run(cohort)
    assert Session.objects.earliest("starts_at").starts_at == at(MONDAY, 8)


def test_apply_after_a_new_break_moves_what_follows(cohort, plenary):
    run(cohort)
    uids = set(Session.objects.values_list("uid", flat=True))
    BreakFactory(cohort=cohort)
    user = UserFactory()
    applied = run(cohort, by=user)
    assert applied.counts == {"created": 0, "moved": 2, "changed": 0, "removed": 1, "kept": 0}
    assert days(cohort) == {1: 4, 2: 18, 3: 25}
    assert set(Session.objects.values_list("uid", flat=True)) < uids
    assert list(Session.objects.order_by("pk").values_list("sequence", flat=True)) == [0, 1, 1]
    assert Session.history.filter(history_type="~", history_user=user).count() == 2
    gone = Session.history.get(history_type="-")
    assert (gone.teaching_week, gone.history_user) == (4, user)


def test_holiday_moves_a_session_and_its_end_brings_it_back(cohort, plenary):
    run(cohort)
    wednesday = MONDAY + dt.timedelta(days=2)
    assert run(cohort, holidays={wednesday: "Feriado"}).counts["moved"] == 1
    session = Session.objects.earliest("starts_at")
    assert (session.day, session.moved_from) == (MONDAY + dt.timedelta(days=3), at(wednesday, 18))
    run(cohort)
    session.refresh_from_db()
    assert (session.day, session.moved_from, session.sequence) == (wednesday, None, 2)


def test_break_that_is_a_holiday_takes_no_week(cohort, plenary):
    run(cohort)
    BreakFactory(cohort=cohort, kind=Break.Kind.HOLIDAY)
    run(cohort)
    assert days(cohort) == {1: 4, 2: 16, 3: 18, 4: 25}


def test_new_title_is_a_change_and_no_move(cohort, plenary):
    run(cohort)
    plenary.title = "Clase"
    plenary.save()
    changed_at = BEFORE + dt.timedelta(hours=1)
    assert run(cohort, at=changed_at).counts["changed"] == 4
    session = Session.objects.earliest("starts_at")
    assert (session.title, session.sequence, session.changed_at) == ("Clase", 0, changed_at)


def test_new_weeks_of_a_module_are_followed(cohort, plenary):
    module = CohortModuleFactory(cohort=cohort, first_week=1, last_week=2)
    run(cohort)
    module.last_week = 1
    module.save()
    assert run(cohort).counts["changed"] == 1
    assert Session.objects.filter(cohort_module=module).count() == 1


# What is locked


def lock_by_attendance(session):
    AttendanceRecordFactory(enrollment=EnrollmentFactory(cohort=session.cohort), session=session)


def lock_by_status(session):
    Session.objects.filter(pk=session.pk).update(status=Session.Status.HELD)


def lock_by_cancelling(session):
    Session.objects.filter(pk=session.pk).update(
        status=Session.Status.CANCELLED, cancellation_reason="Huelga"
    )


def lock_by_hand(session):
    Session.objects.filter(pk=session.pk).update(is_fixed=True)


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        (lock_by_attendance, "It has attendance, an excuse, a guest, a check-in or a report."),
        (lock_by_status, "It was held."),
        (lock_by_cancelling, "It is cancelled."),
        (lock_by_hand, "It was set by hand."),
    ],
)
@pytest.mark.parametrize("week", [2, 4])
def test_locked_session_neither_moves_nor_vanishes(cohort, plenary, lock, why, week):
    run(cohort)
    session = Session.objects.get(teaching_week=week)
    lock(session)
    before = Session.objects.filter(pk=session.pk).values().get()
    BreakFactory(cohort=cohort)
    with translation.override("en"):
        (row,) = [row for row in look(cohort).rows if row.action == "keep"]
    assert row.note.startswith(why)
    assert run(cohort).counts["kept"] == 1
    assert Session.objects.filter(pk=session.pk).values().get() == before
    assert set(run(cohort).counts.values()) == {0, 1}


def test_begun_session_stays_except_in_a_draft(cohort, plenary):
    run(cohort)
    plenary.weekday = 3
    plenary.save()
    begun = at(MONDAY + dt.timedelta(days=10), 0)
    assert run(cohort, at=begun).counts == {
        "created": 0,
        "moved": 2,
        "changed": 0,
        "removed": 0,
        "kept": 2,
    }
    Cohort.objects.filter(pk=cohort.pk).update(status=Cohort.Status.DRAFT)
    assert run(cohort, at=begun).counts["moved"] == 2


def test_session_without_pattern_is_never_touched(cohort, plenary):
    manual = SessionFactory(cohort=cohort, title="Clausura", day=25)
    run(cohort)
    plenary.sessions.all().delete()
    plenary.delete()
    run(cohort)
    assert Session.objects.get() == manual


def test_session_of_another_cohort_is_never_touched(cohort, plenary):
    other = SessionPatternFactory()
    run(other.cohort)
    run(cohort)
    assert Session.objects.for_cohort(other.cohort).count() == 4


def test_attendance_that_locked_does_not_name_refuses_the_whole(cohort, plenary):
    run(cohort)
    lock_by_attendance(Session.objects.get(teaching_week=4))
    BreakFactory(cohort=cohort)

    def commit():
        with transaction.atomic():
            run(cohort, locked=nothing)
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        commit()
    assert days(cohort) == {1: 4, 2: 11, 3: 18, 4: 25}


def test_pattern_out_of_use_loses_the_sessions_that_are_not_locked(cohort, plenary):
    run(cohort)
    lock_by_attendance(Session.objects.get(teaching_week=1))
    plenary.is_active = False
    plenary.save()
    assert run(cohort).counts == {"created": 0, "moved": 0, "changed": 0, "removed": 3, "kept": 1}
    assert days(cohort) == {1: 4}


def test_no_two_sessions_share_a_number_after_the_pattern_changed_midway(cohort, plenary):
    plenary.every_weeks = 2
    plenary.save()
    run(cohort)
    lock_by_attendance(Session.objects.get(teaching_week=3))
    plenary.every_weeks = 1
    plenary.save()
    run(cohort)
    numbers = Session.objects.order_by("teaching_week").values_list("teaching_week", "number")
    assert list(numbers) == [(1, 1), (2, None), (3, 2), (4, 3)]


# Preview and fingerprint


def test_preview_writes_nothing_and_tells_what_apply_does(cohort, plenary):
    seen = look(cohort)
    assert Session.objects.count() == 0
    assert [row.action for row in seen.rows] == ["create"] * 4
    assert [week.number for week in seen.weeks] == [1, 2, 3, 4]
    assert seen.changes_anything
    assert run(cohort, fingerprint=seen.fingerprint).counts["created"] == 4
    assert not look(cohort).changes_anything


def test_apply_of_a_stale_preview_is_refused(cohort, plenary):
    seen = look(cohort)
    run(cohort)
    with pytest.raises(ValidationError) as refused:
        run(cohort, fingerprint=seen.fingerprint)
    assert refused.value.code == "stale"
    assert Session.objects.count() == 4


def test_apply_is_refused_where_attendance_came_after_the_preview(cohort, plenary):
    run(cohort)
    BreakFactory(cohort=cohort)
    seen = look(cohort)
    lock_by_attendance(Session.objects.get(teaching_week=2))
    with pytest.raises(ValidationError):
        run(cohort, fingerprint=seen.fingerprint)
    assert days(cohort) == {1: 4, 2: 11, 3: 18, 4: 25}


# Queries


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_patterns(cohort, number, django_assert_num_queries):
    for n in range(number):
        SessionPatternFactory(cohort=cohort, weekday=n)
        SessionPatternFactory(cohort=cohort, weekday=n, audience="group")
        GroupFactory(cohort=cohort)
        other = SessionPatternFactory(cohort__code=f"OTRA-{n}").cohort
        GroupFactory(cohort=other)
        run(other)
    with django_assert_num_queries(7):
        look(cohort)
    # A savepoint and its release, which are the transaction's own BEGIN and COMMIT elsewhere; seven
    # to read; and two for each of creating, changing and removing.
    with django_assert_num_queries(11):
        run(cohort)
    BreakFactory(cohort=cohort)
    with django_assert_num_queries(13):
        run(cohort)
    with django_assert_num_queries(9):
        run(cohort)


# At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_coordinators_applying_at_once_create_each_session_once(at_once):
    cohort = SessionPatternFactory().cohort
    GroupFactory(cohort=cohort)
    SessionPatternFactory(cohort=cohort, audience="group")
    seen = look(cohort)
    outcomes = at_once(lambda n: run(cohort, fingerprint=seen.fingerprint), 2)
    refused = [each for each in outcomes if isinstance(each, ValidationError)]
    assert [each.code for each in refused] == ["stale"]
    assert Session.objects.count() == 8
    assert {each.counts["created"] for each in at_once(lambda n: run(cohort), 2)} == {0}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_whoever_names_the_edition_meanwhile_does_not_wait():
    """A report holds its session's row, which the timetable waits for, as it writes such a row."""

    def name_it(cohort):
        other = connection.copy()
        try:
            with other.cursor() as cursor:  # as a foreign key's check does, but refused at once
                cursor.execute(
                    "SELECT 1 FROM courses_cohort WHERE id = %s FOR KEY SHARE NOWAIT", [cohort.pk]
                )
        finally:
            other.close()
        return with_attendance(cohort)

    assert run(SessionPatternFactory().cohort, locked=name_it).created


def test_timetable_of_a_closed_edition_is_not_applied(cohort, plenary):
    Cohort.objects.update(status=Cohort.Status.CLOSED)
    with pytest.raises(ValidationError) as error:
        run(cohort)
    assert error.value.code == "cohort_closed"
    assert not cohort.sessions.exists()
