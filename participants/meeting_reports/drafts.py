"""A report between its preview and its confirmation, and afterwards what is still in doubt."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser

from courses.models import Session
from participants.meeting_reports.connections import Report
from participants.meeting_reports.planning import ReportPlan
from participants.models import ReportDraft

# A week to ask whose telephone it was; names and times are personal data.
KEPT = dt.timedelta(days=7)


def start_draft(
    report: Report, *, digest: str, session: Session, user: AbstractBaseUser, at: dt.datetime
) -> ReportDraft:
    """In place of an earlier draft of the same file."""
    ReportDraft.objects.filter(session=session, user=user.pk, digest=digest).delete()
    return ReportDraft.objects.create(
        session=session,
        user=user,  # type: ignore[misc]
        digest=digest,
        report=report.pack(),
        created_at=at,
    )


def keep_questions(draft: ReportDraft, plan: ReportPlan) -> bool:
    """After the plan is applied: only the connections in doubt stay. False where none is left."""
    rows = {
        placed.connection.row
        for question in plan.questions
        if question.answer is None
        for placed in question.caller.placed
    }
    if not rows:
        draft.delete()
        return False
    report = plan.report
    kept = tuple(each for each in report.connections if each.row in rows)
    draft.report = Report(report.format, kept, open_ended=report.open_ended).pack()
    draft.answers = draft.answers | {"order": plan.placement.order, "shift": plan.placement.shift}
    draft.save(update_fields=["report", "answers"])
    return True


def clear_drafts(*, now: dt.datetime) -> int:
    """Delete the drafts that are older than KEPT, whoever's they are."""
    return ReportDraft.objects.filter(created_at__lt=now - KEPT).delete()[0]
