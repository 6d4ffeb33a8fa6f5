from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action

from courses.models import Competency, Module, Program
from trainingprog.admin.base import BaseAdmin, PartsInline, ShownInline


class ModuleInline(PartsInline):
    model = Module
    fields = ["number", "title_es", "title_en", "academic_hours"]


class CompetencyInline(ShownInline):
    model = Competency
    fields = ["code", "page", "title_en"]
    readonly_fields = ["page"]
    show_title = False

    @admin.display(description=_("title in Spanish"))
    def page(self, competency: Competency) -> str:
        """Its link: unfold's own is seen by whoever points at the row with a mouse alone."""
        address = reverse("admin:courses_competency_change", args=[competency.pk])
        return format_html('<a class="task-link" href="{}">{}</a>', address, competency.title_es)


@admin.register(Program)
class ProgramAdmin(BaseAdmin):
    list_display = ["code", "title_es", "modules_count", "cohorts_count"]
    search_fields = ["code", "title_es", "title_en"]
    inlines = [ModuleInline, CompetencyInline]
    actions_detail = ["new_competency"]
    fieldsets = [
        (None, {"fields": ["code", ("title_es", "title_en")]}),
        (_("Description"), {"fields": ["description_es", "description_en"]}),
    ]
    keep_instead = _("A program that has run stays, with its editions.")
    parts = (Module,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                modules_number=Count("modules", distinct=True),
                cohorts_number=Count("cohorts", distinct=True),
            )
        )

    def has_compose_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("courses.add_competency")

    @action(permissions=["compose"], description=_("New competency…"), url_path="competencia")
    def new_competency(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(reverse("admin:courses_competency_add", query={"program": object_id}))

    @admin.display(description=_("modules"), ordering="modules_number")
    def modules_count(self, program: Any) -> int:
        return int(program.modules_number)

    @admin.display(description=_("editions"), ordering="cohorts_number")
    def cohorts_count(self, program: Any) -> int:
        return int(program.cohorts_number)


@admin.register(Module)
class ModuleAdmin(BaseAdmin):
    """Not in the side bar: modules are written on their program's page and searched for here."""

    list_display = ["number", "title_es", "program", "academic_hours"]
    list_display_links = ["number", "title_es"]
    list_filter = [("program", RelatedDropdownFilter)]
    list_select_related = ["program"]
    search_fields = ["title_es", "title_en", "program__code"]
    autocomplete_fields = ["program"]
    fieldsets = [
        (None, {"fields": ["program", ("number", "academic_hours"), "title_es", "title_en"]})
    ]
    keep_instead = _("A module that an edition has taught stays; correct its title instead.")
