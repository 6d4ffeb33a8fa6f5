"""The coordinator's page of an edition's timetable: what applying would do, doing it, what is."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from courses import retiring
from courses.clashes import Clash
from courses.models import Cohort, SessionPattern
from courses.scheduling import Applied, apply
from courses.timetable_preview import PreviewRow, TimetablePreview, preview
from participants.session_locks import sessions_in_use
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.session_notices import TOLD_OF, announce
from trainingprog.timetable_overview import TimetableOverview
from trainingprog.timetable_people import people_of

ORDER = ("move", "create", "change", "remove", "keep", "left_out")
CHIPS = {"move": "warn", "create": "good", "remove": "bad"}
MOST_ROWS_OPEN = 12


@dataclass(frozen=True, slots=True)
class RowsOfAction:
    action: str
    rows: tuple[PreviewRow, ...]

    @property
    def label(self) -> str:
        return self.rows[0].action_label

    @property
    def chip(self) -> str:
        return CHIPS.get(self.action, "")

    @property
    def is_open(self) -> bool:
        """What would change is open where it is short; what would not, is there to be asked for."""
        return len(self.rows) <= MOST_ROWS_OPEN and self.action not in ("keep", "left_out")


@coordinator_page("courses.change_session")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_timetable(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    at = timezone.now()
    refusal: ValidationError | None = None
    if request.method == "POST":
        try:
            applied = _apply(cohort, request.POST.get("fingerprint", ""), by=request.user, at=at)
        except ValidationError as error:
            refusal = error
        else:
            messages.success(request, _told(applied))
            return redirect("edition_timetable", pk=cohort.pk)
    found = preview(cohort, locked=sessions_in_use, at=at, members=people_of(cohort))
    if refusal and not found.changes_anything:
        # The same form sent twice, or someone else was as quick: it is as was asked for.
        messages.info(request, _("The sessions are already those that the patterns ask for."))
        return redirect("edition_timetable", pk=cohort.pk)
    context = _context(cohort, found, request.GET, at) | {"refusal": refusal}
    status = 409 if refusal else 200
    template = "admin/edition_timetable.html"
    return render_task(request, template, cohort, _("Timetable"), context, status=status)


@coordinator_page("courses.change_sessionpattern")
@require_POST
def pattern_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a pattern out of use or into use again, or deletes one that has no session."""
    pattern = get_object_or_404(SessionPattern, pk=pk)
    match request.POST.get("do"):
        case "retire":
            retiring.retire(pattern)
            told = _("“%s” is out of use. What applying would now remove is shown below.")
        case "restore":
            retiring.restore(pattern)
            told = _("“%s” is in use again. What applying would now create is shown below.")
        case "discard":
            if not request.user.has_perm("courses.delete_sessionpattern"):
                raise PermissionDenied
            try:
                retiring.discard(pattern)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return redirect("edition_timetable", pk=pattern.cohort_id)
            told = _("“%s” is deleted.")
        case _:
            return HttpResponseBadRequest()
    messages.success(request, told % pattern.title)
    return redirect("edition_timetable", pk=pattern.cohort_id)


def _context(
    cohort: Cohort, found: TimetablePreview, query: QueryDict, at: dt.datetime
) -> dict[str, Any]:
    return {
        "preview": found,
        "actions": _by_action(found.rows),
        "tells_people": cohort.status in TOLD_OF,
        "clashes": _clashes_ahead(found, cohort, at),
        "patterns": cohort.patterns.annotate(session_count=Count("sessions")),
        "overview": TimetableOverview.of(
            cohort, at=at, group=query.get("group", ""), opens_all="open" in query
        ),
    }


@transaction.atomic
def _apply(cohort: Cohort, fingerprint: str, *, by: Any, at: dt.datetime) -> Applied:
    """Those concerned are told of what moves or goes; a draft's sessions are nobody's yet."""
    applied = apply(cohort, locked=sessions_in_use, by=by, at=at, fingerprint=fingerprint)
    announce(applied.moved, dropped=applied.removed, by=by, at=at)
    return applied


def _told(applied: Applied) -> str:
    counts = applied.counts
    parts = [
        ngettext("%d session created", "%d sessions created", counts["created"]),
        ngettext("%d moved", "%d moved", counts["moved"]),
        ngettext("%d changed", "%d changed", counts["changed"]),
        ngettext("%d removed", "%d removed", counts["removed"]),
    ]
    numbers = [counts[name] for name in ("created", "moved", "changed", "removed")]
    done = ", ".join(part % n for part, n in zip(parts, numbers, strict=True) if n)
    return _("The timetable is applied: %s.") % (done or _("there was nothing to change"))


def _by_action(rows: Iterable[PreviewRow]) -> list[RowsOfAction]:
    by_action = {
        action: tuple(of_action)
        for action, of_action in groupby(
            sorted(rows, key=lambda row: ORDER.index(row.action)), key=lambda row: row.action
        )
    }
    return [RowsOfAction(action, of_action) for action, of_action in by_action.items()]


def _clashes_ahead(found: TimetablePreview, cohort: Cohort, at: dt.datetime) -> list[Clash]:
    """Of what is over nothing can be mended; a draft is planned whole, whatever its dates."""
    is_draft = cohort.status == Cohort.Status.DRAFT
    return [clash for clash in found.clashes if is_draft or clash.ends_at > at]
