import datetime as dt
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from courses.models import Cohort, Session
from courses.timetable import BreakDates, teaching_weeks
from participants.arrivals import Arrivals
from participants.models import (
    AbsenceRequest,
    AttendanceRecord,
    AttendanceWarning,
    CertificateDesign,
    CertificateKind,
    CheckInWindow,
    Enrollment,
    MakeUp,
    ModuleCompletion,
    Participant,
    Signatory,
)
from participants.register import Register
from tests.factories import LIMA, UserFactory
from trainingprog.demo.accounts import COMPLETED, PASSWORD
from trainingprog.demo.editions import week_of
from trainingprog.demo.loading import APPLICANTS, FIRST, OVERDUE_GROUP, load
from trainingprog.management.commands import load_demo
from trainingprog.models import User

TODAY = dt.date(2026, 11, 24)
NOON = dt.datetime.combine(TODAY, dt.time(12), LIMA)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo, loaded once for all the tests that read it, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def first(demo) -> Cohort:
    return Cohort.objects.get(code=FIRST)


@pytest.fixture
def current(demo) -> Cohort:
    return Cohort.objects.running().get()


def days(sessions) -> list[dt.date]:
    return [session.day for session in sessions]


def test_first_edition_teaches_18_weeks_of_22(first):
    breaks = [BreakDates(row.starts_on, row.ends_on, row.reason) for row in first.breaks.all()]
    weeks = teaching_weeks(first.starts_on, first.ends_on, breaks)
    assert len(weeks) == 18
    assert (weeks[-1].sunday - weeks[0].monday).days + 1 == 22 * 7
    assert {session.teaching_week for session in first.sessions.all()} == set(range(1, 19))


def test_first_edition_sessions_lie_on_teaching_days(first):
    taught = set(days(first.sessions.all()))
    assert min(taught) >= dt.date(2021, 11, 8)
    assert max(taught) <= dt.date(2022, 4, 8)
    assert dt.date(2021, 12, 8) not in taught
    assert dt.date(2021, 12, 9) in taught
    for row in first.breaks.all():
        assert not [day for day in taught if row.starts_on <= day <= row.ends_on]


def test_first_edition_has_31_sessions_a_person(first):
    group = first.groups.first()
    assert first.sessions.for_group(group).count() == 31
    assert Counter(first.sessions.filter(group=None).values_list("title", flat=True)) == {
        "Plenaria": 18,
        "Taller": 4,
    }


def test_first_edition_has_132_people_in_groups_of_13_and_14(first):
    enrollments = Enrollment.objects.for_cohort(first).active()
    assert enrollments.count() == 132
    sizes = Counter(Counter(enrollments.values_list("group__number", flat=True)).values())
    assert sizes == {13: 8, 14: 2}
    assert enrollments.get(participant__document_number="44672836").participant.full_name == (
        "Luz Marina Huanca Arias"
    )


def test_first_edition_is_complete_and_closed(first):
    assert first.status == Cohort.Status.CLOSED
    assert AttendanceRecord.objects.filter(session__cohort=first).count() == 132 * 31
    assert set(first.sessions.values_list("status", flat=True)) == {Session.Status.HELD}
    assert ModuleCompletion.objects.filter(cohort_module__cohort=first).count() == 132 * 4
    statuses = Counter(first.enrollments.values_list("status", flat=True))
    assert set(statuses) == {Enrollment.Status.COMPLETED, Enrollment.Status.NOT_COMPLETED}
    assert statuses[Enrollment.Status.COMPLETED] > 100


def test_certificate_designs_name_posts_in_their_language(demo):
    posts = {
        language: set(
            Signatory.objects.filter(design__language=language).values_list("post", flat=True)
        )
        for language in CertificateDesign.Language.values
    }
    assert posts == {
        "es": {"Directora general", "Coordinador académico"},
        "en": {"Director General", "Academic Coordinator"},
    }


def test_current_edition_is_in_its_tenth_week(current):
    assert current.status == Cohort.Status.RUNNING
    assert week_of(current, TODAY) == 10
    assert {session.teaching_week for session in current.sessions.all()} == set(range(1, 19))


def test_current_edition_lacks_one_groups_register(current):
    lacking = set()
    for session in current.sessions.ended(NOON):
        people = Enrollment.objects.for_session(session).exclude(attendance__session=session)
        lacking |= {(session.pk, enrollment.group.number) for enrollment in people}
    assert len(lacking) == 1
    assert lacking.pop()[1] == OVERDUE_GROUP


