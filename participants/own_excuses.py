"""What a person sees of an excuse for a session: how it stands, and what can still be done."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from courses.models import Session
from courses.schedule import RECENT
from participants.excusing import can_withdraw, last_day, why_not_ask
from participants.models import AbsenceRequest, AttendanceRecord, Enrollment
from participants.progress import EnrollmentProgress


@dataclass(frozen=True, slots=True)
class OwnExcuse:
    """`refusal` tells why none can be asked, or none any more; `request` is the latest."""

    session: Session
    request: AbsenceRequest | None
    mark: str | None
    refusal: ValidationError | None
    last_day: dt.date
    can_withdraw: bool
    is_ahead: bool

    @classmethod
    def of(
        cls,
        enrollment: Enrollment,
        session: Session,
        mark: str | None,
        request: AbsenceRequest | None,
        *,
        at: dt.datetime,
    ) -> "OwnExcuse":
        """No query: the session comes with its cohort and its module."""
        return cls(
            session=session,
            request=request,
            mark=mark,
            refusal=why_not_ask(enrollment, session, mark, at=at),
            last_day=last_day(session),
            can_withdraw=request is not None and can_withdraw(request, session, at=at),
            is_ahead=at < session.starts_at,
        )

    @property
    def can_ask(self) -> bool:
        return self.refusal is None and not (self.request and self.request.is_live)

    @property
    def is_missed(self) -> bool:
        return self.mark == AttendanceRecord.State.ABSENT

    @property
    def is_shown(self) -> bool:
        """On the session's own page: where there is something to do or to know."""
        return bool(self.can_ask or self.is_missed or (self.request and not self.is_withdrawn))

    @property
    def is_withdrawn(self) -> bool:
        return bool(self.request and self.request.status == AbsenceRequest.Status.WITHDRAWN)

    def is_news(self, at: dt.datetime) -> bool:
        """On the home page: what was missed and can be excused, and what was asked lately."""
        request = self.request
        if request is None or self.is_withdrawn:
            return self.can_ask and self.is_missed
        decided = request.decided_at
        return request.is_asked or self.is_ahead or bool(decided and decided > at - RECENT)


def own_excuses(
    progress: EnrollmentProgress, requests: Iterable[AbsenceRequest], *, at: dt.datetime
) -> Mapping[int, OwnExcuse]:
    """By session, of all that concern the person. No query."""
    enrollment = progress.enrollment
    latest = {request.session_id: request for request in sorted(requests, key=lambda r: r.pk)}
    modules = {each.cohort_module.pk: each.cohort_module for each in progress.modules}
    found = {}
    for session in progress.sessions:
        session.cohort = enrollment.cohort
        session.cohort_module = modules.get(session.cohort_module_id or 0)
        mark = progress.marks.get(session.pk)
        found[session.pk] = OwnExcuse.of(enrollment, session, mark, latest.get(session.pk), at=at)
    return found


def excuse_for(enrollment: Enrollment, session: Session, *, at: dt.datetime) -> OwnExcuse:
    """Two queries."""
    known = {"enrollment": enrollment, "session": session}
    mark = AttendanceRecord.objects.filter(**known).values_list("state", flat=True).first()
    request = AbsenceRequest.objects.filter(**known).order_by("pk").last()
    return OwnExcuse.of(enrollment, session, mark, request, at=at)
