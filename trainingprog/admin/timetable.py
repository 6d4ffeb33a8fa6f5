"""What the timetable is made from: breaks and patterns."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)

from courses.models import Break, SessionPattern
from trainingprog.admin.base import BaseAdmin
from trainingprog.admin.fields import WeekListField


class TimetablePartAdmin(BaseAdmin):
    """Saved, it leads to where its effect is previewed and applied."""

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("edition_timetable", obj.cohort_id)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("edition_timetable", obj.cohort_id)


@admin.register(Break)
class BreakAdmin(TimetablePartAdmin):
    list_display = ["reason", "cohort", "kind", "starts_on", "ends_on"]
    list_filter = [
        ("cohort", RelatedDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("starts_on", RangeDateFilter),
    ]
    list_select_related = ["cohort"]
    search_fields = ["reason", "cohort__code"]
    autocomplete_fields = ["cohort"]
    fieldsets = [
        (
            None,
            {
                "fields": ["cohort", ("starts_on", "ends_on"), ("kind", "reason")],
                "description": _(
                    "Peru’s public holidays are known and need no row. After a change, preview"
                    " the timetable: sessions move only when it is applied."
                ),
            },
        )
    ]


class SessionPatternForm(ModelForm):
    weeks = WeekListField(
        label=capfirst(_("only in the teaching weeks")),
        required=False,
        help_text=_("For example 4, 9, 14 or 1-6. Left empty, “every … teaching weeks” counts."),
    )


@admin.register(SessionPattern)
class SessionPatternAdmin(TimetablePartAdmin):
    form = SessionPatternForm
    list_display = [
        "title",
        "cohort",
        "audience",
        "weekday",
        "starts_at",
        "minutes",
        "due",
        "is_active",
    ]
    list_filter = [("cohort", RelatedDropdownFilter), ("audience", ChoicesDropdownFilter)]
    list_select_related = ["cohort"]
    search_fields = ["title", "cohort__code"]
    autocomplete_fields = ["cohort"]
    fieldsets = [
        (None, {"fields": ["cohort", ("title", "audience")]}),
        (
            _("When"),
            {
                "fields": [
                    ("weekday", "starts_at", "minutes"),
                    ("every_weeks", "first_week"),
                    "weeks",
                    "on_non_teaching_day",
                ]
            },
        ),
        (_("Where"), {"fields": ["modality", ("venue", "meeting_link")]}),
    ]
    keep_instead = _(
        "Its sessions were generated from it. Take the pattern out of use on the page of the"
        " edition’s timetable and apply it: those still ahead are removed."
    )

    @admin.display(description=_("teaching weeks"))
    def due(self, pattern: SessionPattern) -> str:
        if pattern.weeks:
            return ", ".join(map(str, pattern.weeks))
        return ngettext(
            "each week from week %(first)d",
            "every %(step)d weeks from week %(first)d",
            pattern.every_weeks,
        ) % {"step": pattern.every_weeks, "first": pattern.first_week}
