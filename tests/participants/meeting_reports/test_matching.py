from string import ascii_lowercase

import pytest

from participants.meeting_reports.matching import By, Caller, Known, Matcher, alias_of
from participants.meeting_reports.shown_names import ShownName
from participants.normalising import fold


def known(pk: int, names: str, surnames: tuple[str, str], document: str, region: str = "15"):
    spelled = {
        word for each in surnames for word in (*fold(each).split(), fold(each).replace(" ", ""))
    }
    return Known(
        pk,
        f"p{pk}@salud.example",
        frozenset({f"p{pk}@salud.example"}),
        document,
        frozenset(fold(names).split()),
        frozenset(spelled - {""}),
        region,
    )


PEOPLE = [
    known(1, "Luz Marina", ("Huanca", "Arias"), "44672836"),
    known(2, "Rosa María", ("Ramos", "De la Cruz"), "07199946", "09"),
    known(3, "Ana María", ("Castro", ""), "000186410"),
    known(4, "Ana María", ("Castro", "Ochoa"), "13642771"),
    known(5, "Juan", ("Vásquez", "Flores"), "77056521", "13"),
    known(6, "Juan", ("Vásquez", "Cusi"), "23067571", "13"),
    known(7, "Rosa María", ("Llerena", "Chávez"), "40617474", "10"),
    known(8, "Rosa María", ("Mendoza", "Llerena"), "04620124", "15"),
    known(9, "Julio", ("Ticona", "Ticona"), "08590660"),
    known(10, "Julia", ("Rojas", "Ticona"), "03061694"),
    known(11, "Wilfredo", ("Quispe", "Lima"), "19304088", "08"),
    known(12, "Nélida", ("La Rosa", "Torres"), "15981303"),
    known(13, "Andrés", ("Ibáñez", "La Rosa"), "000808085"),
]


def match(shown: str, email: str = "", aliases=None):
    return Matcher(PEOPLE, aliases or {}).match(Caller(f"{email} {shown}", shown, email))


@pytest.mark.parametrize(
    ("shown", "email", "person", "by"),
    [
        ("lo que sea", "p1@salud.example", 1, By.EMAIL),
        ("P1@salud.example", "", 1, By.EMAIL),
        ("44672836 Luz Marina Huanca", "", 1, By.DOCUMENT),
        ("DNI: 44.672.836", "", 1, By.DOCUMENT),
        ("7199946 Rosa", "", 2, By.DOCUMENT),
        ("CE 000186410", "", 3, By.DOCUMENT),
        ("Luz Marina Huanca", "otra@correo.example", 1, By.NAME),
        ("HUANCA ARIAS LUZ", "", 1, By.NAME),
        ("Lic. Luz Huanca (CSMC Belén)", "", 1, By.NAME),
        ("Huanca Arias, Luz Marina", "", 1, By.NAME),
        ("luz huanca", "", 1, By.NAME),
        ("Luz M. Huanca A.", "", 1, By.NAME),
        ("Rosa (Rosa María Ramos)", "", 2, By.NAME),
        ("Rosa Ramos Delacruz", "", 2, By.NAME),
        ("Rosa Ramos - Huancavelica", "", 2, By.NAME),
        ("Rosa Ramos Huancavelica", "", 2, By.NAME),
        ("Castro Ochoa Ana María", "", 4, By.NAME),
        ("Rosa Llerena - Huánuco", "", 7, By.REGION),
        ("Rosa Llerena [Huanuco]", "", 7, By.REGION),
        ("Huánuco | Rosa Llerena", "", 7, By.REGION),
        ("ROSA LLERENA HUANUCO", "", 7, By.REGION),
        ("Rosa María Llerena (Región Lima)", "", 8, By.REGION),
        ("Julio Ticona", "", 9, By.NAME),
        ("Wilfredo Quispe Lima", "", 11, By.NAME),
        ("Wilfredo Quizpe", "", 11, By.NAME),
        ("Luz Huancas", "", 1, By.NAME),
        ("Nélida La Rosa", "", 12, By.NAME),
        ("Rosa de la Cruz", "", 2, By.NAME),
    ],
)
def test_person_who_is_clearly_meant(shown, email, person, by):
    found = match(shown, email)
    assert (found.person, found.by) == (person, by)


