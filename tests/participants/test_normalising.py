import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants import normalising

TODAY = dt.date(2021, 10, 15)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("DNI", "dni"), ("d.n.i.", "dni"), ("Documento Nacional de Identidad", "dni"),
        ("CE", "ce"), ("Carné de extranjería", "ce"), ("C. Extranjeria", "ce"),
        ("PASAPORTE", "passport"), ("PTP", "ptp"), ("Carné de permiso temporal", "ptp"), (None, ""),
    ],
)  # fmt: skip
def test_normal_document_type(written, kind):
    assert normalising.normal_document_type(written) == kind


def test_normal_document_type_unknown():
    with pytest.raises(ValueError, match="DNI"):
        normalising.normal_document_type("brevete")


@pytest.mark.parametrize(
    ("written", "kind", "number"),
    [
        (44672836, "dni", "44672836"), (7846088.0, "dni", "07846088"), (784608, "dni", "00784608"),
        ("07.846.088", "dni", "07846088"), (" 07846088 ", "dni", "07846088"),
        ("DNI 07846088", "dni", "07846088"), ("10117410-2", "dni", "10117410"), (None, "dni", ""),
        ("000186410", "ce", "000186410"), (186410, "ce", "000186410"), ("n° ab1234567", "ce", None),
        ("ab1234567", "ce", "AB1234567"), ("xd-123456", "passport", "XD123456"),
        ("1234567", "ptp", "1234567"),
    ],
)  # fmt: skip
def test_normal_document(written, kind, number):
    if number is None:
        with pytest.raises(ValueError, match=r"."):
            normalising.normal_document(written, kind)
    else:
        assert normalising.normal_document(written, kind) == number


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (1234, "dni"), (12345, "dni"), (123456789, "dni"), ("10117410-3", "dni"), ("0", "dni"),
        ("00000000", "dni"), ("4467283A", "dni"), ("4.4672836E+07", "dni"), (4467.5, "dni"),
        ("12345", "ce"), ("1234567890123", "ce"), ("AB", "passport"), ("AB12?456", "passport"),
        ("1" * 16, "ptp"), ("٠٧٨٤٦٠٨٨", "dni"),
    ],
)  # fmt: skip
def test_normal_document_wrong(written, kind):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        normalising.normal_document(written, kind)


@given(st.integers(1, 99_999_999))
def test_normal_document_restores_at_most_two_zeros(number):
    if number < 100_000:
        with pytest.raises(ValueError, match="8"):
            normalising.normal_document(number, "dni")
    else:
        assert normalising.normal_document(number, "dni") == f"{number:08}"


@given(st.integers(1, 99_999_999))
def test_normal_facility_code_restores_any_zeros(number):
    assert normalising.normal_facility_code(number) == f"{number:08}"
    assert normalising.normal_facility_code(float(number)) == f"{number:08}"


@pytest.mark.parametrize("written", ["ABC", 0, 123456789, "-5x", 1.5])
def test_normal_facility_code_wrong(written):
    with pytest.raises(ValueError, match="8"):
        normalising.normal_facility_code(written)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("DE LA CRUZ", "De la Cruz"), ("de la cruz", "De la Cruz"), ("De La Cruz", "De la Cruz"),
        ("De la Cruz", "De la Cruz"), ("ÑAHUI", "Ñahui"), ("DEL ÁGUILA", "Del Águila"),
        ("LA ROSA", "La Rosa"), ("  Ana   María ", "Ana María"),
        ("MARÍA DEL CARMEN", "María del Carmen"), ("ROSA DE LOS ÁNGELES", "Rosa de los Ángeles"),
        ("QUISPE - MAMANI", "Quispe-Mamani"), ("D'ANGELO", "D'Angelo"), ("O’HIGGINS", "O’Higgins"),
        ("McDonald", "McDonald"), ("VDA. DE LÓPEZ", "Vda. de López"), ("luz MARINA", "Luz Marina"),
        ("ORTEGA Y GASSET", "Ortega y Gasset"), ("JOSE\u0301", "José"), ("-", ""), (None, ""),
        ("A. ", "A."), ("PÉREZ LA ROSA", "Pérez La Rosa"),
    ],
)  # fmt: skip
def test_normal_name(written, name):
    assert normalising.normal_name(written) == name


@pytest.mark.parametrize("written", [12, "Ana1", "=SUM(A1)", "Ana; Luz", "@ana", "x" * 81, "😀"])
def test_normal_name_wrong(written):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        normalising.normal_name(written)


@given(st.text("abcñáÉÜ DELA-'’.", max_size=30))
def test_normal_name_twice_is_once(written):
    try:
        once = normalising.normal_name(written)
    except ValueError:
        return
    assert normalising.normal_name(once) == once


