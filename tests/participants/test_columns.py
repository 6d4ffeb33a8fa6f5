import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants.columns import Field, find_columns, has_header, header_key, is_repeated_header
from participants.spreadsheets import Row, Sheet

FIELDS = (
    Field("number", "Número", ("número de documento", "dni", "documento"), required=True),
    Field("surname", "Apellido paterno", ("apellido paterno", "paterno"), required=True,
          instead=(("surnames",),)),
    Field("surnames", "Apellidos", ("apellidos",)),
    Field("names", "Nombres", ("nombres", "nombre"), required=True),
    Field("email", "Correo", ("correo electrónico", "correo", "e-mail"), required=True),
    Field("mobile", "Celular", ("celular", "móvil"), fallbacks=("teléfono",)),
    Field("born", "Nacimiento", ("fecha de nacimiento",)),
)  # fmt: skip
HEADER = ("N° de documento", "Apellido paterno", "Nombres", "Correo electrónico")


def sheet(*rows):
    return Sheet("Hoja", tuple(Row(n, row) for n, row in enumerate(rows, 1) if row))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("N° de documento", "numero documento"),
        ("Nº DOCUMENTO", "numero documento"),
        ("Nro. de documento:", "numero documento"),
        ("  número_de_documento ", "numero documento"),
        ("Apellido(s) paterno", "apellido paterno"),
        ("D.N.I.", "dni"),
        ("E-mail", "mail"),
        (None, ""),
    ],
)
def test_header_key(written, key):
    assert header_key(written) == key


def test_find_columns_wherever_the_header_and_the_columns_stand():
    rows = [("ESCUELA",), ("Ficha de correo",), (), ("", *reversed(HEADER), None, "Edad")]
    found = find_columns(sheet(*rows, ("", "a@b.pe", "Ana", "Rojas", "07846088")), FIELDS)
    assert found.header_row == 4
    assert found.columns == {"email": 1, "names": 2, "surname": 3, "number": 4}
    assert found.is_clear
    assert [found.headers[i] for i in found.unknown] == ["Edad"]
    assert found.header("number") == "N° de documento"
    assert found.header("mobile") == ""


@given(st.permutations(range(4)), st.integers(0, 6), st.booleans())
def test_find_columns_in_any_order(order, above, upper):
    names = ["number", "surname", "names", "email"]
    header = tuple(HEADER[i].upper() if upper else HEADER[i] for i in order)
    found = find_columns(sheet(*[("título",)] * above, header), FIELDS)
    assert found.header_row == above + 1
    assert found.columns == {names[i]: place for place, i in enumerate(order)}


def test_find_columns_with_words_around_the_name():
    header = ("DNI (8 dígitos)", "Apellido paterno *", "Nombres completos",
              "Correo electrónico institucional (obligatorio)", "Fecha de nacimiento (dd/mm/aaaa)",
              "N° de celular / WhatsApp")  # fmt: skip
    found = find_columns(sheet(header), FIELDS)
    assert found.is_clear
    assert found.columns == {
        "number": 0, "surname": 1, "names": 2, "email": 3, "born": 4, "mobile": 5,
    }  # fmt: skip


def test_find_columns_names_what_is_missing_and_the_nearest_header():
    found = find_columns(sheet((*HEADER[:3], "Coreo electrónico")), FIELDS)
    assert found.missing == ("email",)
    assert not found.is_clear
    assert found.suggestions["email"] == 3


def test_find_columns_takes_surnames_in_one_column_instead():
    found = find_columns(sheet(("DNI", "Apellidos", "Nombres", "Correo")), FIELDS)
    assert found.is_clear
    assert "surname" not in found.columns


def test_find_columns_says_that_two_columns_fit():
    found = find_columns(sheet((*HEADER, "Correo electrónico")), FIELDS)
    assert found.ambiguous == {"email": (3, 4)}
    assert not found.is_clear
    chosen = find_columns(sheet((*HEADER, "Correo electrónico")), FIELDS, chosen={"email": 4})
    assert chosen.is_clear
    assert chosen.columns["email"] == 4
    assert chosen.unknown == (3,)


def test_find_columns_prefers_the_exact_name_and_uses_a_fallback_only_alone():
    found = find_columns(sheet((*HEADER, "Teléfono", "Celular", "Correo del jefe")), FIELDS)
    assert found.columns["email"] == 3
    assert found.columns["mobile"] == 5
    assert find_columns(sheet((*HEADER, "Teléfono")), FIELDS).columns["mobile"] == 4


def test_find_columns_asks_which_of_two_headers():
    rows = sheet(HEADER, ("1", "a", "b", "c"), tuple(reversed(HEADER)), ("x", "y", "z", "w"))
    found = find_columns(rows, FIELDS)
    assert found.rival_headers == (1, 3)
    assert not found.is_clear
    second = find_columns(rows, FIELDS, header_row=3)
    assert second.is_clear
    assert second.columns["email"] == 0


def test_find_columns_a_repeated_header_is_no_rival():
    rows = sheet(HEADER, ("1", "a", "b", "c"), tuple(h.upper() for h in HEADER))
    found = find_columns(rows, FIELDS)
    assert found.is_clear
    assert is_repeated_header(rows.rows[2], found)
    assert not is_repeated_header(rows.rows[1], found)


def test_find_columns_without_a_header():
    found = find_columns(sheet(("07846088", "Rojas", "Ana", "a@b.pe")), FIELDS)
    assert found.header_row is None
    assert set(found.missing) == {"number", "surname", "names", "email"}
    assert not has_header(sheet(("DNI", "x")), FIELDS)
    assert has_header(sheet(HEADER), FIELDS)


def test_find_columns_a_person_can_leave_a_column_out():
    header = (*HEADER, "Celular")
    found = find_columns(sheet(header), FIELDS, chosen={"mobile": None})
    assert "mobile" not in found.columns
    assert found.is_clear
    assert find_columns(sheet(header), FIELDS, chosen={"email": None}).missing == ("email",)


def test_find_columns_ignores_a_chosen_column_outside_the_sheet():
    assert find_columns(sheet(HEADER), FIELDS, chosen={"email": 99}).missing == ("email",)


def test_find_columns_reads_a_header_of_any_length():
    silly = ("x" * 32_767, "correo " * 4_000, *HEADER[:3], "Correo electrónico")
    found = find_columns(sheet(silly, ("", "", "07846088", "Rojas", "Ana", "a@b.pe")), FIELDS)
    assert found.is_clear
    assert found.columns == {"number": 2, "surname": 3, "names": 4, "email": 5}
