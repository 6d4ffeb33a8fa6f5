"""A report is applied as it was shown: all of it, or nothing."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import Group, Session
from participants.evidence import AppliedEvidence, add_evidence, apply_evidence
from participants.meeting_reports.connections import Report
from participants.meeting_reports.matching import alias_of, callers_of
from participants.meeting_reports.planning import ReportPlan, plan_report
from participants.models import AttendanceRecord, MeetingReport, ShownName
from participants.register import Mark, locked_session, take_register


class StaleReport(ValidationError):
    """Since the preview something has changed that the report would now decide otherwise."""


@transaction.atomic
def apply_report(
    report: Report,
    session: Session,
    *,
    digest: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    groups: Collection[Group] | None = None,
    order: str = "",
    shift: int = 0,
    answers: Mapping[str, str] | None = None,
    expected: str = "",
    marks_rest_absent: bool = False,
) -> tuple[ReportPlan, AppliedEvidence]:
    """Everything of it or, with an error, nothing. Applied again it changes nothing.

    With `marks_rest_absent` the plan's `rest` are absent, excused by an accepted excuse, until any
    evidence says otherwise: their marks have the meeting as their source, and no evidence.

    Raises StaleReport where the plan is no longer the `expected` one, ValidationError where the
    report cannot be used or the register cannot be taken.
    """
    locked = locked_session(session)

    def plan_with(answers: Mapping[str, str] | None) -> ReportPlan:
        return plan_report(
            report,
            locked,
            digest=digest,
            groups=groups,
            order=order,
            shift=shift,
            answers=answers,
        )

    # The page was made before its questions were answered.
    plan = plan_with(None)
    is_stale = expected and plan.fingerprint != expected
    if answers:
        plan = plan_with(answers)
    if plan.placement.asks_order:
        raise ValidationError(_("Choose first how the report writes its dates."))
    if plan.placement.refusal:
        raise ValidationError(plan.placement.refusal)
    if is_stale:
        raise StaleReport(
            _("The register or the list of people has changed meanwhile. Look again and confirm.")
        )
    kept = MeetingReport.objects.filter(session=locked, digest=digest).first()
    if kept is None:
        kept = MeetingReport.objects.create(
            session=locked,
            format=report.format,
            digest=digest,
            rows=len(report.connections),
            imported_by=by,  # type: ignore[misc]
            imported_at=at,
        )
    new = add_evidence(locked, plan.said, by=by, at=at, report=kept)
    _remember(plan, answers or {}, by=by, at=at)
    # A colleague on a shared connection has evidence, too.
    shared = {row.enrollment_id for row in new} & {person.pk for person in plan.ours}
    only = shared | {said.enrollment for said in plan.said}
    source = AttendanceRecord.Source.MEETING
    applied = apply_evidence(locked, by=by, at=at, source=source, only=only)
    if marks_rest_absent:
        rest = {
            person.pk: Mark(AttendanceRecord.State.ABSENT)
            for person in plan.rest
            if person.pk not in only
        }
        outcome = take_register(locked, rest, by=by, at=at, source=source)
        applied = replace(applied, saved=(*applied.saved, *outcome.saved))
    return plan, applied


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _remember(
    plan: ReportPlan, answers: Mapping[str, str], *, by: AbstractBaseUser | None, at: dt.datetime
) -> None:
    """A name confirmed as a person's is that person's in later reports of the edition.

    Where it tells whose it is, that is: a bare “iPhone” is asked of again.
    """
    ours = {said.enrollment for said in plan.said}
    for caller in callers_of(plan.placement.placed):
        answer = answers.get(caller.key, "")
        alias = alias_of(caller.shown_name, caller.email)[:254]
        if alias and answer.isdecimal() and int(answer) in ours:
            ShownName.objects.update_or_create(  # type: ignore[misc]
                cohort=plan.session.cohort,
                name=alias,
                defaults={"enrollment_id": int(answer), "confirmed_by": by, "confirmed_at": at},
            )
