from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from participants.models import EditionOutcome, ModuleCompletion
from trainingprog.admin.base import ReadOnlyMixin, RecordAdmin
from trainingprog.admin.filters import YesNoFilter

COLOURS = {
    EditionOutcome.Outcome.COMPLETED: "success",
    EditionOutcome.Outcome.NOT_COMPLETED: "danger",
    EditionOutcome.Outcome.WITHDRAWN: "warning",
}
SEEN = ("attendance_percent", "sessions_counted", "sessions_taken", "average")
BY_WHOM = [
    ("decided_by", "decided_at"),
    ("override_reason", "override_note"),
    ("needs_approval", "approved_by", "approved_at"),
]


@admin.register(ModuleCompletion)
class ModuleCompletionAdmin(ReadOnlyMixin, RecordAdmin):
    """Decisions are taken at the sign-off, with their figures; here they are looked up."""

    list_display = [
        "person",
        "cohort_module",
        "result",
        "meets_rule",
        "attendance_percent",
        "override_reason",
        "decided_by",
        "decided_at",
    ]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
        ("meets_rule", YesNoFilter),
        ("override_reason", ChoicesDropdownFilter),
    ]
    list_select_related = [
        "enrollment__participant",
        "enrollment__cohort",
        "cohort_module__module",
        "decided_by",
    ]
    search_fields = [
        "enrollment__participant__paternal_surname",
        "enrollment__participant__maternal_surname",
        "enrollment__participant__given_names",
        "enrollment__cohort__code",
    ]
    actions = None
    fieldsets = [
        (None, {"fields": [("enrollment", "cohort_module"), ("outcome", "meets_rule"), "rule"]}),
        (
            _("What the decision saw"),
            {"fields": [SEEN]},
        ),
        (_("Who decided"), {"fields": BY_WHOM}),
    ]

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, completion: ModuleCompletion) -> str:
        return str(completion.enrollment.participant)

    @display(description=_("outcome"), ordering="outcome", label=COLOURS)
    def result(self, completion: ModuleCompletion) -> tuple[str, str]:
        return completion.outcome, completion.get_outcome_display()


@admin.register(EditionOutcome)
class EditionOutcomeAdmin(ReadOnlyMixin, RecordAdmin):
    """Outcomes are decided on the edition's own page; here they are looked up."""

    list_display = [
        "person",
        "edition",
        "result",
        "meets_rule",
        "attendance_percent",
        "average",
        "override_reason",
        "decided_by",
        "decided_at",
    ]
    list_filter = [
        ("enrollment__cohort", RelatedDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
        ("meets_rule", YesNoFilter),
        ("override_reason", ChoicesDropdownFilter),
    ]
    list_select_related = ["enrollment__participant", "enrollment__cohort", "decided_by"]
    search_fields = ModuleCompletionAdmin.search_fields
    actions = None
    fieldsets = [
        (None, {"fields": ["enrollment", ("outcome", "meets_rule"), "rule"]}),
        (_("What the decision saw"), {"fields": [SEEN]}),
        (_("Who decided"), {"fields": BY_WHOM}),
    ]

    @admin.display(
        description=_("participant"), ordering="enrollment__participant__paternal_surname"
    )
    def person(self, outcome: EditionOutcome) -> str:
        return str(outcome.enrollment.participant)

    @admin.display(description=_("edition"), ordering="enrollment__cohort__code")
    def edition(self, outcome: EditionOutcome) -> str:
        return outcome.enrollment.cohort.code

    @display(description=_("outcome"), ordering="outcome", label=COLOURS)
    def result(self, outcome: EditionOutcome) -> tuple[str, str]:
        return outcome.outcome, outcome.get_outcome_display()
