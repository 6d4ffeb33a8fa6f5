"""The coordinator's page of an edition's rules: what holds, the drafts, and to publish them."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.models import Cohort, CohortModule, CompletionRule
from courses.models.completion_rules import CompletionRuleQuerySet
from participants.completion_rules import draft_missing, holding, open_drafts
from participants.rule_preview import RulePreview, previews
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.rule_form import PublishAllForm
from trainingprog.rules import took


@dataclass(frozen=True, slots=True)
class RuleRow:
    """Of a module, or without one of the edition as a whole. `versions` hold, or will."""

    cohort_module: CohortModule | None
    versions: tuple[CompletionRule, ...]
    draft: CompletionRule | None
    preview: RulePreview | None
    is_closed: bool


@dataclass(frozen=True, slots=True)
class EditionRules:
    """`drafts` are those that can be published, `refusal` why they cannot be together."""

    rows: tuple[RuleRow, ...]
    drafts: tuple[CompletionRule, ...]
    refusal: str

    @property
    def missing(self) -> int:
        """Rules that can be written, and of which there is no version yet."""
        return sum(not (row.versions or row.draft or row.is_closed) for row in self.rows)

    @classmethod
    def for_cohort(cls, cohort: Cohort, *, at: dt.datetime) -> "EditionRules":
        is_closed = cohort.status == Cohort.Status.CLOSED
        drafts = () if is_closed else tuple(_with_asks(open_drafts(cohort)))
        by_module = {draft.cohort_module_id: draft for draft in drafts}
        versions: dict[int | None, list[CompletionRule]] = defaultdict(list)
        for rule in _with_asks(holding(cohort, on=timezone.localdate(at))):
            versions[rule.cohort_module_id].append(rule)
        found, refusal = previews(cohort, drafts, at=at)
        modules = CohortModule.objects.filter(cohort=cohort).select_related("module")
        rows = [
            RuleRow(
                cohort_module=module,
                versions=tuple(versions[pk]),
                draft=by_module.get(pk),
                preview=found.get(pk),
                is_closed=is_closed or bool(module and module.closed_at),
            )
            for module in [*modules.order_by("first_week"), None]
            for pk in [module.pk if module else None]
        ]
        return cls(tuple(rows), drafts, refusal)


@coordinator_page("courses.add_completionrule")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Every rule that holds, every draft and what they would change together."""
    cohort, at = get_object_or_404(Cohort, pk=pk), timezone.now()
    if "draft" in request.POST:
        return _draft(request, cohort, at=at)
    page = EditionRules.for_cohort(cohort, at=at)
    today = timezone.localdate(at)
    form = PublishAllForm(request.POST or None, cohort=cohort, drafts=page.drafts, today=today)
    if request.method == "POST":
        if not page.drafts:  # published meanwhile, or discarded
            return redirect("edition_rules", cohort.pk)
        if form.is_valid() and took(form, lambda: form.publish(by=user_of(request), at=at)):
            messages.success(request, _("The rules are published."))
            return redirect("edition_rules", cohort.pk)
    context = {"page": page, "form": form}
    status, title = 422 if form.errors else 200, _("Completion rules")
    return render_task(request, "admin/edition_rules.html", cohort, title, context, status=status)


def _draft(request: HttpRequest, cohort: Cohort, *, at: dt.datetime) -> HttpResponse:
    try:
        draft_missing(cohort, by=user_of(request), at=at)
    except ValidationError as error:  # closed meanwhile
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The drafts are written. Look at what they ask for."))
    return redirect("edition_rules", cohort.pk)


def _with_asks(rules: CompletionRuleQuerySet) -> CompletionRuleQuerySet:
    return rules.prefetch_related("score_minimums__assessment", "prerequisites__module")
