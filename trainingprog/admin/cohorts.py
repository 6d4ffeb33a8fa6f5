"""Editions, their modules and the rules of these."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display
from unfold.views import ChangeList

from courses.models import Break, Cohort, CohortModule, CompletionRule, Module
from participants.enrolling import refuse_below_enrolled
from participants.models import Enrollment
from participants.waiting_list import offer_places
from trainingprog.admin.base import (
    BaseAdmin,
    PartsInline,
    ReadOnlyMixin,
    RecordAdmin,
    ShownInline,
    edited,
)
from trainingprog.admin.module_weeks import ModuleWeeksFormSet
from trainingprog.coordinator_pages import user_of

STATUS_COLOURS = {
    Cohort.Status.DRAFT: "info",
    Cohort.Status.OPEN: "warning",
    Cohort.Status.RUNNING: "success",
    Cohort.Status.CLOSED: None,
}


class CohortModuleInline(PartsInline):
    model = CohortModule
    formset = ModuleWeeksFormSet
    fields = ["module", "first_week", "last_week"]
    verbose_name_plural = _("modules and their weeks")
    show_change_link = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "module" and (cohort := edited(request)):
            kwargs["queryset"] = Module.objects.filter(program__cohorts=cohort)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class BreakInline(PartsInline):
    model = Break
    fields = ["starts_on", "ends_on", "kind", "reason"]


class EditionList(ChangeList):
    """A click on an edition opens its page, where each task starts; its data are edited there."""

    def url_for_result(self, result: Model) -> str:
        return reverse("edition", args=[result.pk])


class CohortForm(forms.ModelForm[Cohort]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("status"):
            closed = self.instance.status == Cohort.Status.CLOSED
            field.choices = [  # type: ignore[attr-defined]
                (value, label)
                for value, label in Cohort.Status.choices
                if (value == Cohort.Status.CLOSED) is closed
            ]
            field.help_text = gettext("It is closed, and opened again, by its checklist.")

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        if self.instance.pk is not None:
            refuse_below_enrolled(self.instance, capacity)
        return capacity


@admin.register(Cohort)
class CohortAdmin(RecordAdmin):
    form = CohortForm
    list_display = ["code", "program", "state", "starts_on", "ends_on", "enrolled"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("program", RelatedDropdownFilter),
        ("starts_on", RangeDateFilter),
    ]
    list_select_related = ["program"]
    search_fields = ["code", "program__code", "program__title_es", "program__title_en"]
    inlines = [CohortModuleInline, BreakInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("program", "code"),
                    ("status", "capacity"),
                    ("starts_on", "ends_on"),
                    "names_until",
                    "support_contact",
                ]
            },
        ),
        (
            _("Attendance policy"),
            {
                "fields": [
                    ("minimum_attendance_percent", "attendance_base"),
                    ("excused_counts", "late_counts_percent"),
                    ("late_after_minutes", "present_minimum_percent"),
                    ("excuse_days", "make_up_counts"),
                    "sensitive_absence_minutes",
                ]
            },
        ),
        (
            _("Warnings by mail"),
            {
                "fields": [
                    ("warns_tutors", "warns_coordinators"),
                    "participant_warned_after_hours",
                    ("tutor_reminded_after_hours", "coordinator_reminded_after_hours"),
                ]
            },
        ),
        (
            _("Call and places"),
            {
                "fields": [
                    ("applications_open_at", "applications_close_at"),
                    "requirements_es",
                    "requirements_en",
                    ("offer_hours", "quota_by"),
                ]
            },
        ),
        (
            _("Assessment, completion and hours"),
            {
                "fields": [
                    ("pass_mark", "score_rounding", "attempts_count"),
                    "overrides_need_approval",
                    "minutes_per_academic_hour",
                ]
            },
        ),
    ]
    keep_instead = _("Close it instead, by its checklist: its records stay.")
    parts = (CohortModule, CompletionRule)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        holds_a_place = Q(enrollments__status__in=Enrollment.HOLDS_A_PLACE)
        return (
            super()
            .get_queryset(request)
            .annotate(enrolled_number=Count("enrollments", filter=holds_a_place))
        )

    def get_inlines(self, request: HttpRequest, obj: Cohort | None) -> list[Any]:
        """Which modules there are is known once the program is."""
        return self.inlines if obj else [BreakInline]

    def save_model(self, request: HttpRequest, obj: Cohort, form: Any, change: bool) -> None:
        """Places that a higher capacity brings are offered to who waits for one."""
        super().save_model(request, obj, form, change)
        if change and "capacity" in form.changed_data:
            offers = offer_places(obj, at=timezone.now(), by=user_of(request))
            if offers:
                text = ngettext(
                    "%(count)d place is offered to who waits.",
                    "%(count)d places are offered to those who wait.",
                    len(offers),
                )
                self.message_user(request, text % {"count": len(offers)})

    def response_post_save_add(self, request: HttpRequest, obj: Cohort) -> HttpResponse:
        return redirect("edition", obj.pk)

    def response_post_save_change(self, request: HttpRequest, obj: Cohort) -> HttpResponse:
        return redirect("edition", obj.pk)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EditionList

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def state(self, cohort: Cohort) -> tuple[str, str]:
        return cohort.status, cohort.get_status_display()

    @admin.display(description=_("enrolled"), ordering="enrolled_number")
    def enrolled(self, cohort: Any) -> str:
        return gettext("%(enrolled)d of %(capacity)d") % {
            "enrolled": cohort.enrolled_number,
            "capacity": cohort.capacity,
        }


class RuleInline(ShownInline):
    model = CompletionRule
    fields = ["version", "minimum_attendance_percent", "requires_sign_off", "reason", "published"]
    readonly_fields = ["published"]
    verbose_name_plural = _("versions of the rule")

    @admin.display(description=_("published"))
    def published(self, rule: CompletionRule) -> object:
        return rule.published_at


@admin.register(CohortModule)
class CohortModuleAdmin(RecordAdmin):
    list_display = ["module", "cohort", "weeks", "closed_at", "rule_version"]
    list_filter = [("cohort", RelatedDropdownFilter)]
    list_select_related = ["module", "cohort"]
    search_fields = ["module__title_es", "module__title_en", "cohort__code"]
    autocomplete_fields = ["cohort", "module"]
    inlines = [RuleInline]
    actions_detail = ["new_rule"]
    fieldsets = [
        (None, {"fields": [("cohort", "module"), ("first_week", "last_week"), "closed_at"]})
    ]
    # Closed and opened again from the edition's page, with the reason.
    readonly_fields = ["closed_at"]
    keep_instead = _("Change its weeks instead; sessions and completions keep their module.")
    parts = (CompletionRule,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(rules_number=Count("rules"))

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("courses.add_completionrule")

    @action(
        permissions=["publish"],
        description=_("Completion rule…"),
        url_path="regla",
    )
    def new_rule(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("module_rule", pk=object_id)

    @admin.display(description=_("teaching weeks"), ordering="first_week")
    def weeks(self, module: CohortModule) -> str:
        return f"{module.first_week} – {module.last_week}"

    @admin.display(description=_("version of the rule"))
    def rule_version(self, module: Any) -> int | None:
        return module.rules_number or None


@admin.register(CompletionRule)
class CompletionRuleAdmin(ReadOnlyMixin, BaseAdmin):
    """Every version there was. The next one is published on the module's own page, which shows
    first what it would change."""

    list_display = [
        "cohort_module",
        "cohort",
        "version",
        "minimum_attendance_percent",
        "requires_sign_off",
        "published_at",
        "published_by",
    ]
    list_filter = [("cohort", RelatedDropdownFilter)]
    list_select_related = ["cohort", "cohort_module__module", "published_by"]
    search_fields = ["cohort__code", "cohort_module__module__title_es"]
    actions = None
    actions_detail = ["new_version"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("cohort", "cohort_module", "version"),
                    ("minimum_attendance_percent", "attendance_base", "minimum_average"),
                    ("requires_sign_off", "requires_make_ups", "requires_competency_ratings"),
                    "prerequisites",
                    "reason",
                    ("effective_on", "published_at", "published_by"),
                ]
            },
        )
    ]

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("courses.add_completionrule")

    @action(
        permissions=["publish"],
        description=_("New version…"),
        url_path="nueva-version",
    )
    def new_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = get_object_or_404(CompletionRule, pk=object_id)
        if rule.cohort_module_id is None:
            return redirect("edition_rule", pk=rule.cohort_id)
        return redirect("module_rule", pk=rule.cohort_module_id)
