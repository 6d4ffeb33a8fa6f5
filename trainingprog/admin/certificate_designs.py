"""Designs of certificates: written and looked at here; a used one is read, and made anew."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from participants.certificate_designs import new_version, retire
from participants.certificate_eligibility import NOBODY_SIGNS
from participants.certificate_images import checked_image
from participants.models import CertificateDesign, DesignImage, DesignLogo, Signatory
from trainingprog.admin.base import BaseAdmin, PartsInline


class UseFilter(DropdownFilter):
    title = _("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("used", _("in use")), ("retired", _("out of use"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("used", "retired"):
            return queryset
        return queryset.filter(retired_at__isnull=self.value() == "used")


class ImageForm(forms.ModelForm[DesignImage]):
    upload = forms.FileField(
        label=_("image"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("PNG or SVG, 300 KB at most."),
    )

    def clean_upload(self) -> Any:
        """On the row before its own rules are asked, which want an image where one is needed."""
        upload = self.cleaned_data["upload"]
        if upload:
            self.instance.image, self.instance.image_format = checked_image(upload)
        return upload


class LogoInline(PartsInline):
    model = DesignLogo
    form = ImageForm
    fields = ["position", "institution", "upload", "image_format"]
    readonly_fields = ["image_format"]
    max_num = 4


class SignatoryInline(PartsInline):
    model = Signatory
    form = ImageForm
    fields = ["position", "name", "post", "upload", "image_format"]
    readonly_fields = ["image_format"]
    max_num = 4


@admin.register(CertificateDesign)
class CertificateDesignAdmin(BaseAdmin):
    list_display = ["name", "version", "kind", "recipient", "language", "program", "retired_at"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("recipient", ChoicesDropdownFilter),
        ("language", ChoicesDropdownFilter),
        ("program", RelatedDropdownFilter),
        UseFilter,
    ]
    list_select_related = ["program"]
    search_fields = ["name", "title"]
    autocomplete_fields = ["program"]
    inlines = [LogoInline, SignatoryInline]
    actions = ["make_new_version", "retire_designs", "delete_selected"]
    actions_detail = ["see_sample"]
    keep_instead = _("Take it out of use instead; what was issued of it stays as it is.")
    parts = (DesignLogo, Signatory)
    fieldsets = [
        (None, {"fields": ["name", ("kind", "recipient"), ("language", "program")]}),
        (_("Text"), {"fields": ["issuer", ("title", "place"), "lead", "body"]}),
        (
            _("What it certifies"),
            {"fields": [("hours_from", "fixed_hours"), "least_attendance_percent"]},
        ),
    ]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> CertificateDesign | None:
        """Held while it is edited, so that none is issued of it halfway; a deletion needs no hold,
        as what was issued protects it."""
        if request.method == "POST" and connection.in_atomic_block and object_id.isdecimal():
            list(CertificateDesign.objects.select_for_update().filter(pk=object_id))
        return super().get_object(request, object_id, from_field)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A used one is looked at: nothing printed of it may change."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_used)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        design = context["original"]
        if design and not design.retired_at and not design.signatories.exists():
            self.message_user(request, NOBODY_SIGNS, messages.WARNING)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_sample_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("participants.view_certificatedesign")

    @action(permissions=["sample"], description=_("Sample (PDF)"), url_path="muestra")
    def see_sample(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(reverse("certificate_sample", args=[object_id]))

    @admin.action(permissions=["add"], description=_("Make a new version"))
    def make_new_version(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        chosen = list(queryset)
        made = [new_version(design, at=timezone.now()) for design in chosen]
        if len(made) == 1:
            self.message_user(
                request, gettext("This version is used from now on: edit it."), messages.SUCCESS
            )
            return redirect(self.change_url(made[0]))
        return None

    @admin.action(permissions=["change"], description=_("Take out of use"))
    def retire_designs(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for design in queryset:
            retire(design, at=timezone.now())
