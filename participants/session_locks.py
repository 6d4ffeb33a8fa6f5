"""Which sessions attendance holds in place: neither the timetable nor a hand may move them."""

from courses.models import Cohort
from participants.models import AttendanceRecord


def sessions_with_attendance(cohort: Cohort) -> frozenset[int]:
    records = AttendanceRecord.objects.filter(session__cohort=cohort)
    return frozenset(records.order_by().values_list("session_id", flat=True).distinct())
