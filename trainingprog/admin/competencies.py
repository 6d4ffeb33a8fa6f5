"""A program's competencies, each on its own page: what it is, its modules, its levels."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from courses.models import Competency, Module
from courses.models.competencies import refuse_modules_of_others
from trainingprog.admin.base import RecordAdmin, edited


class CompetencyForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        program = data.get("program") or getattr(self.instance, "program", None)
        if program is not None and "modules" in data:
            try:
                refuse_modules_of_others(program.pk, data["modules"])
            except ValidationError as error:
                self.add_error(None, error)
        return data


@admin.register(Competency)
class CompetencyAdmin(RecordAdmin):
    """A change of words changes what earlier levels meant: its history keeps what they were."""

    form = CompetencyForm
    list_display = ["code", "title_es", "program"]
    list_display_links = ["code", "title_es"]
    list_filter = [("program", RelatedDropdownFilter)]
    list_select_related = ["program"]
    search_fields = ["code", "title_es", "title_en"]
    autocomplete_fields = ["program"]
    fieldsets = [
        (None, {"fields": [("program", "code"), ("title_es", "title_en"), "modules"]}),
        (
            _("What a person does at each level"),
            {"fields": [(f"level_{n}_es", f"level_{n}_en") for n in (1, 2, 3, 4)]},
        ),
    ]
    keep_instead = _("A competency that people were rated in stays; take it from its modules.")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Without the rows that tie it to its modules: they have no name to show."""
        deleted, count, perms_needed, protected = super().get_deleted_objects(objs, request)
        tie = Competency.modules.through._meta
        count.pop(str(tie.verbose_name_plural), None)
        name = capfirst(str(tie.verbose_name))
        return without(deleted, name), count, perms_needed, protected

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = super().get_readonly_fields(request, obj)
        return [*own, "program"] if obj is not None and "program" not in own else own

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The program's modules as boxes to tick; of all programs while it is not chosen."""
        modules = Module.objects.order_by("program", "number")
        if competency := edited(request):
            modules = modules.filter(program__competencies=competency)
        elif (program := request.GET.get("program", "")).isdecimal():
            modules = modules.filter(program=int(program))
        kwargs |= {"queryset": modules, "widget": UnfoldAdminCheckboxSelectMultipleWidget}
        return db_field.formfield(**kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name.startswith("level_"):
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 3})
            return db_field.formfield(**kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


def without(rows: list[Any], name: str) -> list[Any]:
    """The nested lists of what goes with a row, but for what begins with the name."""
    return [
        without(row, name) if isinstance(row, list) else row
        for row in rows
        if isinstance(row, list) or not str(row).startswith(name)
    ]