@pytest.mark.parametrize(
    ("written", "surnames"),
    [
        ("HUANCA ARIAS", ("Huanca", "Arias")), ("RAMOS DE LA CRUZ", ("Ramos", "De la Cruz")),
        ("De la Cruz Ramos", ("De la Cruz", "Ramos")), ("Castro", ("Castro", "")),
        ("DEL ÁGUILA LA ROSA", ("Del Águila", "La Rosa")),
    ],
)  # fmt: skip
def test_split_surnames(written, surnames):
    assert normalising.split_surnames(written) == surnames


def test_split_surnames_in_doubt():
    with pytest.raises(ValueError, match="column"):
        normalising.split_surnames("Quispe Mamani Rojas")


def test_split_full_name():
    assert normalising.split_full_name("HUANCA ARIAS, LUZ MARINA") == (
        "Huanca", "Arias", "Luz Marina",
    )  # fmt: skip
    with pytest.raises(ValueError, match="com"):
        normalising.split_full_name("HUANCA ARIAS LUZ MARINA")


@pytest.mark.parametrize(
    ("written", "email"),
    [
        ("LHUANCA1@SALUD.EXAMPLE ", "lhuanca1@salud.example"), (" <ana@b.pe> ", "ana@b.pe"),
        ("mailto:ana@b.pe", "ana@b.pe"), (None, ""), ("-", ""),
    ],
)  # fmt: skip
def test_normal_email(written, email):
    assert normalising.normal_email(written) == email


@pytest.mark.parametrize("written", ["sin correo", "a@b", "a@b.pe, c@d.pe", "a b@c.pe", "@", 5])
def test_normal_email_wrong(written):
    with pytest.raises(ValueError, match="@"):
        normalising.normal_email(written)


@pytest.mark.parametrize(
    "written",
    ["957-094-499", "0051957094499", "+51 957 094 499", 957094499, 957094499.0, "957094499.0",
     "51957094499", "(+51) 957094499", "957 094 499 "],
)  # fmt: skip
def test_normal_mobile(written):
    assert normalising.normal_mobile(written) == "+51957094499"


def test_normal_mobile_of_another_country():
    assert normalising.normal_mobile("+57 300 1234567") == "+573001234567"


@pytest.mark.parametrize(
    "written", ["95709449", "014567890", "957094499 / 999888777", "no tiene", "+51", "123", "٩٥٧"]
)
def test_normal_mobile_wrong(written):
    with pytest.raises(ValueError, match="9"):
        normalising.normal_mobile(written)


@pytest.mark.parametrize(
    "written",
    [dt.datetime(1990, 8, 25), dt.date(1990, 8, 25), "25/08/1990", "25-8-90", "25.08.1990",
     "1990-08-25", "1990-08-25 00:00:00", "25/08/1990 0:00", "25 08 1990", "25 de agosto de 1990",
     "25-ago-90", "25/Ago./1990", 33110, 33110.0, "33110"],
)  # fmt: skip
def test_normal_birth_date(written):
    assert normalising.normal_birth_date(written, today=TODAY) == dt.date(1990, 8, 25)


def test_normal_birth_date_of_two_digits_is_of_a_grown_person():
    assert normalising.normal_birth_date("1/2/03", today=TODAY) == dt.date(2003, 2, 1)
    assert normalising.normal_birth_date("1/2/35", today=TODAY) == dt.date(1935, 2, 1)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("31/02/1980", "31/02/1980"), ("08/25/1990", "08/25/1990"), ("ayer", "dd/mm"),
        ("1990", "dd/mm"), (True, "dd/mm"), (dt.date(2022, 1, 1), "01/01/2022"),
        (dt.date(2010, 1, 1), "11"), ("01/01/1900", "121"), ("25 de foo de 1990", "dd/mm"),
        ("0/0/0000", "0/0/0000"),
    ],
)  # fmt: skip
def test_normal_birth_date_wrong(written, says):
    with pytest.raises(ValueError, match=says):
        normalising.normal_birth_date(written, today=TODAY)


def test_normal_birth_date_blank():
    assert normalising.normal_birth_date(None, today=TODAY) is None
    assert normalising.normal_birth_date(" ", today=TODAY) is None


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none()))
def test_any_cell_gives_a_value_or_a_reason(value):
    for normal in (
        normalising.normal_document_type,
        normalising.normal_document,
        normalising.normal_facility_code,
        normalising.normal_name,
        normalising.split_surnames,
        normalising.split_full_name,
        normalising.normal_email,
        normalising.normal_mobile,
        lambda value: normalising.normal_birth_date(value, today=TODAY),
    ):
        try:
            normal(value)
        except ValueError as reason:
            assert str(reason)  # noqa: PT017 - either outcome is right
