"""The columns of a person, and how they are read: the same for participants and tutors."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.coded_values import normal_profession
from participants.columns import Field
from participants.import_plan import PlannedRow
from participants.models import DocumentType, Person
from participants.normalising import (
    normal_document,
    normal_document_type,
    normal_email,
    normal_mobile,
    normal_name,
    split_full_name,
    split_surnames,
    text,
)
from participants.sheet_import import RowReader, SheetImport

PERSON_FIELDS = (
    Field(
        "document_type",
        gettext_lazy("document type"),
        ("tipo de documento", "tipo doc", "tipo de documento de identidad", "document type"),
    ),
    Field(
        "document_number",
        gettext_lazy("document number"),
        (
            "número de documento",
            "documento de identidad",
            "número de documento de identidad",
            "doc identidad",
            "número doc",
            "número dni",
            "dni",
            "documento",
            "document number",
        ),
        required=True,
    ),
    Field(
        "paternal_surname",
        gettext_lazy("first surname"),
        ("apellido paterno", "primer apellido", "ap paterno", "paterno", "first surname"),
        required=True,
        instead=(("surnames",), ("full_name",)),
    ),
    Field(
        "maternal_surname",
        gettext_lazy("second surname"),
        ("apellido materno", "segundo apellido", "ap materno", "materno", "second surname"),
    ),
    Field(
        "surnames",
        gettext_lazy("surnames in one column"),
        ("apellidos", "apellidos paterno y materno", "surnames"),
    ),
    Field(
        "given_names",
        gettext_lazy("given names"),
        ("nombres", "nombre", "prenombres", "nombres completos", "given names"),
        required=True,
        instead=(("full_name",),),
    ),
    Field(
        "full_name",
        gettext_lazy("surnames and names in one column"),
        (
            "apellidos y nombres",
            "nombres y apellidos",
            "nombre completo",
            "nombre y apellidos",
            "full name",
        ),
    ),
    Field(
        "email",
        gettext_lazy("e-mail"),
        (
            "correo electrónico",
            "correo",
            "email",
            "e-mail",
            "dirección de correo",
            "correo institucional",
            "correo personal",
        ),
        required=True,
    ),
    Field(
        "mobile",
        gettext_lazy("mobile"),
        ("celular", "número de celular", "teléfono celular", "móvil", "teléfono móvil", "mobile"),
        fallbacks=("teléfono", "número de teléfono", "whatsapp", "número de contacto", "phone"),
    ),
    Field(
        "profession",
        gettext_lazy("profession"),
        ("profesión", "carrera profesional", "profesión u ocupación", "profession"),
        fallbacks=("especialidad", "carrera", "cargo"),
    ),
)
# What a sheet may state of a person and the models keep under the same name.
PERSON_COLUMNS = (
    "document_type",
    "document_number",
    "paternal_surname",
    "maternal_surname",
    "given_names",
    "email",
    "mobile",
    "profession",
)


def read_person(reader: RowReader) -> None:
    _read_document(reader)
    _read_names(reader)
    reader.read("email", normal_email, required=True)
    reader.read("mobile", normal_mobile)
    reader.read("profession", normal_profession)


def _read_document(reader: RowReader) -> None:
    kind = reader.read("document_type", normal_document_type)
    if kind is None:  # the type is wrong: the number cannot be judged
        return
    if not kind:
        digits = re.sub(r"[\s.\-]", "", text(reader.cell("document_number")))
        if digits and not re.fullmatch(r"[0-9]{1,8}", digits):
            reader.fail("document_number", _("This is no DNI. Write the type of document too."))
            return
        kind = reader.values["document_type"] = DocumentType.DNI
    reader.read("document_number", lambda cell: normal_document(cell, kind), required=True)


def _read_names(reader: RowReader) -> None:
    if reader.has("given_names") or not reader.has("full_name"):
        reader.read("given_names", normal_name, required=True)
        if reader.has("paternal_surname") or not reader.has("surnames"):
            reader.read("paternal_surname", normal_name, required=True)
            reader.read("maternal_surname", normal_name)
            return
        parts = reader.read("surnames", split_surnames, required=True)
        names: tuple[str, ...] = ("paternal_surname", "maternal_surname")
        reader.values.pop("surnames", None)
    else:
        parts = reader.read("full_name", split_full_name)
        names = ("paternal_surname", "maternal_surname", "given_names")
        reader.values.pop("full_name", None)
    if parts is None:
        return
    if not parts[0]:
        reader.fail("surnames" if len(names) == 2 else "full_name", _("The name is missing."))
        return
    reader.values.update({name: part for name, part in zip(names, parts, strict=True) if part})


class PeopleImport(SheetImport):
    """What importing participants and importing tutors share: who a row is, and whose e-mail."""

    model: type[Person]
    identity = ("document_type", "document_number")
    unique = ("email",)

    def fetch_people(self, rows: Iterable[PlannedRow]) -> None:
        """Everyone whose document or e-mail is in the rows, in one query.

        Locked where they will be written: all fields that any row changes are written of each.
        """
        found = self.people_queryset().annotate(email_in_lower=Lower("email"))
        found = found.filter(
            Q(document_number__in=[row.values["document_number"] for row in rows])
            | Q(email_in_lower__in=[row.values["email"] for row in rows])
        )
        if self.locks_rows:
            # In one order, so that two sheets with the same people wait for each other in turn.
            found = found.select_for_update(of=("self",)).order_by("pk")
        people = list(found) if rows else []
        self.by_document = {(p.document_type, p.document_number): p for p in people}
        self.by_email = {p.email.lower(): p for p in people}

    def people_queryset(self) -> models.QuerySet[Any]:
        return self.model._default_manager.all()

    def known_person(self, planned: PlannedRow) -> Any:
        """The person of that document; None for a new one, or with an error where the e-mail is
        another person's."""
        key = (planned.values["document_type"], planned.values["document_number"])
        known = self.by_document.get(key)
        owner = self.by_email.get(planned.values["email"])
        if owner is not None and owner is not known:
            message = _("This e-mail belongs to %(person)s, who has another document.")
            self.error(planned, "email", message % {"person": owner})
        return known

    def check(self, planned: PlannedRow, person: Person) -> None:
        """The model's own rules, for what the columns' rules do not cover."""
        try:
            person.clean_fields(exclude=["user", "facility"])
            person.clean()
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                place = name if name in self.by_name else "document_number"
                self.error(planned, place, " ".join(messages))
