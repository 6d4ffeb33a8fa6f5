"""The coordinator's page of a completion rule: its draft, what it would change, its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.models import Cohort, CohortModule, CompletionRule
from participants.completion_rules import discard
from participants.rule_preview import RulePreview, previews
from participants.rules_in_force import Demands
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.rule_form import PublishForm, RuleForm


@dataclass(frozen=True)
class RulePage:
    """Of a module, or without one of the edition as a whole."""

    cohort: Cohort
    cohort_module: CohortModule | None
    draft: CompletionRule | None
    versions: tuple[CompletionRule, ...]
    # Each says whether it and the edition have a published rule.
    modules: list[Any]

    @classmethod
    def open(cls, cohort: Cohort, cohort_module: CohortModule | None) -> "RulePage":
        rules = CompletionRule.objects.of(cohort, cohort_module).select_related("published_by")
        versions = list(
            rules.prefetch_related("score_minimums__assessment", "prerequisites__module")
        )
        draft = next((rule for rule in versions if rule.is_draft), None)
        if draft is not None:
            versions.remove(draft)
            draft.cohort, draft.cohort_module = cohort, cohort_module
        published = CompletionRule.objects.published()
        modules = (
            CohortModule.objects.filter(cohort=cohort)
            .select_related("module")
            .annotate(
                has_rule=Exists(published.filter(cohort_module=OuterRef("pk"))),
                edition_has_rule=Exists(published.of(cohort, None)),
            )
        )
        return cls(cohort, cohort_module, draft, tuple(versions), list(modules))

    @property
    def is_closed(self) -> bool:
        module = self.cohort_module
        return self.cohort.status == Cohort.Status.CLOSED or bool(module and module.closed_at)

    @property
    def in_force(self) -> CompletionRule | None:
        today = timezone.localdate()
        held = (rule for rule in self.versions if rule.effective_on and rule.effective_on <= today)
        return next(held, None)

    @property
    def next_module(self) -> CohortModule | None:
        """The first that is open and has no rule yet."""
        return next((each for each in self.modules if not (each.has_rule or each.closed_at)), None)

    @property
    def edition_lacks_rule(self) -> bool:
        return any(not each.edition_has_rule for each in self.modules)

    def rule_form(self, data: Any) -> RuleForm:
        shown = self.draft or (self.versions[0] if self.versions else None)
        return RuleForm(
            data,
            cohort=self.cohort,
            cohort_module=self.cohort_module,
            rule=Demands.of(shown) if shown else None,
            modules=self.modules,
        )

    def publish_form(self, data: Any) -> PublishForm | None:
        if self.draft is None:
            return None
        return PublishForm(data, draft=self.draft, today=timezone.localdate())

    @cached_property
    def _previews(self) -> tuple[Mapping[int | None, RulePreview], str]:
        drafts = [self.draft] if self.draft and not self.is_closed else []
        return previews(self.cohort, drafts, at=timezone.now())

    @property
    def refusal(self) -> str:
        """Why the draft cannot be published; else empty. Another one published since it was saved
        may close a circle with it."""
        return self._previews[1]

    @property
    def preview(self) -> RulePreview | None:
        return self._previews[0].get(self.cohort_module.pk if self.cohort_module else None)

    def again(self) -> HttpResponse:
        if self.cohort_module is None:
            return redirect("edition_rule", self.cohort.pk)
        return redirect("module_rule", self.cohort_module.pk)


@coordinator_page("courses.add_completionrule")
@require_http_methods(["GET", "HEAD", "POST"])
def module_rule(request: HttpRequest, pk: int) -> HttpResponse:
    module = get_object_or_404(CohortModule.objects.select_related("cohort", "module"), pk=pk)
    title = _("Completion rule · %(module)s") % {"module": module.module.title}
    return _page(request, RulePage.open(module.cohort, module), title)


@coordinator_page("courses.add_completionrule")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_rule(request: HttpRequest, pk: int) -> HttpResponse:
    page = RulePage.open(get_object_or_404(Cohort, pk=pk), None)
    return _page(request, page, _("Completion rule of the edition"))


def _page(request: HttpRequest, page: RulePage, title: str) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    publishes = posted is not None and "publish" in posted
    form = page.rule_form(None if publishes else posted)
    publish_form = page.publish_form(posted if publishes else None)
    if posted is not None and (done := _act(request, page, form, publish_form)):
        return done
    context = {
        "page": page,
        "form": form,
        "publish_form": publish_form,
        "preview": page.preview,
        "overtaken": form.has_error(NON_FIELD_ERRORS, "stale"),
    }
    status = 422 if form.errors or (publish_form and publish_form.errors) else 200
    return render_task(request, "admin/rule.html", page.cohort, title, context, status=status)


def _act(
    request: HttpRequest, page: RulePage, form: RuleForm, publish_form: PublishForm | None
) -> HttpResponse | None:
    """What the button that was pressed asks for; None where the form has to be shown again."""
    by, at = user_of(request), timezone.now()
    if "discard" in request.POST:
        if page.draft is not None and took(form, lambda: discard(page.draft)):
            messages.success(request, _("The draft is discarded."))
        return page.again()
    if "publish" in request.POST:
        if publish_form is None:
            return page.again()  # published meanwhile, or discarded
        if not publish_form.is_valid():
            return None
        if not took(publish_form, lambda: publish_form.publish(by=by, at=at)):
            return None
        messages.success(request, _("The rule is published."))
        return page.again()
    if not (form.is_valid() and took(form, lambda: form.save(by=by, at=at))):
        return None
    messages.success(request, _("The draft is saved. Look at what it would change."))
    return redirect("edition_rules", page.cohort.pk) if "all" in request.POST else page.again()


def took(form: forms.Form, act: Any) -> bool:
    """Whether it was done; if not, the form says which rule refuses it."""
    try:
        act()
    except ValidationError as error:
        by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
        for name, found in by_field.items():
            form.add_error(name if name in form.fields else None, found)
        return False
    return True
