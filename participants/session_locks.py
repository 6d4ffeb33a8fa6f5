"""Which sessions people's records hold in place."""

from courses.models import Cohort
from participants.models import AbsenceRequest, AttendanceEvidence, AttendanceRecord, MakeUp


def sessions_with_attendance(cohort: Cohort) -> frozenset[int]:
    """Neither the timetable nor a hand may move them."""
    records = AttendanceRecord.objects.filter(session__cohort=cohort)
    return frozenset(records.order_by().values_list("session_id", flat=True).distinct())


def sessions_in_use(cohort: Cohort) -> frozenset[int]:
    """The timetable leaves them: with attendance or evidence of it, an excuse, or a guest to come.
    A hand may still move or cancel what has no attendance."""
    records = AttendanceRecord.objects.filter(session__cohort=cohort).values_list("session_id")
    evidence = AttendanceEvidence.objects.filter(session__cohort=cohort).values_list("session_id")
    excuses = AbsenceRequest.objects.filter(session__cohort=cohort).values_list("session_id")
    guests = MakeUp.objects.filter(host__cohort=cohort).values_list("host_id")
    found = records.order_by().union(evidence.order_by(), excuses.order_by(), guests.order_by())
    return frozenset(pk for (pk,) in found.order_by())
