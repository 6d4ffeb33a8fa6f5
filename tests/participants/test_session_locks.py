import pytest

from participants.session_locks import sessions_with_attendance
from tests.factories import AttendanceRecordFactory, EnrollmentFactory, SessionFactory


@pytest.mark.django_db
def test_sessions_of_the_edition_with_marks_are_locked(cohort):
    session = SessionFactory(cohort=cohort)
    for person in EnrollmentFactory.create_batch(2, cohort=cohort):
        AttendanceRecordFactory(enrollment=person, session=session)
    SessionFactory(cohort=cohort)
    AttendanceRecordFactory()
    assert sessions_with_attendance(cohort) == {session.pk}
