"""Evidence of two enrollments that become one: of two check-ins the first counts, and nobody shares
a connection with oneself."""

from django.db.models import F, Q

from participants.models import AttendanceEvidence, Enrollment, SharedConnection


def drop_doubles(stays: Enrollment, goes: Enrollment) -> None:
    """Marks are united apart from this, and keep what they were decided by."""
    both = [stays.pk, goes.pk]
    AttendanceEvidence.objects.filter(enrollment__in=both, shared_with__in=both).delete()
    check_ins = AttendanceEvidence.objects.filter(
        enrollment__in=both, kind=AttendanceEvidence.Kind.CHECK_IN, shared_with__isnull=True
    )
    seen: set[int] = set()
    for row in check_ins.order_by("session", "starts_at", "pk"):
        if row.session_id in seen:
            row.delete()
        seen.add(row.session_id)
    of_both = Q(enrollment__in=both) | Q(colleague__in=both)
    decided_first = F("decided_at").asc(nulls_last=True)
    pairs: set[tuple[int, int]] = set()
    for shared in SharedConnection.objects.filter(of_both).order_by(decided_first, "pk"):
        others = {shared.enrollment_id, shared.colleague_id} - set(both)
        pair = (shared.session_id, next(iter(others), 0))
        if not others or pair in pairs:
            shared.delete()
        pairs.add(pair)
