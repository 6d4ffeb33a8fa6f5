"""What surveys ask: written here as a draft, published on its own page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from participants.models import Question, QuestionSet
from trainingprog.admin.base import BaseAdmin, PartsInline


class QuestionInline(PartsInline):
    model = Question
    fields = [
        *("number", "kind", "text_es", "text_en", "choices_es", "choices_en"),
        *("is_required", "measures"),
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)


@admin.register(QuestionSet)
class QuestionSetAdmin(BaseAdmin):
    """A published one is looked up; it changes by its next version alone."""

    list_display = ["title_es", "purpose", "version", "state", "is_anonymous", "days_open"]
    list_filter = [("purpose", ChoicesDropdownFilter)]
    search_fields = ["title_es", "title_en"]
    inlines = [QuestionInline]
    actions = None
    actions_detail = ["see_and_publish"]
    fieldsets = [
        (None, {"fields": [("purpose", "version"), ("title_es", "title_en")]}),
        (_("Introduction"), {"fields": ["introduction_es", "introduction_en"]}),
        (_("What is promised"), {"fields": ["is_anonymous", ("days_open", "reminder_after_days")]}),
    ]
    readonly_fields = ["version"]
    keep_instead = _("A published version stays: make the next one.")
    parts = (Question,)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a version that follows another, the purpose stays."""
        return ["purpose", "version"] if obj is not None else ["version"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            last = QuestionSet.objects.filter(purpose=obj.purpose).order_by("-version").first()
            obj.version = last.version + 1 if last else 1
        super().save_model(request, obj, form, change)

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("participants.change_questionset")

    @action(permissions=["publish"], description=_("Preview and publish…"), url_path="publicar")
    def see_and_publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("question_set", pk=object_id)

    @display(description=_("State"), label={"published": "success", "draft": "warning"})
    def state(self, question_set: QuestionSet) -> tuple[str, Any]:
        return ("published", _("published")) if question_set.is_published else ("draft", _("draft"))


def is_draft(question_set: Any) -> bool:
    return not isinstance(question_set, QuestionSet) or not question_set.is_published
