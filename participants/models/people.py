import re
import unicodedata
from typing import ClassVar

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models.checks import Check, Unique, one_of
from participants.models.facilities import Facility


class DocumentType(models.TextChoices):
    DNI = "dni", _("DNI")
    FOREIGNER_CARD = "ce", _("foreigner's card")
    PASSPORT = "passport", _("passport")
    PTP = "ptp", _("temporary permit (PTP, CPP)")


DOCUMENT_FORMS: dict[str, tuple[str, Promise]] = {
    DocumentType.DNI: (r"[0-9]{8}", _("A DNI has 8 digits.")),
    DocumentType.FOREIGNER_CARD: (
        r"[A-Z0-9]{9,12}",
        _("A foreigner's card has 9 to 12 letters and digits."),
    ),
    DocumentType.PASSPORT: (
        r"[A-Z0-9]{6,12}",
        _("A passport has 6 to 12 letters and digits."),
    ),
    DocumentType.PTP: (r"[A-Z0-9]{6,15}", _("A permit has 6 to 15 letters and digits.")),
}


class Sex(models.TextChoices):
    FEMALE = "F", _("female")
    MALE = "M", _("male")
    UNDISCLOSED = "X", _("prefers not to say")


class Profession(models.TextChoices):
    PSYCHOLOGY = "psychology", _("psychology")
    NURSING = "nursing", _("nursing")
    MEDICINE = "medicine", _("medicine")
    PSYCHIATRY = "psychiatry", _("psychiatry")
    SOCIAL_WORK = "social_work", _("social work")
    OCCUPATIONAL_THERAPY = "occupational_therapy", _("occupational therapy")
    NURSING_TECHNICIAN = "nursing_technician", _("nursing technician")
    OTHER = "other", _("other profession")


class LicenceBoard(models.TextChoices):
    CMP = "CMP", _("CMP – physicians")
    CEP = "CEP", _("CEP – nurses")
    CPSP = "CPsP", _("CPsP – psychologists")
    CTSP = "CTSP", _("CTSP – social workers")
    CTMP = "CTMP", _("CTMP – medical technologists")
    OTHER = "other", _("another board")


class EmploymentRegime(models.TextChoices):
    CAS = "cas", _("CAS (DL 1057)")
    DL276 = "dl276", _("DL 276")
    DL728 = "dl728", _("DL 728")
    SERVICES = "services", _("contract for services")
    SERUMS = "serums", _("SERUMS")
    OTHER = "other", _("other regime")


class Service(models.TextChoices):
    """Where in the facility the person works: a MAMIS is a unit inside a hospital."""

    CSMC = "csmc", _("CSMC")
    MAMIS = "mamis", _("MAMIS")
    OTHER = "other", _("other service")


def check_mobile(value: str) -> None:
    """A mobile is kept in E.164, for example +51957094499."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        valid = False
    else:
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        valid = phonenumbers.is_possible_number(number) and written == value
    if not valid:
        raise ValidationError(_("Write the mobile with its country code, like +51957094499."))


class PersonalData(models.Model):
    """Who someone is: an identity document, a name and an address; of applicants too."""

    document_type = models.CharField(
        _("document type"), max_length=10, choices=DocumentType, default=DocumentType.DNI
    )
    document_number = models.CharField(_("document number"), max_length=15)
    paternal_surname = models.CharField(_("first surname"), max_length=80)
    maternal_surname = models.CharField(_("second surname"), max_length=80, blank=True)
    given_names = models.CharField(_("given names"), max_length=80)
    email = models.EmailField(_("e-mail"))
    mobile = models.CharField(_("mobile"), max_length=16, blank=True, validators=[check_mobile])
    profession = models.CharField(
        _("profession"), max_length=30, choices=Profession, default=Profession.OTHER
    )

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["paternal_surname", "maternal_surname", "given_names"]

    def __str__(self) -> str:
        return self.sorting_name

    @property
    def surnames(self) -> str:
        return f"{self.paternal_surname} {self.maternal_surname}".strip()

    @property
    def sorting_name(self) -> str:
        return f"{self.surnames}, {self.given_names}"

    @property
    def sorting_key(self) -> tuple[str, ...]:
        """The order of a Spanish list on any database: accents do not count, ñ follows n."""
        names = (self.paternal_surname, self.maternal_surname, self.given_names)
        return tuple(
            "".join(
                "~" if letter == "\N{COMBINING TILDE}" else letter
                for letter in unicodedata.normalize("NFD", name.casefold())
                if letter == "\N{COMBINING TILDE}" or not unicodedata.combining(letter)
            )
            for name in names
        )

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"

    @property
    def masked_document(self) -> str:
        """All but the last three characters hidden: lists tell people apart with no more."""
        return "•" * max(len(self.document_number) - 3, 0) + self.document_number[-3:]

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()
        self.document_number = self.document_number.strip().upper()
        if form := DOCUMENT_FORMS.get(self.document_type):
            pattern, message = form
            if not re.fullmatch(pattern, self.document_number):
                raise ValidationError({"document_number": message})


class Person(PersonalData):
    """What tutors and participants share: their data are theirs alone, and they may log in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)s",
    )

    class Meta(PersonalData.Meta):
        abstract = True
        constraints = [
            Unique(
                at="document_number",
                fields=["document_type", "document_number"],
                name="%(class)s_document_unique",
                violation_error_message=_("Another person already has this document."),
            ),
            Unique(
                Lower("email"),
                at="email",
                name="%(class)s_email_unique_in_any_case",
                violation_error_message=_("Another person already has this e-mail."),
            ),
            Check(
                at="document_number",
                condition=~Q(document_type="dni") | Q(document_number__regex=r"^[0-9]{8}$"),
                name="%(class)s_dni_8_digits",
                violation_error_message=_("A DNI has 8 digits."),
            ),
            one_of("%(class)s", "document_type", DocumentType.values),
            one_of("%(class)s", "profession", Profession.values),
        ]


class WorkData(models.Model):
    """What training and its reports ask of a person: who trains, and who applies to."""

    sex = models.CharField(_("sex"), max_length=1, choices=Sex, default=Sex.UNDISCLOSED)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    licence_board = models.CharField(
        _("licence board"), max_length=10, choices=LicenceBoard, blank=True
    )
    licence_number = models.CharField(_("licence number"), max_length=15, blank=True)
    employment_regime = models.CharField(
        _("employment regime"),
        max_length=10,
        choices=EmploymentRegime,
        default=EmploymentRegime.OTHER,
    )
    service = models.CharField(_("service"), max_length=10, choices=Service, default=Service.OTHER)
    facility = models.ForeignKey(
        Facility,
        verbose_name=_("facility"),
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        null=True,
        blank=True,
    )

    class Meta:
        abstract = True


class Participant(Person, WorkData):
    """A person who trains, as of now; what held during an edition is kept on the enrollment."""

    history = HistoricalRecords()

    class Meta(Person.Meta):
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            *Person.Meta.constraints,
            one_of("participant", "sex", Sex.values),
            one_of("participant", "licence_board", ["", *LicenceBoard.values]),
            one_of("participant", "employment_regime", EmploymentRegime.values),
            one_of("participant", "service", Service.values),
        ]
        permissions = [("export_documents", _("Can export document numbers"))]
