"""The coordinator's page of an import: upload, answer what is asked, look, confirm, download.

One page for participants (into an edition), facilities and tutors. The sheet is uploaded once and
waits as an ImportDraft of the coordinator's own.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.models import Cohort
from participants.import_plan import Plan, PlannedRow, StalePlan, State, UnknownFacility
from participants.rejected_rows import rejected_sheet
from participants.sheet_import import SheetImport, columns_question
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.import_drafts import (
    EDITION,
    answer,
    clear_drafts,
    import_kind,
    keep_rejected,
    open_import,
    start_draft,
)
from trainingprog.import_forms import (
    ColumnsForm,
    HeaderForm,
    MatchForm,
    NewFacilityForm,
    UploadForm,
)
from trainingprog.models import ImportDraft

importer = coordinator_page(
    "participants.add_participant",
    "participants.change_participant",
    "participants.add_enrollment",
    "participants.add_facility",
    "participants.change_facility",
    "tutors.add_tutor",
    "tutors.change_tutor",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A page of 5,000 rows would be megabytes; the sheet to correct holds them all.
MOST_SHOWN = 300
CHIPS = {State.NEW: "good", State.CHANGED: "good", State.WAITING: "warn", State.ERROR: "bad"}


@dataclass(frozen=True)
class RowsOfState:
    label: str
    chip: str
    total: int
    shown: list[PlannedRow]
    is_open: bool

    @property
    def left_off(self) -> int:
        return self.total - len(self.shown)


@dataclass(frozen=True)
class FacilityQuestion:
    facility: UnknownFacility
    match: MatchForm
    create: NewFacilityForm

    @classmethod
    def ask(
        cls,
        facility: UnknownFacility,
        *,
        match: MatchForm | None = None,
        create: NewFacilityForm | None = None,
    ) -> "FacilityQuestion":
        # The row's number keeps the fields of several questions on one page apart.
        ids = f"row{facility.rows[0]}-%s"
        return cls(
            facility,
            match or MatchForm(nearest=facility.nearest, auto_id=f"match-{ids}"),
            create or NewFacilityForm(unknown=facility, auto_id=f"create-{ids}"),
        )

    @property
    def rows(self) -> str:
        return ", ".join(str(number) for number in self.facility.rows[:20])


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def import_upload(request: HttpRequest, kind: str, pk: int | None = None) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk) if pk is not None else None
    edition = cohort or _edition(request.GET.get(EDITION, ""))
    clear_drafts(now=timezone.now())
    importing = import_kind(kind, cohort)
    form = UploadForm(request.POST or None, request.FILES or None, kind=importing, cohort=cohort)
    if request.method == "POST" and form.is_valid() and form.sheet is not None:
        draft = start_draft(
            form.sheet,
            kind=kind,
            user=request.user,  # type: ignore[arg-type]
            filename=form.cleaned_data["file"].name,
            cohort=cohort,
            enrolled_on=form.cleaned_data.get("enrolled_on"),
            edition=edition,
        )
        return redirect("import_preview", pk=draft.pk)
    context = {"form": form, "fields": importing.fields}
    if kind == ImportDraft.Kind.SCORES:
        context["template"] = reverse("edition_scores_xlsx", args=[pk])
    status = 400 if form.errors else 200
    return render_task(
        request, "admin/import_upload.html", edition, _title(kind), context, status=status
    )


@importer
@require_safe
def import_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, _own_draft(request, pk))


@importer
@require_POST
def import_columns(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = _own_draft(request, pk)
    importing = open_import(draft)
    header = HeaderForm(request.POST, columns=importing.columns, sheet=importing.sheet)
    if "header_row" in request.POST:
        if not header.is_valid():
            return _page(request, draft, importing, header=header)
        answer(draft, header_row=header.cleaned_data["header_row"], chosen=None)
        return redirect("import_preview", pk=pk)
    columns = ColumnsForm(request.POST, kind=type(importing), columns=importing.columns)
    if not columns.is_valid():
        return _page(request, draft, importing, columns=columns)
    answer(draft, header_row=importing.columns.header_row, chosen=columns.cleaned_data)
    return redirect("import_preview", pk=pk)


@importer
@require_POST
def import_facility(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Match one unknown facility with a known one, or create it; for all rows that name it."""
    draft = _own_draft(request, pk)
    importing = open_import(draft)
    plan = importing.preview() if importing.columns.is_clear else None
    unknown = plan.unknown_facilities if plan else ()
    facility = next((u for u in unknown if u.key == request.POST.get("key")), None)
    if facility is None:  # settled meanwhile, in another window
        return redirect("import_preview", pk=pk)
    match = MatchForm(request.POST, nearest=facility.nearest)
    create = NewFacilityForm(request.POST, unknown=facility)
    form: forms.BaseForm = create if "create" in request.POST else match
    if not form.is_valid():
        asked = FacilityQuestion.ask(
            facility,
            match=match if form is match else None,
            create=create if form is create else None,
        )
        return _page(request, draft, importing, asked=asked)
    if form is create:
        create.instance._history_user = request.user
        create.save()
    settled = draft.answers.get("facilities", {}) | {facility.key: form.cleaned_data["renipress"]}
    answer(draft, facilities=settled)
    return redirect("import_preview", pk=pk)


