"""Which sessions people's records hold in place."""

from django.db.models import Model

from courses.models import Cohort
from participants.models import (
    AbsenceRequest,
    AttendanceEvidence,
    AttendanceRecord,
    CheckInWindow,
    MakeUp,
    MeetingReport,
    RegisterReminder,
    ReportDraft,
    SharedConnection,
)

# All that names a session, and by which field.
HOLDING: tuple[tuple[type[Model], str], ...] = (
    (AttendanceRecord, "session"),
    (AttendanceEvidence, "session"),
    (AbsenceRequest, "session"),
    (MakeUp, "missed"),
    (MakeUp, "host"),
    (CheckInWindow, "session"),
    (SharedConnection, "session"),
    (MeetingReport, "session"),
    (ReportDraft, "session"),
    (RegisterReminder, "session"),
)


def sessions_with_attendance(cohort: Cohort) -> frozenset[int]:
    """Neither the timetable nor a hand may move them."""
    records = AttendanceRecord.objects.filter(session__cohort=cohort)
    return frozenset(records.order_by().values_list("session_id", flat=True).distinct())


def sessions_in_use(cohort: Cohort) -> frozenset[int]:
    """The timetable leaves them: something of people names them, and without them would be lost.
    A hand may still move or cancel what has no attendance."""
    first, *others = (
        model._default_manager.filter(**{f"{name}__cohort": cohort})
        .order_by()
        .values_list(f"{name}_id")
        for model, name in HOLDING
    )
    return frozenset(pk for (pk,) in first.union(*others).order_by())
