"""The form of an application: what is asked, and how what is typed is read."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from participants.coded_values import normal_licence
from participants.letters import checked_letter
from participants.models import (
    Application,
    DocumentType,
    EmploymentRegime,
    Facility,
    Profession,
    Service,
    Sex,
)
from participants.models.people import DOCUMENT_FORMS
from participants.normalising import (
    normal_birth_date,
    normal_document,
    normal_email,
    normal_mobile,
    normal_name,
    text,
)

# What is kept of a draft: all that is typed or chosen but the notice, accepted when it is sent.
KEPT = (
    "document_type",
    "document_number",
    "paternal_surname",
    "maternal_surname",
    "given_names",
    "sex",
    "birth_date",
    "email",
    "mobile",
    "profession",
    "licence",
    "employment_regime",
    "service",
    "facility",
    "facility_query",
    "facility_written",
)
LONGEST = 300
# Of the notice shown with the form; a change of meaning is a new one, with texts of its own.
NOTICE_VERSION = "2026-11"
_CHOOSE: list[tuple[str, Any]] = [("", _("Choose…"))]


def typed_answers(data: Any) -> dict[str, str]:
    """As typed, right or wrong, but no longer than any of it may be."""
    return {name: str(data.get(name, ""))[:LONGEST] for name in KEPT}


class ApplicationForm(forms.Form):
    document_type = forms.ChoiceField(label=_("Document"), choices=DocumentType.choices)
    document_number = forms.CharField(label=_("Document number"), max_length=30)
    paternal_surname = forms.CharField(label=_("First surname"), max_length=80)
    maternal_surname = forms.CharField(
        label=_("Second surname"), max_length=80, required=False, help_text=_("If you have one.")
    )
    given_names = forms.CharField(label=_("Given names"), max_length=80)
    sex = forms.ChoiceField(
        label=_("Sex"), choices=Sex.choices, initial=Sex.UNDISCLOSED, required=False
    )
    birth_date = forms.CharField(
        label=_("Birth date"),
        max_length=30,
        help_text=_("Day, month and year: 25/03/1990."),
    )
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We write to it to confirm the application: one that only you read."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    mobile = forms.CharField(
        label=_("Mobile"),
        max_length=30,
        required=False,
        help_text=_("Optional. From another country, with its code."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    profession = forms.ChoiceField(label=_("Profession"), choices=_CHOOSE + Profession.choices)
    licence = forms.CharField(
        label=_("Licence"),
        max_length=40,
        required=False,
        help_text=_("If you have one: board and number, like CPsP 12345."),
    )
    employment_regime = forms.ChoiceField(
        label=_("Employment regime"), choices=_CHOOSE + EmploymentRegime.choices
    )
    service = forms.ChoiceField(
        label=_("Service where you work"), choices=_CHOOSE + Service.choices
    )
    facility = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    facility_query = forms.CharField(label=_("Find your facility"), max_length=80, required=False)
    facility_written = forms.CharField(
        label=_("It is not in the list: write its name, district and region"),
        max_length=160,
        required=False,
    )
    letter = forms.FileField(
        label=_("Letter of the head of your facility"),
        required=False,
        help_text=_("Optional. A PDF or a photo (PNG, JPEG) of 5 MB at most."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/png,image/jpeg"}),
    )
    notice = forms.BooleanField(
        label=_("I have read the privacy notice and accept that my data are treated as it says."),
        error_messages={"required": _("Tick the box to send the application.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, hint in (
            ("paternal_surname", "family-name"),
            ("given_names", "given-name"),
            ("birth_date", "bday"),
            ("document_number", "off"),
            ("facility_query", "off"),
        ):
            self.fields[name].widget.attrs["autocomplete"] = hint

    def clean_document_number(self) -> str:
        kind = self.cleaned_data.get("document_type") or DocumentType.DNI

        def read(typed: str) -> str:
            """A sheet loses zeros; who writes the own number loses a digit, which is not known."""
            number = normal_document(typed, kind)
            if number.startswith("0") and len(number) > sum(sign.isalnum() for sign in typed):
                raise ValueError(DOCUMENT_FORMS[kind][1])
            return number

        return self._normal("document_number", read)

    def clean_paternal_surname(self) -> str:
        return self._normal("paternal_surname", normal_name)

    def clean_maternal_surname(self) -> str:
        return self._normal("maternal_surname", normal_name)

    def clean_given_names(self) -> str:
        return self._normal("given_names", normal_name)

    def clean_sex(self) -> str:
        return self.cleaned_data["sex"] or Sex.UNDISCLOSED

    def clean_birth_date(self) -> Any:
        today = timezone.localdate()
        return self._normal("birth_date", lambda typed: normal_birth_date(typed, today=today))

    def clean_email(self) -> str:
        return self._normal("email", normal_email)

    def clean_mobile(self) -> str:
        return self._normal("mobile", normal_mobile)

    def clean_licence(self) -> tuple[str, str]:
        profession = self.cleaned_data.get("profession", "")
        board, number = self._normal("licence", lambda typed: normal_licence(typed, profession))
        return board, number

    def clean_facility_written(self) -> str:
        return text(self.cleaned_data["facility_written"])

    def clean_letter(self) -> ContentFile[bytes] | None:
        upload = self.cleaned_data["letter"]
        return checked_letter(upload) if upload else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["facility"] = chosen_facility(data.get("facility", ""))
        if data["facility"] is None and not data.get("facility_written"):
            self.add_error(
                "facility_query",
                gettext("Find your facility and choose it; if it is not there, write its name."),
            )
        return data

    def data_of_the_model(self) -> dict[str, Any]:
        """What is checked, by field of an Application."""
        data = self.cleaned_data
        board, number = data["licence"]
        facility = data["facility"]
        return {
            name: data[name]
            for name in KEPT
            if name not in ("licence", "facility", "facility_query", "facility_written")
        } | {
            "licence_board": board,
            "licence_number": number,
            "facility": facility,
            "facility_written": "" if facility else data["facility_written"],
        }

    def _normal(self, name: str, reader: Callable[[str], Any]) -> Any:
        """A blank of spaces or dashes is nothing, and nothing where something is asked is wrong."""
        try:
            value = reader(self.cleaned_data[name])
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if not value and self.fields[name].required:
            raise ValidationError(self.fields[name].error_messages["required"], code="required")
        return value


def chosen_facility(typed: str) -> Facility | None:
    return Facility.objects.filter(pk=int(typed)).first() if typed.isdecimal() else None


def first_answers(application: Application) -> dict[str, str]:
    """What a new draft starts with."""
    return application.answers or {"document_type": DocumentType.DNI, "sex": Sex.UNDISCLOSED}
