"""A group's module before the person who may sign it off, or only look."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from courses.models import Cohort, CohortModule, Group
from participants.completing import ModuleReview, ReviewRow
from tutors.scope import open_group

VIEW = "participants.view_modulecompletion"
DECIDE = "participants.change_modulecompletion"


@dataclass(frozen=True, slots=True)
class OpenedReview:
    review: ModuleReview
    group: Group
    is_own: bool
    can_decide: bool

    @property
    def edition_is_closed(self) -> bool:
        return self.group.cohort.status == Cohort.Status.CLOSED

    def row_or_404(self, enrollment_pk: int) -> ReviewRow:
        for row in self.review.rows:
            if row.enrollment.pk == enrollment_pk:
                return row
        raise Http404


def open_review(user: Any, pk: int, module_pk: int, *, at: dt.datetime) -> OpenedReview:
    """Raises as open_group does, and Http404 for a module of another edition.

    The group's tutor decides; the coordinator where the rule does not ask for the tutor.
    """
    opened = open_group(user, pk, day=timezone.localdate(at), permission=VIEW)
    module = get_object_or_404(
        CohortModule.objects.select_related("module"), pk=module_pk, cohort=opened.group.cohort_id
    )
    review = ModuleReview.for_group(module, opened.group, at=at)
    rule = review.rule
    stands_in = rule is not None and not rule.requires_sign_off and user.has_perm(DECIDE)
    may_decide = opened.is_own or stands_in
    is_closed = module.closed_at is not None or opened.group.cohort.status == Cohort.Status.CLOSED
    can_decide = may_decide and rule is not None and not is_closed
    return OpenedReview(review, opened.group, opened.is_own, can_decide)
