from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from participants.score_grid import SavedScores, ScoreGrid, SentScores, last_changes, save_grid
from participants.score_paste import Pasted, read_paste
from tutors.offline import device_key
from tutors.scores import OpenedScores, open_cohort_scores, open_group_scores


@require_http_methods(["GET", "HEAD", "POST"])
def group_scores(request: HttpRequest, pk: int, module_pk: int | None = None) -> HttpResponse:
    day = timezone.localdate()
    return _scores(request, open_group_scores(request.user, pk, module_pk, day=day))


@require_http_methods(["GET", "HEAD", "POST"])
def cohort_scores(request: HttpRequest, pk: int, module_pk: int | None = None) -> HttpResponse:
    return _scores(request, open_cohort_scores(request.user, pk, module_pk))


def _scores(request: HttpRequest, opened: OpenedScores) -> HttpResponse:
    if request.method != "POST":
        return _show(request, opened, opened.grid())
    if not opened.may_save:
        raise PermissionDenied
    if "paste" in request.POST:
        return _paste(request, opened)
    sent = SentScores.of(request.POST)
    try:
        saved = save_grid(
            opened.grid(),
            sent,
            by=cast(AbstractBaseUser, request.user),
            at=timezone.now(),
            source=opened.source,
            group=opened.group,
        )
    except ValidationError as error:
        # Closed meanwhile; or someone left between our reading and our writing.
        status = HTTPStatus.FORBIDDEN if opened.refusal else HTTPStatus.CONFLICT
        messages.error(request, " ".join(error.messages))
        return _show(request, opened, opened.grid().with_sent(sent), status=status)
    _tell(request, saved)
    if saved.is_whole:
        return redirect(request.path)
    return _show(request, opened, saved.grid, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _paste(request: HttpRequest, opened: OpenedScores) -> HttpResponse:
    """Fills the pasted scores into the grid, where they are looked at; nothing is stored yet."""
    grid, sent = opened.grid(), SentScores.of(request.POST)
    chosen = request.POST.get("column", "")
    column = next((each for each in grid.columns if each.key == chosen), None)
    if column is None:
        messages.error(request, _("Choose the assessment of the scores."))
        return _show(request, opened, grid.with_sent(sent), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    is_confirmed = "paste_confirmed" in request.POST
    pasted = read_paste(request.POST.get("pasted", ""), grid, column, is_confirmed=is_confirmed)
    filled = grid.with_sent(sent.with_texts(pasted.texts))
    return _show(request, opened, filled, pasted=pasted)


def _tell(request: HttpRequest, saved: SavedScores) -> None:
    if saved.saved or saved.cleared or saved.is_whole:
        text = ngettext("%(n)d score saved.", "%(n)d scores saved.", saved.saved)
        parts = [text % {"n": saved.saved}]
        if saved.cleared:
            text = ngettext("%(n)d removed.", "%(n)d removed.", saved.cleared)
            parts.append(text % {"n": saved.cleared})
        messages.success(request, " ".join(parts))
    if saved.strangers:
        text = ngettext(
            "%(n)d score is of someone who is no longer in this list.",
            "%(n)d scores are of people who are no longer in this list.",
            saved.strangers,
        )
        messages.warning(request, text % {"n": saved.strangers})


def _show(
    request: HttpRequest,
    opened: OpenedScores,
    grid: ScoreGrid,
    *,
    pasted: Pasted | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    # A block that went in whole has done its part.
    is_done = pasted is not None and not (pasted.doubt or pasted.refused)
    context: dict[str, Any] = {
        "opened": opened,
        "grid": grid,
        "can_save": opened.may_save and opened.refusal is None,
        "changes": last_changes(grid),
        "pasted": pasted,
        "pasted_text": "" if is_done else request.POST.get("pasted", ""),
        "column": request.POST.get("column", ""),
        "whose": device_key(request.user),
    }
    return render(request, "tutors/scores.html", context, status=status)
