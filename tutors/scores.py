"""An edition's scores before whoever may give them: a tutor the own group's, a coordinator all."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from courses.models import Cohort, Group
from participants.models import Score
from participants.score_grid import Scope, ScoreGrid, refusal_of
from tutors.scope import open_group

VIEW = "participants.view_score"
CHANGE = "participants.change_score"


@dataclass(frozen=True, slots=True)
class OpenedScores:
    cohort: Cohort
    group: Group | None
    scope: Scope
    may_save: bool
    source: str

    @property
    def refusal(self) -> ValidationError | None:
        return refusal_of(self.scope)

    def grid(self) -> ScoreGrid:
        return ScoreGrid.of(self.scope.assessments, self.cohort, self.group)

    @property
    def tabs(self) -> list[tuple[str, Any]]:
        """The page's addresses, each with its module; None is the edition as a whole."""
        modules = [*([None] if self.scope.has_whole else []), *self.scope.modules]
        return [(self.address(module.pk if module else None), module) for module in modules]

    def address(self, module_pk: int | None) -> str:
        name, pk = ("group", self.group.pk) if self.group else ("cohort", self.cohort.pk)
        more = [] if module_pk is None else [module_pk]
        return reverse(f"tutors:{name}_scores", args=[pk, *more])


def open_group_scores(user: Any, pk: int, module_pk: int | None, *, day: dt.date) -> OpenedScores:
    """Raises as open_group, and Http404 for a module of which nothing is assessed."""
    opened = open_group(user, pk, day=day, permission=VIEW)
    scope = _scope(opened.group.cohort, module_pk)
    if opened.is_own:
        source, may_save = Score.Source.TUTOR, True
    else:
        source, may_save = Score.Source.COORDINATOR, user.has_perm(CHANGE)
    return OpenedScores(opened.group.cohort, opened.group, scope, may_save, source)


def open_cohort_scores(user: Any, pk: int, module_pk: int | None) -> OpenedScores:
    """The coordinator's: everyone of an edition. Raises PermissionDenied for others."""
    if not (user.is_staff and user.has_perm(VIEW)):
        raise PermissionDenied
    cohort = get_object_or_404(Cohort, pk=pk)
    scope = _scope(cohort, module_pk)
    return OpenedScores(cohort, None, scope, user.has_perm(CHANGE), Score.Source.COORDINATOR)


def _scope(cohort: Cohort, module_pk: int | None) -> Scope:
    scope = Scope.of(cohort, module_pk)
    if scope is None:
        raise Http404
    return scope
