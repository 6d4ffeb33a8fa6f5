"""How the first edition ended: its rule, each module's decisions, the outcome of each person."""

import datetime as dt
from collections.abc import Mapping

from courses.models import Assessment, Cohort, CohortModule, CompletionRule, Group
from participants import finishing
from participants.completing import ReviewRow, approve, complete_all_meeting, decide
from participants.completion_rules import publish, save_draft
from participants.edition_standing import CohortStanding
from participants.models import EditionOutcome, ModuleCompletion
from trainingprog.models import User

EXCEPTIONS = 3
COMPLETED = ModuleCompletion.Outcome.COMPLETED
NOT_COMPLETED = ModuleCompletion.Outcome.NOT_COMPLETED
Override = ModuleCompletion.Override


def publish_edition_rule(cohort: Cohort, *, by: User, at: dt.datetime) -> CompletionRule:
    """All modules, the edition's attendance and, where something is scored, its pass mark."""
    scored = Assessment.objects.filter(cohort=cohort, weight__gt=0).exists()
    draft = save_draft(
        cohort,
        None,
        {
            "minimum_attendance_percent": cohort.minimum_attendance_percent,
            "attendance_base": CompletionRule.Base.EDITION,
            "minimum_average": cohort.pass_mark if scored else None,
            "requires_sign_off": False,
            "requires_make_ups": False,
            "requires_competency_ratings": False,
        },
        scores={},
        prerequisites=cohort.cohort_modules.values_list("pk", flat=True),
        based_on=None,
        by=by,
        at=at,
    )
    return publish(draft, effective_on=cohort.starts_on, based_on=draft.edited_at, by=by, at=at)


def decide_module(
    cohort_module: CohortModule,
    tutors: Mapping[int, User],
    *,
    approver: User,
    at: dt.datetime,
) -> None:
    """Each tutor completes who meets the rule; of the rest, the first made up what was missed."""
    for group in Group.objects.filter(pk__in=tutors).select_related("cohort"):
        complete_all_meeting(cohort_module, group, by=tutors[group.pk], at=at, as_tutor=True)
    standing = CohortStanding.for_cohort(cohort_module.cohort, at=at)
    rows = [ReviewRow(each.enrollment, each.of_module(cohort_module.pk)) for each in standing.rows]
    undecided = sorted((row for row in rows if row.is_open), key=lambda row: row.enrollment.pk)
    for number, row in enumerate(undecided):
        decision = decide(
            row.enrollment,
            cohort_module,
            COMPLETED if number == 0 else NOT_COMPLETED,
            override_reason=Override.MADE_UP if number == 0 else "",
            by=tutors[row.enrollment.group_id or 0],
            at=at,
            as_tutor=True,
        )
        if decision.is_pending:
            approve(decision, based_on=decision.decided_at, by=approver, at=at)


def finish(cohort: Cohort, *, by: User, approver: User, at: dt.datetime) -> None:
    """The rule decides; a few exceptions, each approved by a second person."""
    finishing.decide_all(cohort, by=by, at=at)
    failed = EditionOutcome.objects.filter(
        enrollment__cohort=cohort, outcome=EditionOutcome.Outcome.NOT_COMPLETED
    ).select_related("enrollment")
    reasons = (Override.FORCE_MAJEURE, Override.EQUIVALENT, Override.RECORD_FAULT)
    for outcome, reason in zip(failed.order_by("enrollment")[:EXCEPTIONS], reasons, strict=False):
        decision = finishing.decide(
            outcome.enrollment,
            COMPLETED,
            override_reason=reason,
            note="Acta de la coordinación del programa.",
            based_on=outcome.decided_at,
            by=by,
            at=at,
        )
        if decision.is_pending:
            finishing.approve(decision, based_on=decision.decided_at, by=approver, at=at)
