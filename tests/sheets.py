"""Sheets for tests of imports: rows as they would be read from a file."""

import datetime as dt

from participants.spreadsheets import Row, Sheet

TODAY = dt.date(2026, 2, 20)
HEADER = (
    "Tipo de documento",
    "N° de documento",
    "Apellido paterno",
    "Apellido materno",
    "Nombres",
    "Correo electrónico",
    "Celular",
    "Profesión",
    "Código IPRESS",
    "Establecimiento de salud",
    "Servicio",
    "Región",
)
PERSON = (
    "DNI",
    7846088,
    "DE LA CRUZ",
    "ÑAHUI",
    "Luz",
    "LUZ@salud.example ",
    "957-094-499",
    "Psicología",
    22591,
    "Centro de Salud Mental Comunitario Loreto 2",
    "CSMC",
    "LORETO",
)


def person(**fields) -> tuple:
    """PERSON with some columns otherwise, by a short name."""
    places = {
        "kind": 0,
        "number": 1,
        "surname": 2,
        "maternal": 3,
        "names": 4,
        "email": 5,
        "mobile": 6,
        "profession": 7,
        "code": 8,
        "facility": 9,
        "service": 10,
        "region": 11,
    }
    row = list(PERSON)
    for name, value in fields.items():
        row[places[name]] = value
    return tuple(row)


def sheet_of(*rows, header=HEADER, first=1) -> Sheet:
    """The header in row `first`, the rows below it; an empty tuple is a blank row."""
    numbered = enumerate((header, *rows), start=first)
    return Sheet("Hoja", tuple(Row(number, tuple(row)) for number, row in numbered if row))