def test_current_edition_has_a_group_that_checked_in_itself(current):
    window = CheckInWindow.objects.get(session__cohort=current)
    assert window.group.number == OVERDUE_GROUP
    arrivals = Arrivals.of(window.session, window.group)
    assert 0 < len(arrivals.rows) < arrivals.people
    assert {row.record.state for row in arrivals.rows} == {"present", "late"}
    assert {row.record.source for row in arrivals.rows} == {"check_in"}
    assert len(arrivals.old_codes) == 2


def test_current_edition_has_an_excuse_to_decide_and_make_ups(current):
    [excuse] = AbsenceRequest.objects.to_decide()
    assert excuse.enrollment.group.number == 1
    as_guest = MakeUp.objects.get(enrollment__cohort=current, host__isnull=False)
    assert as_guest.host.group != as_guest.enrollment.group
    assert MakeUp.objects.get(enrollment__cohort=current, host=None).done_at is not None


def test_current_edition_shows_a_contradiction_and_a_shared_device(current):
    session = Session.objects.get(shared_connections__status="declared")
    assert session.cohort == current
    [row] = [row for row in Register.of(session, at=session.ends_at).rows if row.contradiction]
    assert (row.record.state, row.contradiction.state) == ("present", "absent")


def test_next_edition_takes_applications(demo):
    cohort = Cohort.objects.get(status=Cohort.Status.OPEN)
    assert cohort.takes_applications(NOON)
    assert cohort.applications.in_force().count() == APPLICANTS
    assert not cohort.enrollments.exists()
    for application in cohort.applications.all():
        application.full_clean()


def test_each_tutor_and_current_participant_may_log_in(current):
    assert User.objects.filter(tutor__isnull=False).count() == 10
    assert not Participant.objects.filter(enrollments__cohort=current, user=None).exists()


def test_one_person_of_the_first_edition_may_log_in_and_has_a_certificate_in_force(first):
    enrollment = first.enrollments.exclude(participant__user=None).get()
    assert enrollment.status == Enrollment.Status.COMPLETED
    assert enrollment.participant.email == enrollment.participant.user.email == COMPLETED
    assert enrollment.participant.user.check_password(PASSWORD)
    certificate = enrollment.certificates.live().get()
    assert certificate.kind == CertificateKind.CERTIFICATE


def test_command_keeps_what_is_there_and_prints_log_ins(demo, settings):
    settings.DEMO = True
    counts = Enrollment.objects.count(), AttendanceRecord.history.count()
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert (Enrollment.objects.count(), AttendanceRecord.history.count()) == counts
    for text in (
        "coordinadora@demo.example",
        "@minsa.example",
        "participante1@demo.example",
        "participante2021@demo.example",
    ):
        assert text in out.getvalue()


def test_command_names_no_log_in_that_an_older_demo_lacks(demo, settings):
    settings.DEMO = True
    out = StringIO()
    with transaction.atomic():
        Participant.objects.filter(email=COMPLETED).update(user=None)
        User.objects.filter(email=COMPLETED).delete()
        call_command("load_demo", stdout=out)
        transaction.set_rollback(True)
    assert "participante1@demo.example" in out.getvalue()
    assert COMPLETED not in out.getvalue()


def test_command_fills_an_empty_database(db, settings, monkeypatch):
    settings.DEMO = True
    loads = []
    monkeypatch.setattr(load_demo, "load", lambda *, today: loads.append(today))
    call_command("load_demo", stdout=StringIO())
    assert loads == [timezone.localdate()]


def test_command_refuses_without_demo(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_command_refuses_a_database_with_accounts(db, settings):
    settings.DEMO = True
    UserFactory()
    with pytest.raises(CommandError, match="accounts of its own"):
        call_command("load_demo")
    assert User.objects.count() == 1


def test_tutors_know_already_who_is_slipping_and_participants_not_yet(current):
    told = AttendanceWarning.objects.filter(enrollment__cohort=current)
    assert told.filter(audience="tutor").exists()
    assert not told.filter(audience="tutor", sent_at=None).exists()
    assert not told.filter(audience="participant").exclude(sent_at=None).exists()
    assert not told.filter(audience="participant", due_at__lte=NOON).exists()
