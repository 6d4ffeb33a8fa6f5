from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)

from participants.models import Score
from trainingprog.admin.base import ReadOnlyMixin, RecordAdmin
from trainingprog.admin.filters import YesNoFilter


@admin.register(Score)
class ScoreAdmin(ReadOnlyMixin, RecordAdmin):
    """Scores are given in their grid; here each is looked up with its history."""

    list_display = ["person", "assessment", "attempt", "shown", "recorded_by", "recorded_at"]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("did_not_sit", YesNoFilter),
        ("recorded_at", RangeDateTimeFilter),
    ]
    list_select_related = [
        "enrollment__participant",
        "enrollment__cohort",
        "assessment",
        "recorded_by",
    ]
    search_fields = [
        "enrollment__participant__paternal_surname",
        "enrollment__participant__maternal_surname",
        "enrollment__participant__given_names",
        "enrollment__cohort__code",
        "assessment__title",
    ]
    actions = None
    fieldsets = [
        (None, {"fields": [("enrollment", "assessment"), ("attempt", "value", "did_not_sit")]}),
        (_("Where from"), {"fields": [("source", "recorded_by", "recorded_at")]}),
    ]

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, score: Score) -> str:
        return str(score.enrollment.participant)

    @admin.display(description=_("score"), ordering="value")
    def shown(self, score: Score) -> str:
        return score.result
