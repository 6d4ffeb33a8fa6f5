"""Enrollments as rows for .xlsx and .csv, with the headings in the language in force."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.resources import Resource

from participants.harmless_cells import harmless
from participants.models import Enrollment, Region

DOCUMENT = ("document_type", "document_number")


class EnrollmentResource(Resource):
    """Document numbers come only where asked for; notes and meeting links never.

    What is kept of the edition (facility, service, profession, regime) is the enrollment's and
    not what the person is today.
    """

    edition = Field(attribute="cohort__code", column_name=_("Edition"))
    group = Field(attribute="group__number", column_name=_("Group"))
    surnames = Field(attribute="participant__surnames", column_name=_("Surnames"))
    given_names = Field(attribute="participant__given_names", column_name=_("Given names"))
    document_type = Field(column_name=_("Document type"))
    document_number = Field(
        attribute="participant__document_number", column_name=_("Document number")
    )
    email = Field(attribute="participant__email", column_name=_("E-mail"))
    mobile = Field(attribute="participant__mobile", column_name=_("Mobile"))
    status = Field(column_name=_("Status"))
    enrolled_on = Field(attribute="enrolled_on", column_name=_("Enrolled on"))
    ended_on = Field(attribute="ended_on", column_name=_("Last day"))
    service = Field(column_name=_("Service"))
    profession = Field(column_name=_("Profession"))
    employment_regime = Field(column_name=_("Employment regime"))
    renipress = Field(attribute="facility__renipress", column_name=_("RENIPRESS"))
    facility = Field(attribute="facility__name", column_name=_("Facility"))
    region = Field(column_name=_("Region"))

    def __init__(self, *, with_documents: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.with_documents = with_documents

    @classmethod
    def get_display_name(cls) -> str:
        return str(Enrollment._meta.verbose_name_plural)

    def get_export_fields(self, selected_fields: Any = None) -> list[Field]:
        return [
            field
            for name, field in self.fields.items()
            if self.with_documents or name not in DOCUMENT
        ]

    def get_user_visible_fields(self) -> list[Field]:
        return self.get_export_fields()

    def filter_export(self, queryset: QuerySet[Any], **kwargs: Any) -> QuerySet[Any]:
        return queryset.select_related("participant", "cohort", "group", "facility").order_by(
            "cohort__code",
            "group__number",
            "participant__paternal_surname",
            "participant__maternal_surname",
            "participant__given_names",
            "pk",
        )

    def export_field(self, field: Field, instance: Enrollment, **kwargs: Any) -> Any:
        """In a workbook numbers and dates stay what they are; text never runs as a formula."""
        name = self.get_field_name(field)
        dehydrate = getattr(self, f"dehydrate_{name}", None)
        value = dehydrate(instance) if dehydrate else field.get_value(instance)
        if value is None:
            return ""
        if isinstance(value, dt.date) and not kwargs.get("force_native_type"):
            return f"{value:%d/%m/%Y}"
        return harmless(value) if isinstance(value, str) else value

    def dehydrate_document_type(self, enrollment: Enrollment) -> str:
        return enrollment.participant.get_document_type_display()

    def dehydrate_status(self, enrollment: Enrollment) -> str:
        return enrollment.get_status_display()

    def dehydrate_service(self, enrollment: Enrollment) -> str:
        return enrollment.get_service_display()

    def dehydrate_profession(self, enrollment: Enrollment) -> str:
        return enrollment.get_profession_display()

    def dehydrate_employment_regime(self, enrollment: Enrollment) -> str:
        return enrollment.get_employment_regime_display()

    def dehydrate_region(self, enrollment: Enrollment) -> str:
        return str(Region(enrollment.facility.region).label) if enrollment.facility else ""
