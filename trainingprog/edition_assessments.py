"""The coordinator's page of what an edition assesses: all of it in one table, saved at once.

Under the edition's lock, each row's and each module's: nobody scores in it, closes a module or the
edition meanwhile. What was seen of each row travels along, so that nothing is written over, or
deleted, that someone else changed since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from courses.assessing import copy_assessments, hold_modules
from courses.models import Assessment, Cohort, RuleScore
from participants.closed import why_closed
from participants.models import Score
from participants.places import locked_cohort
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.plain_select import PlainSelect

NEW_ROWS = 3


@dataclass(frozen=True, slots=True)
class Uses:
    """What rests on the assessments: the highest attempt scored in each, the minimums asked."""

    attempts: Mapping[int, int] = field(default_factory=dict)
    minimums: Mapping[int, list[RuleScore]] = field(default_factory=dict)

    @classmethod
    def of(cls, cohort: Cohort) -> "Uses":
        """Two queries."""
        scores = Score.objects.filter(assessment__cohort=cohort).order_by()
        attempts = dict(scores.values_list("assessment").annotate(Max("attempt")))
        minimums: dict[int, list[RuleScore]] = {}
        rows = RuleScore.objects.filter(assessment__cohort=cohort)
        for each in rows.select_related("rule__cohort_module__module"):
            minimums.setdefault(each.assessment_id, []).append(each)
        return cls(attempts, minimums)

    def why_it_stays(self, pk: int) -> str:
        """Why the assessment is not deleted; empty where it may be."""
        if pk in self.attempts:
            return _(
                "It has scores and stays. With weight 0 it does not count in any average; or"
                " remove its scores first."
            )
        if minimums := self.minimums.get(pk):
            return _(
                "It stays: a minimum in it is asked for by the rule of %(rules)s. What was"
                " published keeps it; with weight 0 it does not count in any average."
            ) % {"rules": _rules(minimums)}
        return ""

    def why_in_its_module(self, pk: int) -> str:
        """Why it does not move to another module; empty where it may."""
        if pk in self.attempts:
            return _("It has scores and stays in its module.")
        of_modules = [each for each in self.minimums.get(pk, ()) if each.rule.cohort_module]
        if of_modules:
            return _(
                "It stays in its module: a minimum in it is asked for by the rule of %(rules)s."
            ) % {"rules": _rules(of_modules)}
        return ""


def _rules(minimums: Iterable[RuleScore]) -> str:
    rules = dict.fromkeys(each.rule for each in minimums)
    return "; ".join(
        f"{rule.cohort_module or _('the edition as a whole')} ({rule})" for rule in rules
    )


class AssessmentForm(forms.ModelForm):
    class Meta:
        model = Assessment
        fields = ("cohort_module", "kind", "title", "weight", "due_on", "attempts", "pre_test")
        widgets = {
            "cohort_module": PlainSelect(),
            "kind": PlainSelect(),
            "pre_test": PlainSelect(),
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "weight": forms.NumberInput(attrs={"class": "short"}),
            "attempts": forms.NumberInput(attrs={"class": "short"}),
        }

    def __init__(
        self,
        *args: Any,
        cohort: Cohort,
        choices: dict[str, list[Any]],
        uses: Uses,
        **kwargs: Any,
    ) -> None:
        """`choices` and `uses` are read once for all forms of the page."""
        super().__init__(*args, **kwargs)
        self.uses = uses
        self.instance.cohort = cohort
        for name, queryset in _offered(cohort).items():
            field: Any = self.fields[name]
            field.queryset = queryset
            field.choices = choices[name]
        for each in self.fields.values():
            each.help_text = ""
            # What was seen: what differs from it was changed by who sends it.
            each.show_hidden_initial = self.instance.pk is not None

    @property
    def is_gone(self) -> bool:
        """Seen when the page was opened, and no longer to be changed on it."""
        return self.instance.pk is None and bool(self.data.get(self.add_prefix("id")))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.is_gone:
            text = _(
                "Someone deleted it meanwhile, or closed its module. Mark “Delete” to go on with"
                " the others."
            )
            self.add_error(None, text)
            return data
        if data.get("kind") == Assessment.Kind.PRE_TEST:
            data["weight"] = 0  # it never counts: nobody has to remember that
        if self.instance.pk is not None and self.has_changed():
            self._refuse_stale()
            self._refuse_used(data)
        return data

    def _refuse_stale(self) -> None:
        """Sent again it is no conflict, and once told, whoever saves again means it."""
        seen = {name: self._seen(name) for name in self._meta.fields or ()}
        newer = {
            name: self[name].initial
            for name, text in seen.items()
            if self.fields[name].has_changed(self[name].initial, text)
        }
        is_mine = self.cleaned_data.get("DELETE") or any(
            self.fields[name].has_changed(self[name].initial, self[name].data) for name in seen
        )
        if not newer or not is_mine:
            return
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        for name, value in newer.items():
            prepared = self.fields[name].prepare_value(value)
            data[self[name].html_initial_name] = "" if prepared is None else str(prepared)
        self.data = data
        names = ", ".join(str(self.fields[name].label) for name in newer)
        text = _("Someone changed it meanwhile (%(fields)s). Save again if yours holds.")
        self.add_error(None, ValidationError(text % {"fields": names}, code="stale"))

    def _seen(self, name: str) -> Any:
        widget = self.fields[name].hidden_widget()
        return widget.value_from_datadict(self.data, self.files, self[name].html_initial_name)

    def _refuse_used(self, data: dict[str, Any]) -> None:
        pk = self.instance.pk
        scored = self.uses.attempts.get(pk, 0)
        if data.get("attempts", scored) < scored:
            text = _("Attempt %(number)d is scored: remove its scores first.") % {"number": scored}
            self.add_error("attempts", text)
        module = data.get("cohort_module")
        is_moved = "cohort_module" in data and (module and module.pk) != self.initial.get(
            "cohort_module"
        )
        if is_moved and (why := self.uses.why_in_its_module(pk)):
            self.add_error("cohort_module", why)

    def _get_validation_exclusions(self) -> set[str]:
        """The edition is not on the form, and no title may be there twice in it."""
        return super()._get_validation_exclusions() - {"cohort"}  # type: ignore[misc]


def _offered(cohort: Cohort) -> dict[str, QuerySet[Any]]:
    modules = cohort.cohort_modules.filter(closed_at__isnull=True).select_related("module")
    pre_tests = cohort.assessments.filter(kind=Assessment.Kind.PRE_TEST)
    return {"cohort_module": modules, "pre_test": pre_tests}


class AssessmentForms(forms.BaseModelFormSet):
    def clean(self) -> None:
        super().clean()
        seen = set()
        for form in self.forms:
            if form.errors or (not form.has_changed() and not form.instance.pk):
                continue
            if self.can_delete and self._should_delete_form(form):  # type: ignore[attr-defined]
                continue
            key = (form.cleaned_data.get("cohort_module"), form.cleaned_data.get("title"))
            if key in seen:
                form.add_error("title", _("This title stands twice here."))
            seen.add(key)


class CopyForm(forms.Form):
    source = forms.ModelChoiceField(
        Cohort.objects.none(), label=gettext_lazy("from the edition"), widget=PlainSelect()
    )

    def __init__(self, data: Any, *, cohort: Cohort) -> None:
        super().__init__(data)
        others = Cohort.objects.exclude(pk=cohort.pk).filter(program=cohort.program_id)
        has_some = Exists(Assessment.objects.filter(cohort=OuterRef("pk")))
        self.fields["source"].queryset = others.filter(has_some)  # type: ignore[attr-defined]


@coordinator_page("courses.change_assessment", "courses.add_assessment", "courses.view_cohort")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_assessments(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    may_change = cohort.status != Cohort.Status.CLOSED
    if request.method == "POST" and (refusal := why_closed(cohort)):
        messages.error(request, refusal.message)
        return redirect("edition_assessments", pk)
    copying = "copy" in request.POST
    copy = CopyForm(request.POST if copying else None, cohort=cohort)
    if copying and copy.is_valid():
        _copy(request, copy.cleaned_data["source"], cohort)
        return redirect("edition_assessments", pk)
    if request.method == "POST" and not copying:
        forms_, is_saved = _save(request, cohort)
        if is_saved:
            return redirect("edition_assessments", pk)
    else:
        forms_ = _formset(None, cohort, Uses())
    context = {
        "formset": forms_,
        "copy": copy,
        "may_change": may_change,
        "closed": _of(cohort).exclude(_OPEN) if may_change else _of(cohort),
    }
    status = 422 if forms_.is_bound or copy.is_bound else 200
    return render_task(
        request, "admin/edition_assessments.html", cohort, _("Assessments"), context, status=status
    )


_OPEN = Q(cohort_module__isnull=True) | Q(cohort_module__closed_at__isnull=True)


def _of(cohort: Cohort) -> QuerySet[Assessment]:
    return cohort.assessments.select_related("cohort_module__module")


def _formset(data: Any, cohort: Cohort, uses: Uses) -> Any:
    kind = forms.modelformset_factory(
        Assessment, form=AssessmentForm, formset=AssessmentForms, extra=NEW_ROWS, can_delete=True
    )
    empty = {"cohort_module": _("The edition as a whole"), "pre_test": "—"}
    choices = {
        name: [("", empty[name]), *((each.pk, str(each)) for each in queryset)]
        for name, queryset in _offered(cohort).items()
    }
    rows = _of(cohort).filter(_OPEN)
    kwargs = {"cohort": cohort, "choices": choices, "uses": uses}
    return kind(data, queryset=rows, form_kwargs=kwargs)


@transaction.atomic
def _save(request: HttpRequest, cohort: Cohort) -> tuple[Any, bool]:
    """All or nothing; what was scored, or is asked for by a rule, is not deleted."""
    now = locked_cohort(cohort.pk)
    list(cohort.assessments.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    hold_modules(cohort)
    uses = Uses.of(cohort)
    formset = _formset(request.POST, cohort, uses)
    if refusal := why_closed(now):
        messages.error(request, refusal.message)
        return formset, False
    try:
        if not formset.is_valid() or not _may_delete(formset, uses):
            return formset, False
        with transaction.atomic():
            formset.save()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return formset, False
    messages.success(request, _("The assessments are saved."))
    return formset, True


def _may_delete(formset: Any, uses: Uses) -> bool:
    """A formset asks its deleted forms for no errors."""
    deleted = [form for form in formset.deleted_forms if form.instance.pk]
    refused = [form for form in deleted if form.has_error(NON_FIELD_ERRORS, "stale")]
    for form in deleted:
        if why := uses.why_it_stays(form.instance.pk):
            form.add_error("title", why)
            refused.append(form)
    return not refused


@transaction.atomic
def _copy(request: HttpRequest, source: Cohort, cohort: Cohort) -> None:
    if refusal := why_closed(locked_cohort(cohort.pk)):
        messages.error(request, refusal.message)
        return
    count = copy_assessments(source, cohort)
    text = ngettext("%(count)d assessment copied.", "%(count)d assessments copied.", count)
    messages.success(request, text % {"count": count})
