import pytest

from courses.models import Session
from participants.session_locks import HOLDING, sessions_in_use, sessions_with_attendance
from tests.factories import (
    AbsenceRequestFactory,
    AttendanceEvidenceFactory,
    AttendanceRecordFactory,
    CheckInWindowFactory,
    EnrollmentFactory,
    GroupFactory,
    MakeUpFactory,
    MeetingReportFactory,
    ReportDraftFactory,
    SessionFactory,
    SharedConnectionFactory,
)


@pytest.mark.django_db
def test_sessions_of_the_edition_with_marks_are_locked(cohort):
    session = SessionFactory(cohort=cohort)
    for person in EnrollmentFactory.create_batch(2, cohort=cohort):
        AttendanceRecordFactory(enrollment=person, session=session)
    SessionFactory(cohort=cohort)
    AttendanceRecordFactory()
    assert sessions_with_attendance(cohort) == {session.pk}


@pytest.mark.django_db
def test_timetable_also_leaves_sessions_with_an_excuse_or_a_guest(
    enrollment, cohort, django_assert_num_queries
):
    marked, asked, missed, begun = SessionFactory.create_batch(4, cohort=cohort)
    host = SessionFactory(cohort=cohort, group=GroupFactory(cohort=cohort))
    SessionFactory(cohort=cohort)
    AttendanceRecordFactory(enrollment=enrollment, session=marked)
    AttendanceRecordFactory(enrollment=enrollment, session=missed, state="absent")
    AbsenceRequestFactory(enrollment=enrollment, session=asked)
    AbsenceRequestFactory()
    MakeUpFactory(enrollment=enrollment, missed=missed, host=host)
    AttendanceEvidenceFactory(enrollment=enrollment, session=begun)
    MakeUpFactory(enrollment=enrollment, missed=marked)  # a task: no session waits for it
    with django_assert_num_queries(1):
        assert sessions_in_use(cohort) == {marked.pk, asked.pk, missed.pk, host.pk, begun.pk}
    assert sessions_with_attendance(cohort) == {marked.pk, missed.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make",
    [CheckInWindowFactory, SharedConnectionFactory, MeetingReportFactory, ReportDraftFactory],
)
def test_timetable_also_leaves_sessions_of_which_less_is_known(cohort, make):
    session, _free = SessionFactory.create_batch(2, cohort=cohort)
    of_whom = {"enrollment": EnrollmentFactory(cohort=cohort)}
    make(session=session, **of_whom if make is SharedConnectionFactory else {})
    assert sessions_in_use(cohort) == {session.pk}


def test_whatever_names_a_session_holds_it():
    fields = Session._meta.get_fields(include_hidden=True)
    named = {
        (field.related_model, field.field.name)
        for field in fields
        if field.auto_created and not field.concrete and field.field.db_constraint
    }
    assert named == set(HOLDING)
