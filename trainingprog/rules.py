"""The coordinator's page of a module's completion rule: what a new version would change, first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.models import CohortModule, CompletionRule
from participants.completion_rules import publish_rule
from participants.rule_preview import RulePreview
from participants.rules_in_force import Demands
from trainingprog.coordinator_pages import coordinator_page, render_task


def _field(name: str, **options: Any) -> Any:
    return CompletionRule._meta.get_field(name).formfield(**options)  # type: ignore[union-attr]


class RuleForm(forms.Form):
    """`based_on` is the version that was in force when the page was opened; `previewed` is what
    the shown preview was of, so that nothing else than that is published."""

    minimum_attendance_percent = _field("minimum_attendance_percent", max_value=100)
    requires_sign_off = _field("requires_sign_off")
    reason = _field("reason")
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, current: CompletionRule | None, **kwargs: Any) -> None:
        if current:
            kwargs["initial"] = {
                "minimum_attendance_percent": current.minimum_attendance_percent,
                "requires_sign_off": current.requires_sign_off,
                "based_on": current.version,
            }
        super().__init__(*args, **kwargs)
        if current is None:
            del self.fields["reason"]

    @property
    def asked(self) -> str:
        data = self.cleaned_data
        return f"{data['minimum_attendance_percent']}-{data['requires_sign_off']:d}"

    def publish(self, cohort_module: CohortModule, by: Any) -> CompletionRule:
        data = self.cleaned_data
        return publish_rule(
            cohort_module,
            minimum_attendance_percent=data["minimum_attendance_percent"],
            requires_sign_off=data["requires_sign_off"],
            reason=data.get("reason", ""),
            based_on=data["based_on"],
            by=by,
            at=timezone.now(),
        )


@coordinator_page("courses.add_completionrule")
@require_http_methods(["GET", "HEAD", "POST"])
def module_rule(request: HttpRequest, pk: int) -> HttpResponse:
    module = get_object_or_404(CohortModule.objects.select_related("cohort", "module"), pk=pk)
    versions = list(module.rules.select_related("published_by"))
    posted = request.POST if request.method == "POST" else None
    form = RuleForm(posted, current=versions[0] if versions else None)
    preview = None
    if posted is not None and form.is_valid():
        if "publish" in posted and form.cleaned_data["previewed"] == form.asked:
            if published := _publish(request, form, module):
                return published
        else:
            preview = _preview(form, module)
    context = {"module": module, "versions": versions, "form": form, "preview": preview}
    title = _("Completion rule · %(module)s") % {"module": module.module.title}
    status = 422 if form.errors else 200
    return render_task(
        request, "admin/module_rule.html", module.cohort, title, context, status=status
    )


def _preview(form: RuleForm, module: CohortModule) -> RulePreview:
    form.data = {**form.data.dict(), "previewed": form.asked}  # type: ignore[attr-defined]
    rule = Demands(
        pk=0,
        version=0,
        cohort_module_id=module.pk,
        minimum_attendance_percent=form.cleaned_data["minimum_attendance_percent"],
        attendance_base=CompletionRule.Base.EDITION,
        minimum_average=None,
        requires_sign_off=form.cleaned_data["requires_sign_off"],
        requires_make_ups=False,
        requires_competency_ratings=False,
        scores={},
        prerequisites=frozenset(),
    )
    return RulePreview.of(module.cohort, module, rule, at=timezone.now())


def _publish(request: HttpRequest, form: RuleForm, module: CohortModule) -> HttpResponse | None:
    try:
        rule = form.publish(module, request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    messages.success(request, _("In force: %(rule)s.") % {"rule": rule})
    return redirect("module_rule", pk=module.pk)
