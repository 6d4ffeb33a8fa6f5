"""The coordinator's pages of an edition's surveys: what is asked when, and what they say."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from courses.models import Cohort, CohortModule
from participants.models import NamedAnswer, QuestionSet, Survey
from participants.survey_export import SurveyExport
from participants.survey_results import Pooled, SurveyResult, pool, results_of
from participants.surveying import (
    ASKED_IN,
    Purpose,
    cancel_survey,
    months_after,
    open_due,
    opening_days,
    set_days,
)
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.downloads import CSV, XLSX, file_response, write_down
from trainingprog.survey_mail import queue_mails
from tutors.models import Tutor
from tutors.surveyed import plan

RELATED = (
    *("question_set", "cohort", "cohort_module__module", "group"),
    "surveyed_tutor__tutor",
)
# How long after an edition's end it may still be asked about.
YEARS = 5


class DaysForm(forms.Form):
    """From the edition's first day to some years after its last."""

    opens_on = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    closes_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Empty: as long as the question set says."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = cohort.starts_on, months_after(cohort.ends_on, 12 * YEARS)
        for field in self.fields.values():
            field.validators += [MinValueValidator(first), MaxValueValidator(last)]
            field.widget.attrs |= {"min": f"{first}", "max": f"{last}"}


@dataclass(frozen=True, slots=True)
class Slot:
    """What is asked at one time: a module, all of its tutors, or a follow-up."""

    purpose: str
    cohort_module: CohortModule | None
    opens_on: dt.date | None
    question_set: QuestionSet | None
    results: tuple[SurveyResult, ...]

    @property
    def label(self) -> str:
        return str(Purpose(self.purpose).label)

    @property
    def key(self) -> str:
        return f"{self.purpose}-{self.cohort_module.pk if self.cohort_module else ''}"

    @property
    def last_day(self) -> dt.date | None:
        """While it has not come, the slot still opens of its own."""
        if self.question_set is None or self.opens_on is None:
            return None
        return self.question_set.last_day(self.opens_on)

    @property
    def may_be_planned(self) -> bool:
        """Where there is something to ask: it was not planned, or was cancelled since."""
        surveys = [result.survey for result in self.results]
        asked = {survey.group_id for survey in surveys if not survey.is_cancelled}
        is_lacking = not surveys or not {survey.group_id for survey in surveys} <= asked
        return self.question_set is not None and is_lacking


@dataclass(frozen=True, slots=True)
class TutorRow:
    tutor: Tutor
    pooled: Pooled


