"""The coordinator's page of what an edition assesses: all of it in one table, saved at once."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from courses.assessing import copy_assessments
from courses.models import Assessment, Cohort
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.plain_select import PlainSelect

NEW_ROWS = 3


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
        self, *args: Any, cohort: Cohort, choices: dict[str, list[Any]], **kwargs: Any
    ) -> None:
        """`choices` are read once for all forms of the page."""
        super().__init__(*args, **kwargs)
        self.instance.cohort = cohort
        for name, queryset in _offered(cohort).items():
            field: Any = self.fields[name]
            field.queryset = queryset
            field.choices = choices[name]
        for each in self.fields.values():
            each.help_text = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == Assessment.Kind.PRE_TEST:
            data["weight"] = 0  # it never counts: nobody has to remember that
        return data

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
    if request.method == "POST" and not may_change:
        messages.error(request, _("The edition %(code)s is closed.") % {"code": cohort.code})
        return redirect("edition_assessments", pk)
    copying = "copy" in request.POST
    forms_ = _formset(None if copying else request.POST or None, cohort)
    copy = CopyForm(request.POST if copying else None, cohort=cohort)
    if copying and copy.is_valid():
        _copy(request, copy.cleaned_data["source"], cohort)
        return redirect("edition_assessments", pk)
    if not copying and request.method == "POST" and forms_.is_valid() and _save(request, forms_):
        return redirect("edition_assessments", pk)
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


def _formset(data: Any, cohort: Cohort) -> Any:
    kind = forms.modelformset_factory(
        Assessment, form=AssessmentForm, formset=AssessmentForms, extra=NEW_ROWS, can_delete=True
    )
    empty = {"cohort_module": _("The edition as a whole"), "pre_test": "—"}
    choices = {
        name: [("", empty[name]), *((each.pk, str(each)) for each in queryset)]
        for name, queryset in _offered(cohort).items()
    }
    rows = _of(cohort).filter(_OPEN)
    return kind(data, queryset=rows, form_kwargs={"cohort": cohort, "choices": choices})


def _save(request: HttpRequest, formset: Any) -> bool:
    """All or nothing; what was scored is not deleted."""
    try:
        with transaction.atomic():
            formset.save()
    except ProtectedError as error:
        scored = {getattr(row, "assessment_id", None) for row in error.protected_objects}
        for form in formset.deleted_forms:
            if form.instance.pk in scored:
                form.add_error("title", _has_scores())
        return False
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, _("The assessments are saved."))
    return True


def _has_scores() -> str:
    return _(
        "It has scores and stays. With weight 0 it does not count in any average; or remove its"
        " scores first."
    )


def _copy(request: HttpRequest, source: Cohort, cohort: Cohort) -> None:
    count = copy_assessments(source, cohort)
    text = ngettext("%(count)d assessment copied.", "%(count)d assessments copied.", count)
    messages.success(request, text % {"count": count})
