import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import get_date_max
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from trainingprog.admin.base import BaseAdmin, ReadOnlyMixin
from trainingprog.models import BackgroundTask

STATES = {
    "READY": _("waiting"),
    "RUNNING": _("running (task)"),
    "SUCCESSFUL": _("done"),
    "FAILED": _("failed"),
}
COLOURS = {"READY": "info", "RUNNING": "warning", "SUCCESSFUL": "success", "FAILED": "danger"}


class StateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() in STATES else queryset


@admin.register(BackgroundTask)
class TaskAdmin(ReadOnlyMixin, BaseAdmin):
    """What the task worker sent or is about to: read to see why a mail did not go out."""

    list_display = ["name", "state", "enqueued", "started", "finished"]
    list_filter = [StateFilter]
    search_fields = ["task_path"]
    ordering = ["-enqueued_at"]
    actions = None
    fieldsets = [
        (None, {"fields": [("name", "standing"), ("enqueued", "started", "finished"), "due"]}),
        (_("What went wrong"), {"fields": ["error", "trace"]}),
    ]
    readonly_fields = [
        "name",
        "standing",
        "enqueued",
        "started",
        "finished",
        "due",
        "error",
        "trace",
    ]

    @admin.display(description=_("task"), ordering="task_path")
    def name(self, task: BackgroundTask) -> str:
        return str(task)

    @display(description=_("state"), ordering="status", label=COLOURS)
    def state(self, task: BackgroundTask) -> tuple[str, Any]:
        return task.status, STATES.get(task.status, task.status)

    @admin.display(description=_("state"))
    def standing(self, task: BackgroundTask) -> Any:
        return STATES.get(task.status, task.status)

    @admin.display(description=_("asked for"), ordering="enqueued_at")
    def enqueued(self, task: BackgroundTask) -> dt.datetime | None:
        return task.enqueued_at

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, task: BackgroundTask) -> dt.datetime | None:
        return task.started_at

    @admin.display(description=_("finished"), ordering="finished_at")
    def finished(self, task: BackgroundTask) -> dt.datetime | None:
        return task.finished_at

    @admin.display(description=_("not before"))
    def due(self, task: BackgroundTask) -> dt.datetime | None:
        return None if task.run_after == get_date_max() else task.run_after

    @admin.display(description=_("error"))
    def error(self, task: BackgroundTask) -> str:
        return task.exception_class_path or ""

    @admin.display(description=_("where"))
    def trace(self, task: BackgroundTask) -> str:
        return format_html("<pre>{}</pre>", task.traceback) if task.traceback else ""