@pytest.mark.parametrize(
    ("shown", "email", "candidates"),
    [
        # An exact full name is not enough where another's name contains it.
        ("Ana María Castro", "", {3, 4}),
        ("Juan Vásquez", "", {5, 6}),
        ("Juan Vásquez - La Libertad", "", {5, 6}),
        ("Rosa María Llerena", "", {7, 8}),
        # Another region's namesake, or another number's.
        ("Luz Huanca - Puno", "", {1}),
        ("12345678 Luz Huanca", "", {1}),
        # A name of which nothing is the address's owner's: a borrowed connection.
        ("Wilfredo Quispe", "p1@salud.example", {1, 11}),
        ("Wilfredo Quispe 44672836", "", {1, 11}),
        ("Luz Huanca y Carlos", "", {1}),
        ("Rosa Ramos Dela Cruz", "", {2}),
        ("Luiz Huanca", "", {1}),
        # A telephone may be lent.
        ("iPhone de Luz Huanca", "", {1}),
    ],
)
def test_doubt_is_a_question(shown, email, candidates):
    found = match(shown, email)
    assert found.person is None
    assert set(found.candidates) == candidates


@pytest.mark.parametrize(
    ("shown", "hints"),
    [
        ("iPhone de Rosa", {2, 7, 8}),
        ("Galaxy A12", set()),
        ("Soporte ENSAP", set()),
        ("Luz", {1}),
        ("Rosa de", {2, 7, 8}),
        ("Huanca Arias", set()),
        ("155", set()),
        ("", set()),
        ("🙂🙂", set()),
    ],
)
def test_stranger_is_matched_with_nobody(shown, hints):
    found = match(shown)
    assert (found.person, found.candidates) == (None, ())
    assert set(found.hints) == hints


def test_julia_is_not_julio():
    assert match("Julia Ticona").person == 10
    assert match("Juliao Ticona").person is None


def test_name_confirmed_before_is_known_again():
    found = match("iPhone de Rosa", aliases={"iphone de rosa": 2})
    assert (found.person, found.by, found.candidates) == (2, By.ALIAS, (2,))
    found = match("Juan Vásquez", aliases={"juan vasquez": 6})
    assert (found.person, found.by, found.candidates) == (6, By.ALIAS, (6, 5))
    found = match("lo que sea", "casa@correo.example", aliases={"casa@correo.example": 3})
    assert found.person == 3


@pytest.mark.parametrize("shown", ["iPhone", "iPhone de", "Galaxy A12", "Invitado", "🙂", ""])
def test_name_that_tells_nobody_is_not_known_again(shown):
    assert alias_of(shown, "") == ""
    assert match(shown, aliases={fold(shown): 2}).person is None
    assert alias_of(shown, "casa@correo.example") == "casa@correo.example"


def test_words_beyond_any_name_are_not_compared():
    many = ShownName.of(" ".join("zz" + letter * 4 for letter in ascii_lowercase))
    assert len(many.words) == len(many.words_before) == 10


def test_address_or_document_is_surer_than_a_name_confirmed_before():
    aliases = {"p1@salud.example": 2, "44672836 luz": 2}
    assert match("Luz", "p1@salud.example", aliases=aliases).person == 1
    assert match("44672836 Luz", aliases=aliases).person == 1


def test_address_that_two_have_tells_nothing():
    twins = [PEOPLE[0], PEOPLE[1]]
    shared = [
        Known(
            p.pk,
            p.email,
            frozenset({"casa@correo.example"}),
            *[getattr(p, n) for n in ("document", "given", "surnames", "region")],
        )
        for p in twins
    ]
    matcher = Matcher(shared, {})
    assert matcher.match(Caller("k", "Zoom", "casa@correo.example")).person is None
