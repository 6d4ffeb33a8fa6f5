from courses.typesetting import fonts, qr_drawing, typeset
from tests.factories import MONDAY, at
from tests.pdf_text import pages_of

SIGNS = '#emph[x] *b* _i_ $x^2$ "q" \\ @a <b> // c [d] {e} `f`'


def sheet(name="Quispe"):
    page = {"rows": [{"number": 1, "name": name, "document": ""}], "guests": 0, "foot": ""}
    part = {"group": "G", "tutor": name, "qr": qr_drawing("https://a.example"), "pages": [page]}
    words = ("when", "group", "place", "tutor", "scan", "number", "name", "signature")
    return {
        **dict.fromkeys(("title", "program", "edition", "session", "when", "place"), name),
        "language": "es",
        "legend": "",
        "words": dict.fromkeys((*words, "arrival", "mark", "guest"), name),
        "parts": [part],
    }


def test_signs_of_the_language_in_a_name_are_text():
    (page,) = pages_of(typeset("attendance_sheet.typ", sheet(SIGNS), at=at(MONDAY, 9)))
    assert SIGNS in page.splitlines()


def test_letters_of_spanish_quechua_and_aymara_are_drawn():
    name = "Ñañez Güiza, Ch’aska Qʼori Tʼant’a Ärä Ïsku"
    (page,) = pages_of(typeset("attendance_sheet.typ", sheet(name), at=at(MONDAY, 9)))
    # Inter draws both apostrophes with one glyph.
    assert name.replace("ʼ", "’") in page.splitlines()


def test_same_data_and_moment_make_the_same_bytes():
    first, second = (typeset("attendance_sheet.typ", sheet(), at=at(MONDAY, 9)) for _ in range(2))
    assert first == second
    assert first == typeset(
        "attendance_sheet.typ", sheet(), at=at(MONDAY, 9).replace(microsecond=5)
    )
    assert first != typeset("attendance_sheet.typ", sheet(), at=at(MONDAY, 10))


def test_no_typeface_of_the_machine_is_used():
    committed = {font.path.rpartition("/")[2] for font in fonts().fonts() if font.path}
    assert committed == {
        "Inter-Bold.ttf",
        "Inter-Regular.ttf",
        "LibertinusLatin-Italic.otf",
        "LibertinusLatin-Regular.otf",
        "LibertinusLatin-Semibold.otf",
    }
    assert b"Inter-Regular" in typeset("attendance_sheet.typ", sheet(), at=at(MONDAY, 9))
