from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from courses.models import Group
from participants.models import Enrollment
from trainingprog.admin.base import BaseAdmin, PartsInline, RecordAdmin
from tutors.models import TutorAssignment


class AssignmentInline(PartsInline):
    model = TutorAssignment
    fields = ["tutor", "starts_on", "ends_on"]
    verbose_name_plural = _("tutors of the group")


@admin.register(Group)
class GroupAdmin(BaseAdmin):
    list_display = ["label", "cohort", "people", "tutors", "weekday", "starts_at", "venue"]
    list_filter = [("cohort", RelatedDropdownFilter)]
    list_select_related = ["cohort"]
    search_fields = ["name", "number", "cohort__code"]
    autocomplete_fields = ["cohort"]
    inlines = [AssignmentInline]
    fieldsets = [
        (None, {"fields": ["cohort", ("number", "name")]}),
        (
            _("Own meetings"),
            {
                "fields": [("weekday", "starts_at"), ("venue", "meeting_link")],
                "description": _("Left empty, the group meets when and where its pattern says."),
            },
        ),
    ]
    keep_instead = _(
        "Move its people to another group and end its tutors’ assignments; the group stays with"
        " the sessions it had."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        here = Q(enrollments__status__in=Enrollment.HOLDS_A_PLACE)
        return (
            super()
            .get_queryset(request)
            .annotate(people_number=Count("enrollments", filter=here))
            .prefetch_related("tutor_assignments__tutor")
        )

    @admin.display(description=_("group"), ordering="number")
    def label(self, group: Group) -> str:
        return str(group)

    @admin.display(description=_("people"), ordering="people_number")
    def people(self, group: Any) -> int:
        return int(group.people_number)

    @admin.display(description=_("tutors"))
    def tutors(self, group: Any) -> str:
        open_ones = [each for each in group.tutor_assignments.all() if each.ends_on is None]
        return "; ".join(str(each.tutor) for each in open_ones)


@admin.register(TutorAssignment)
class TutorAssignmentAdmin(RecordAdmin):
    list_display = ["tutor", "group", "cohort", "starts_on", "ends_on"]
    list_filter = [
        ("group__cohort", RelatedDropdownFilter),
        ("tutor", AutocompleteSelectFilter),
    ]
    list_select_related = ["tutor", "group__cohort"]
    search_fields = [
        "tutor__paternal_surname",
        "tutor__maternal_surname",
        "tutor__given_names",
        "group__cohort__code",
    ]
    autocomplete_fields = ["tutor", "group"]
    fieldsets = [
        (
            None,
            {
                "fields": [("tutor", "group"), ("starts_on", "ends_on")],
                "description": _(
                    "For a substitute, write the last day. A tutor sees the group’s people during"
                    " the assignment only."
                ),
            },
        )
    ]

    @admin.display(description=_("edition"), ordering="group__cohort")
    def cohort(self, assignment: TutorAssignment) -> Any:
        return assignment.group.cohort
