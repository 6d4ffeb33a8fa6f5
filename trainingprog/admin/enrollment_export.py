"""Enrollments out of the admin as .xlsx or .csv: those of the list's filter, or those chosen."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR, ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from import_export.admin import ExportActionMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm

from courses.models import Cohort
from participants.enrollment_export import EnrollmentResource
from trainingprog.coordinator_pages import user_of
from trainingprog.downloads import write_down


class EnrollmentExportMixin(ExportActionMixin):
    resource_classes = [EnrollmentResource]
    export_formats = [XLSX, CSV]
    export_form_class = ExportForm
    # The mark by which spreadsheet programs know UTF-8.
    to_encoding = "utf-8-sig"
    # From the list only: one person alone is on the page already.
    change_form_template = None
    show_change_form_export = False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(
            ["participants.view_enrollment", "participants.view_participant"]
        )

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """The package's own does not know `action_location` yet."""
        actions = super(ExportActionMixin, self).get_actions(
            request, action_location=action_location
        )
        if IS_POPUP_VAR not in request.GET and self.has_export_permission(request):
            action = self.get_action("export_chosen", action_location)
            actions |= {"export_chosen": action} if action else {}
        return actions

    @admin.action(description=gettext_lazy("Take what is chosen as .xlsx or .csv"))
    def export_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self.export_admin_action(request, queryset)

    def get_valid_export_item_pks(self, request: HttpRequest) -> Any:
        """Those that the list may show; what was chosen still passes through its filter."""
        return self.model.objects.values_list("pk", flat=True)

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"with_documents": may_export_documents(request)}

    def get_export_filename(
        self, request: HttpRequest, queryset: QuerySet[Any], file_format: Any
    ) -> str:
        return f"matriculas-{timezone.localdate():%Y-%m-%d}.{file_format.get_extension()}"

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> HttpResponse:
        response = super()._do_file_export(file_format, request, queryset, **kwargs)
        note_export(request, queryset, file_format.get_extension())
        response["Cache-Control"] = "private, no-store"
        return response


def may_export_documents(request: HttpRequest) -> bool:
    return request.user.has_perm("participants.export_documents")


def note_export(request: HttpRequest, queryset: QuerySet[Any], kind: str) -> None:
    """One line in the history of each edition of which somebody is in the file."""
    counted = Counter(queryset.order_by().values_list("cohort_id", flat=True))
    for cohort in Cohort.objects.filter(pk__in=counted):
        told = ngettext(
            "Took the enrollments as .%(kind)s: %(people)d person.",
            "Took the enrollments as .%(kind)s: %(people)d people.",
            counted[cohort.pk],
        ) % {"kind": kind, "people": counted[cohort.pk]}
        if may_export_documents(request):
            told = gettext("%(told)s With document numbers.") % {"told": told}
        write_down(user_of(request), cohort, told)