@coordinator_page("participants.view_survey")
@require_safe
def edition_surveys(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    today = timezone.localdate()
    results = results_of(_surveys(cohort), at=today)
    by_module = pool(each for each in results.values() if each.survey.purpose == Purpose.MODULE)
    context = {
        "slots": _slots(cohort, results),
        "modules": by_module,
        "tutors": _by_tutor(results),
        "form": DaysForm(cohort=cohort, initial={"opens_on": today}, auto_id=False),
        "today": today,
        "is_asked": cohort.status in ASKED_IN,
        "can_change": request.user.has_perm("participants.change_survey"),
    }
    return render_task(request, "admin/edition_surveys.html", cohort, _("Surveys"), context)


@coordinator_page("participants.change_survey")
@require_POST
def survey_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets when a slot is asked; where its first day has come, it opens at once."""
    cohort = get_object_or_404(Cohort, pk=pk)
    purpose, _dash, module = request.POST.get("slot", "").partition("-")
    if purpose not in Purpose.values or not (module == "" or module.isdecimal()):
        raise Http404
    own = get_object_or_404(cohort.cohort_modules, pk=module) if module else None
    form = DaysForm(request.POST, cohort=cohort)
    try:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        planned = plan(cohort, purpose, own, **form.cleaned_data, again=True)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("edition_surveys", pk=cohort.pk)
    told = ngettext("%d survey is planned.", "%d surveys are planned.", len(planned))
    messages.success(request, told % len(planned))
    _open(cohort)
    return redirect("edition_surveys", pk=cohort.pk)


@coordinator_page("participants.view_survey")
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Survey.objects.select_related(*RELATED), pk=pk)
    today = timezone.localdate()
    form = DaysForm(
        request.POST or None,
        cohort=found.cohort,
        initial={"opens_on": found.opens_on, "closes_on": found.closes_on},
    )
    form.fields["closes_on"].required = True
    may_change = request.user.has_perm("participants.change_survey")
    if request.method == "POST" and may_change and form.is_valid():
        try:
            set_days(found, **form.cleaned_data, today=today)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The days are changed."))
            _open(found.cohort)
            return redirect("survey", pk=found.pk)
    context = {
        "result": results_of([found], at=today)[found.pk],
        "form": form if may_change and not (found.is_closed(today) or found.is_cancelled) else None,
        "reasons": Survey.Cancellation.choices,
        "named": _named(found, request, today),
        "today": today,
    }
    status = 422 if form.errors else 200
    return render_task(
        request, "admin/survey.html", found.cohort, found.title, context, status=status
    )


@coordinator_page("participants.change_survey")
@require_POST
def survey_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Survey.objects.select_related(*RELATED), pk=pk)
    reason = request.POST.get("reason", "")
    try:
        is_new = cancel_survey(found, reason, today=timezone.localdate(), at=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("survey", pk=found.pk)
    if is_new:
        told = _("Cancelled the survey “%(survey)s”: %(reason)s.")
        values = {"survey": found.title, "reason": Survey.Cancellation(reason).label}
        write_down(user_of(request), found.cohort, told % values)
    messages.success(request, _("The survey is cancelled. Its links say so."))
    return redirect("survey", pk=found.pk)


@coordinator_page("participants.view_survey")
@require_GET
def edition_surveys_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    return file_response(_export(request, cohort, "xlsx").as_xlsx(), _name(cohort, "xlsx"), XLSX)


@coordinator_page("participants.view_survey")
@require_GET
def edition_surveys_csv(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    return file_response(_export(request, cohort, "csv").as_csv(), _name(cohort, "csv"), CSV)


def _surveys(cohort: Cohort) -> Any:
    found = Survey.objects.filter(cohort=cohort).select_related(*RELATED)
    return found.order_by("opens_on", "cohort_module__first_week", "purpose", "group__number")


def _open(cohort: Cohort) -> None:
    own, today = Survey.objects.filter(cohort=cohort), timezone.localdate()
    open_due(own, today=today)
    queue_mails(own, today=today)


def _slots(cohort: Cohort, results: dict[int, SurveyResult]) -> list[Slot]:
    days = opening_days(cohort)
    modules = list(cohort.cohort_modules.select_related("module").order_by("first_week"))
    in_force = QuestionSet.objects.newest()
    wanted: list[tuple[str, CohortModule | None]] = [
        (purpose, module) for module in modules for purpose in (Purpose.MODULE, Purpose.TUTOR)
    ]
    wanted += [(purpose, None) for purpose in QuestionSet.FOLLOW_UPS]
    return [
        Slot(
            purpose,
            module,
            days.get((purpose, module.pk if module else None)),
            in_force.get(purpose),
            tuple(
                each
                for each in results.values()
                if each.survey.purpose == purpose and each.survey.cohort_module == module
            ),
        )
        for purpose, module in wanted
    ]


def _by_tutor(results: dict[int, SurveyResult]) -> list[TutorRow]:
    """Of whom something is shown: by version of the questions, then by name."""
    own: dict[Tutor, list[SurveyResult]] = {}
    for result in results.values():
        if (about := getattr(result.survey, "surveyed_tutor", None)) is not None:
            own.setdefault(about.tutor, []).append(result)
    rows = [TutorRow(tutor, pooled) for tutor, theirs in own.items() for pooled in pool(theirs)]
    return sorted(rows, key=lambda row: (row.pooled.question_set.version, row.tutor.sorting_name))


def _named(found: Survey, request: HttpRequest, today: dt.date) -> list[tuple[str, list[str]]]:
    """Who answered what, where that was said before; once it is over."""
    may_see = request.user.has_perm("participants.view_namedanswer")
    if found.is_anonymous or not found.is_closed(today) or not may_see:
        return []
    questions = list(found.question_set.questions.all())
    rows = NamedAnswer.objects.filter(survey=found).select_related("enrollment__participant")
    return sorted(
        (
            str(row.enrollment.participant),
            [each.in_words(row.answers.get(str(each.number))) for each in questions],
        )
        for row in rows
    )


def _export(request: HttpRequest, cohort: Cohort, kind: str) -> SurveyExport:
    results = results_of(_surveys(cohort), at=timezone.localdate())
    told = _("Took the results of the surveys as .%(kind)s.") % {"kind": kind}
    write_down(user_of(request), cohort, told)
    return SurveyExport.of(results.values())


def _name(cohort: Cohort, kind: str) -> str:
    return f"encuestas-{cohort.code}-{timezone.localdate():%Y-%m-%d}.{kind}"
