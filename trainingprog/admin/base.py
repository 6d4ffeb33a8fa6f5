"""What every admin page of the product does: refuses a deletion that would lose records, and
shows an old version without putting it back."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.utils import flatten_fieldsets, quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, router
from django.db.models import Model, ProtectedError, QuerySet
from django.db.models.deletion import Collector
from django.forms import Media, ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminForm, Fieldline

# unfold puts these in place when it shows its first form; an old version may be shown before.
helpers.AdminForm = AdminForm  # type: ignore[misc]
helpers.Fieldline = Fieldline  # type: ignore[misc]

# As parts of an address: with hashed static files a name goes on with its hash.
FOR_PREPOPULATED = ("/urlify.", "/prepopulate.", "/xregexp.")


def is_needed(script: Any) -> bool:
    address = str(getattr(script, "path", script))
    return not any(part in address for part in FOR_PREPOPULATED)


class BaseAdmin(ModelAdmin):
    """A model in unfold's look. `keep_instead` says what to do where deleting would lose records;
    `parts` are the models that go with the row and that nobody may delete one by one."""

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    list_filter_sheet = True
    warn_unsaved_form = True
    actions: list[str] | None = ["delete_selected"]
    keep_instead: Any = gettext_lazy("Correct it instead, or leave it as it is.")
    parts: tuple[type[Model], ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).fetch_mode(models.FETCH_PEERS)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Said outright: a model's own order is dropped where rows are counted, and the look-up
        of another row then has none."""
        return self.ordering or self.opts.ordering

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        """unfold's own has no `action_location` yet; it only words the empty choice."""
        choices = [("", gettext("Select action"))]
        return admin.ModelAdmin.get_action_choices(self, request, choices, action_location)

    @property
    def media(self) -> Media:
        """Without what only prepopulated fields need, 38 kB of a first visit."""
        media = super().media
        if not self.prepopulated_fields:
            # List by list, as the order of scripts is worked out from what each list asks for.
            media._js_lists = [list(filter(is_needed, scripts)) for scripts in media._js_lists]
        return media

    # ---- deletion --------------------------------------------------------------------------

    def refusal(self, rows: Sequence[Model]) -> str | None:
        """Why the rows stay and what to do instead; None where nothing depends on them."""
        if not rows:
            return None
        used = used_by(rows)
        if not used:
            return None
        subject = (
            gettext("“%(object)s” is not deleted: it is used by %(records)s.")
            if len(rows) == 1
            else gettext("Nothing is deleted: what was chosen is used by %(records)s.")
        ) % {"object": rows[0], "records": used}
        return f"{subject} {self.keep_instead}"

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        deleted, count, perms_needed, protected = super().get_deleted_objects(objs, request)
        perms_needed -= {str(model._meta.verbose_name) for model in self.parts}
        return deleted, count, perms_needed, protected

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_delete_permission(request, row):
            return super().delete_view(request, object_id, extra_context)
        refusal = self.refusal([row])
        if refusal is None:
            try:
                return super().delete_view(request, object_id, extra_context)
            except ProtectedError:  # a record came in while the question was on the screen
                refusal = self.refusal([row]) or gettext("It is in use by now.")
        self.message_user(request, refusal, messages.ERROR)
        return redirect(self.change_url(row))

    @admin.action(permissions=["delete"], description=gettext_lazy("Delete what is chosen"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        refusal = self.refusal(list(queryset))
        if refusal is None:
            try:
                return delete_selected(self, request, queryset)
            except ProtectedError:
                refusal = self.refusal(list(queryset)) or gettext("It is in use by now.")
        self.message_user(request, refusal, messages.ERROR)
        return None

    def change_url(self, row: Model) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=[quote(row.pk)])


class ChangesInWords(HistoricalRecordContextHelper):
    """A choice as it is read, not as it is stored."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        choices = dict(getattr(self.model._meta.get_field(change.field), "flatchoices", ()))
        if isinstance(value, str) and value in choices:
            return str(choices[value])
        return super().prepare_delta_change_value(change, value)


class RecordAdmin(SimpleHistoryAdmin, BaseAdmin):
    """A model whose changes are kept: who, when, old and new value. It needs `fieldsets`."""

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        request.is_old_version = True  # type: ignore[attr-defined]
        return super().history_form_view(request, object_id, version_id, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if getattr(request, "is_old_version", False):
            return self.fieldsets
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if getattr(request, "is_old_version", False):
            return flatten_fieldsets(self.fieldsets or ())
        return super().get_readonly_fields(request, obj)

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> HistoricalRecordContextHelper:
        return ChangesInWords(self.model, historical_record)

    def get_history_queryset(
        self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any
    ) -> QuerySet[Any]:
        """With all that a version names, in one query."""
        versions = history_manager.filter(**{pk_name: object_id})
        named = [field.name for field in history_manager.model.tracked_fields if field.is_relation]
        return versions.select_related("history_user", *named).fetch_mode(models.FETCH_PEERS)


class ReadOnlyMixin:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RowsMixin:
    """What the rows of an inline name is fetched for all of them at once."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).fetch_mode(models.FETCH_PEERS)  # type: ignore[misc]


class PartsInline(RowsMixin, TabularInline):
    """Rows that belong to the one shown and are written with it."""

    extra = 0
    tab = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The drop-downs of all rows are filled by one query."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if isinstance(field, ModelChoiceField):
            field.choices = [*field.iterator(field)]
        return field


class ShownInline(ReadOnlyMixin, RowsMixin, TabularInline):
    """Rows that hang on the one shown and are changed on their own page."""

    extra = 0
    tab = True
    show_change_link = True


def edited(request: HttpRequest) -> int | None:
    """The number of the row whose form the request is for; None where it adds one."""
    match = request.resolver_match
    value = str(match.kwargs.get("object_id", "")) if match else ""
    return int(value) if value.isdecimal() else None


def used_by(rows: Sequence[Model]) -> str:
    """What protects the rows from deletion, counted and in words; empty where nothing does."""
    model = type(rows[0])
    collector = Collector(using=router.db_for_write(model), origin=rows[0])
    try:
        collector.collect(list(rows))
    except ProtectedError as error:
        kinds = Counter(type(row) for row in error.protected_objects)
        names = [
            f"{count} {kind._meta.verbose_name if count == 1 else kind._meta.verbose_name_plural}"
            for kind, count in sorted(kinds.items(), key=lambda pair: pair[0]._meta.label)
        ]
        return ", ".join(names)
    return ""
