"""Colleagues of one facility who follow a session from one device: declared, then confirmed."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from courses.models import Session
from courses.models.sessions import Modality
from participants.deciding import Said
from participants.evidence import AppliedEvidence, add_evidence, apply_evidence
from participants.models import AttendanceEvidence, Enrollment, SharedConnection
from participants.register import locked_session
from participants.register_refusals import why_not

Status = SharedConnection.Status


def colleagues_of(enrollment: Enrollment, session: Session) -> QuerySet[Enrollment]:
    """Whom the person may name: of the same facility and edition, and asked for in the session.

    Who is named already, or has named the person, is left out. Empty in a session in person.
    """
    people = Enrollment.objects.for_session(session).exclude(pk=enrollment.pk)
    if not may_share(enrollment, session):
        return people.none()
    known = connections_of(enrollment, session)
    return (
        people.filter(facility=enrollment.facility_id)
        .exclude(pk__in=known.values("enrollment"))
        .exclude(pk__in=known.values("colleague"))
        .select_related("participant")
    )


def may_share(enrollment: Enrollment, session: Session) -> bool:
    return enrollment.facility_id is not None and session.modality != Modality.IN_PERSON


def connections_of(enrollment: Enrollment, session: Session) -> QuerySet[SharedConnection]:
    own = Q(enrollment=enrollment) | Q(colleague=enrollment)
    rows = SharedConnection.objects.filter(own, session=session)
    return rows.select_related("enrollment__participant", "colleague__participant")


@transaction.atomic
def declare_shared(
    enrollment: Enrollment,
    session: Session,
    colleague: Enrollment,
    *,
    at: dt.datetime,
) -> SharedConnection:
    """Say that the two follow from one device. Said again, by either, it is the same one.

    Raises ValidationError: a code of `why_not` where the register cannot change, "stranger" where
    the other is no colleague of the same facility in this session.
    """
    locked = locked_session(session)
    if refusal := why_not(locked, at=at):
        raise refusal
    both = [enrollment.pk, colleague.pk]
    known = SharedConnection.objects.filter(
        session=locked, enrollment__in=both, colleague__in=both
    ).first()
    if known is not None:
        return known
    if not colleagues_of(enrollment, locked).filter(pk=colleague.pk).exists():
        raise ValidationError(
            _("Choose a colleague of your facility who is in this session."), code="stranger"
        )
    row = SharedConnection(
        session=locked, enrollment=enrollment, colleague=colleague, declared_at=at
    )
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def decide_shared(
    connection: SharedConnection,
    *,
    confirms: bool,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> AppliedEvidence | None:
    """Confirm or decline, once. Decided again the same way, nothing changes.

    Confirmed, what is known of each counts for both, now and when more is known. A mistake is
    righted by marking the person: that stands above evidence.

    Raises ValidationError: a code of `why_not`, or "decided" where it was decided otherwise.
    """
    locked = locked_session(connection.session)
    if refusal := why_not(locked, at=at):
        raise refusal
    row = SharedConnection.objects.get(pk=connection.pk)
    wanted = Status.CONFIRMED if confirms else Status.DECLINED
    if row.status == wanted:
        return None
    if not row.is_open:
        raise ValidationError(
            _("It was already decided: %(outcome)s. Mark the person instead.")
            % {"outcome": row.get_status_display()},
            code="decided",
        )
    row.status, row.decided_at = wanted, at
    row.decided_by = by  # type: ignore[assignment]
    row.save()
    if not confirms:
        return None
    both = [row.enrollment_id, row.colleague_id]
    own = AttendanceEvidence.objects.filter(
        session=locked, enrollment__in=both, shared_with__isnull=True
    )
    # Said again, it goes to whom it is shared with.
    add_evidence(locked, [Said.of(said) for said in own], by=by, at=at)
    return apply_evidence(locked, by=by, at=at, only=both)