@importer
@require_POST
def import_confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = _own_draft(request, pk)
    importing = open_import(draft)
    if not importing.columns.is_clear:  # answered otherwise meanwhile, in another window
        return redirect("import_preview", pk=pk)
    try:
        plan = importing.apply(
            by=request.user,  # type: ignore[arg-type]
            expected=request.POST.get("fingerprint") or "-",
        )
    except ValidationError as error:
        # Stale, full or closed: the page shows how things stand now.
        messages.warning(request, " ".join(error.messages))
        stale = isinstance(error, StalePlan)
        return _page(request, draft, open_import(draft), status=409 if stale else 400)
    new, changed = plan.count(State.NEW), plan.count(State.CHANGED)
    told = ngettext("%(n)d row taken", "%(n)d rows taken", new + changed) % {"n": new + changed}
    detail = _("%(new)d new, %(changed)d changed.") % {"new": new, "changed": changed}
    messages.success(request, f"{told}: {detail}")
    edition = _edition_of(draft)
    if keep_rejected(draft, plan, importing):
        return redirect("import_preview", pk=pk)
    return redirect("edition", edition.pk) if edition else redirect(_upload_url(draft))


@importer
@require_safe
def import_rejected(request: HttpRequest, pk: UUID) -> HttpResponse:
    importing = open_import(_own_draft(request, pk))
    if not importing.columns.is_clear:
        raise Http404
    content = rejected_sheet(importing.preview(), importing.sheet)
    name = _("to-correct.xlsx")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@importer
@require_POST
def import_discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = _own_draft(request, pk)
    draft.delete()
    messages.info(request, _("The sheet was discarded. What was taken before stays."))
    return redirect(_upload_url(draft))


def _own_draft(request: HttpRequest, pk: UUID) -> ImportDraft:
    drafts = ImportDraft.objects.filter(user=request.user.pk).select_related("cohort")
    return get_object_or_404(drafts, pk=pk)


def _upload_url(draft: ImportDraft) -> str:
    if draft.cohort_id is not None:
        return reverse(f"{draft.kind}_import", args=[draft.cohort_id])
    edition = draft.answers.get(EDITION)
    return reverse(f"{draft.kind}_import", query={EDITION: edition} if edition else None)


def _edition_of(draft: ImportDraft) -> Cohort | None:
    """Into which the sheet goes, or from whose page it was sent."""
    return draft.cohort or _edition(str(draft.answers.get(EDITION, "")))


def _edition(pk: str) -> Cohort | None:
    return Cohort.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 10 else None


def _title(kind: str) -> str:
    return {
        ImportDraft.Kind.PARTICIPANTS: _("Import participants"),
        ImportDraft.Kind.FACILITIES: _("Import facilities"),
        ImportDraft.Kind.TUTORS: _("Import tutors"),
        ImportDraft.Kind.SCORES: _("Import scores"),
    }[ImportDraft.Kind(kind)]


def _page(
    request: HttpRequest,
    draft: ImportDraft,
    importing: SheetImport | None = None,
    *,
    header: HeaderForm | None = None,
    columns: ColumnsForm | None = None,
    asked: FacilityQuestion | None = None,
    status: int = 0,
) -> HttpResponse:
    importing = importing or open_import(draft)
    found = importing.columns
    plan = importing.preview() if found.is_clear else None
    context: dict[str, Any] = {
        "draft": draft,
        "upload_url": _upload_url(draft),
        "plan": plan,
        "can_choose_columns": found.header_row is not None,
        "question": "" if plan else columns_question(found, importing.by_name),
        "header_form": header or HeaderForm(columns=found, sheet=importing.sheet),
        "asks_header": bool(found.rival_headers),
        "columns_form": columns
        or ColumnsForm(kind=type(importing), columns=found, auto_id="column-%s"),
        "columns_open": plan is None or columns is not None,
        "unread": [found.headers[index] for index in found.unknown],
    }
    if plan:
        context |= _plan_context(plan, asked)
    invalid = any(form is not None for form in (header, columns, asked))
    return render_task(
        request,
        "admin/import_preview.html",
        _edition_of(draft),
        _title(draft.kind),
        context,
        status=status or (400 if invalid else 200),
    )


def _plan_context(plan: Plan, asked: FacilityQuestion | None) -> dict[str, Any]:
    groups = []
    for state in (
        State.ERROR,
        State.WAITING,
        State.DUPLICATE,
        State.CHANGED,
        State.NEW,
        State.UNCHANGED,
    ):
        if rows := plan.in_state(state):
            shown = rows[:MOST_SHOWN]
            is_open = state in {State.ERROR, State.WAITING, State.DUPLICATE, State.CHANGED}
            chip = CHIPS.get(state, "")
            groups.append(RowsOfState(str(state.label), chip, len(rows), shown, is_open))
    return {
        "groups": groups,
        "to_take": plan.count(State.NEW) + plan.count(State.CHANGED) if plan.writes else 0,
        "questions": [
            asked
            if asked and asked.facility.key == facility.key
            else FacilityQuestion.ask(facility)
            for facility in plan.unknown_facilities
        ],
    }
