"""Words of a sheet brought to the codes that are kept: sex, profession, regime, region, service.

Each returns a code, an empty text for a blank cell, or raises ValueError with a reason. A word that
is not known is an error, never "other": only the sheet's own "otro" is.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from participants.models import (
    EmploymentRegime,
    LicenceBoard,
    Profession,
    Region,
    Service,
    Sex,
)
from participants.normalising import fold, text

SEXES = {
    Sex.FEMALE: "f fem femenino femenina mujer female woman",
    Sex.MALE: "m masc masculino hombre varon male man",
    Sex.UNDISCLOSED: "x otro otra other noindica nodeclara noprecisa prefieronodecir "
    "prefierenodecir prefieronodecirlo noresponde prefersnottosay",
}
PROFESSIONS = {
    Profession.PSYCHOLOGY: ("psicologia", "psicologo", "psicologa", "psychology", "ps"),
    Profession.NURSING: (
        "enfermeria", "enfermera", "enfermero", "licenciado en enfermeria",
        "licenciada en enfermeria", "nursing", "nurse",
    ),
    Profession.MEDICINE: (
        "medicina", "medico", "medica", "medico cirujano", "medica cirujana", "medicina humana",
        "medicina general", "medico general", "medicine",
    ),
    Profession.PSYCHIATRY: (
        "psiquiatria", "psiquiatra", "medico psiquiatra", "medica psiquiatra",
        "medicina psiquiatria", "psychiatry",
    ),
    Profession.SOCIAL_WORK: (
        "trabajo social", "trabajador social", "trabajadora social", "asistente social",
        "asistencia social", "social work",
    ),
    Profession.OCCUPATIONAL_THERAPY: (
        "terapia ocupacional", "terapeuta ocupacional", "terapia fisica y ocupacional",
        "tecnologia medica terapia ocupacional", "occupational therapy",
    ),
    Profession.NURSING_TECHNICIAN: (
        "tecnico en enfermeria", "tecnica en enfermeria", "tecnico de enfermeria",
        "tecnica de enfermeria", "tecnico a de enfermeria", "tecnico a en enfermeria",
        "tecnico enfermeria", "tecnica enfermeria", "tec enfermeria", "tec en enfermeria",
        "nursing technician",
    ),
    Profession.OTHER: ("otra", "otro", "otra profesion", "otros", "other"),
}  # fmt: skip
PREFIX_OF_PROFESSION = re.compile(
    r"^(lic|licenciad[oa]|dr|dra|mg|ps|psic|prof|bach)( a)?( en| de)? "
)
REGIMES = {
    EmploymentRegime.CAS: ("cas", "1057", "contratacion administrativa"),
    EmploymentRegime.DL276: ("276", "nombrado 276"),
    EmploymentRegime.DL728: ("728",),
    EmploymentRegime.SERVICES: (
        "locacion", "locador", "locadora", "terceros", "tercero", "orden servicio",
        "recibo por honorarios", "honorarios", "services",
    ),
    EmploymentRegime.SERUMS: ("serums", "serum", "serumista"),
    EmploymentRegime.OTHER: ("otro", "otra", "otros", "other", "otro regimen"),
}  # fmt: skip
REGION_NOISE = re.compile(
    r"^(region|departamento|dpto|dep|gobierno regional|gore|diresa|geresa|dirsa|provincia "
    r"constitucional|prov constitucional|prov const)( de| del)? "
)
REGION_NAMES = {
    **{fold(region.label): region for region in Region},
    "lima metropolitana": Region.LIMA,
    "lima provincias": Region.LIMA,
    "lima region": Region.LIMA,
    "cuzco": Region.CUSCO,
    "cerro de pasco": Region.PASCO,
    "el callao": Region.CALLAO,
}
SERVICES = {
    Service.CSMC: ("csmc", "centro de salud mental comunitario", "centro salud mental comunitaria"),
    Service.MAMIS: (
        "mamis", "modulo de atencion al maltrato infantil",
        "modulo de atencion al maltrato infantil y del adolescente en salud",
    ),
    Service.OTHER: ("otro", "otra", "otro servicio", "otros", "other"),
}  # fmt: skip
BOARDS = {fold(board.value): board for board in LicenceBoard if board != LicenceBoard.OTHER}
BOARDS |= {
    "cpp": LicenceBoard.CPSP,
    "cps": LicenceBoard.CPSP,
    "ctsperu": LicenceBoard.CTSP,
}
BOARD_OF_PROFESSION = {
    Profession.PSYCHOLOGY: LicenceBoard.CPSP,
    Profession.NURSING: LicenceBoard.CEP,
    Profession.MEDICINE: LicenceBoard.CMP,
    Profession.PSYCHIATRY: LicenceBoard.CMP,
    Profession.SOCIAL_WORK: LicenceBoard.CTSP,
    Profession.OCCUPATIONAL_THERAPY: LicenceBoard.CTMP,
}


def normal_sex(value: object) -> str:
    """F, M, or X for who prefers not to say."""
    compact = fold(text(value)).replace(" ", "")
    if not compact:
        return ""
    for sex, words in SEXES.items():
        if compact in words.split():
            return sex
    raise ValueError(_("Unknown sex. Write F or M, or X for who prefers not to say."))


def normal_profession(value: object) -> str:
    """A Profession."""
    written = fold(text(value))
    if not written:
        return ""
    known = {word: code for code, words in PROFESSIONS.items() for word in words}
    known |= {code.value.replace("_", " "): code for code in Profession}
    bare = PREFIX_OF_PROFESSION.sub("", written)
    for words in (written, bare):
        if words in known:
            return known[words]
    raise ValueError(
        (
            _("Unknown profession. Write “otra” where none of the list fits. %(hint)s")
            % {"hint": _hint(bare, known, {c: str(c.label) for c in Profession})}
        ).strip()
    )


def normal_employment_regime(value: object) -> str:
    """An EmploymentRegime, told by a word or by the number of its law."""
    written = fold(text(value))
    if not written:
        return ""
    if written.replace(" ", "") in EmploymentRegime.values:
        return EmploymentRegime(written.replace(" ", ""))
    found = {
        code
        for code, words in REGIMES.items()
        for word in words
        if re.search(rf"(?<![a-z0-9]){word}(?![a-z0-9])", written)
        or (word.isdigit() and re.fullmatch(rf"(dl|d l|ley|cas){word}", written))
    }
    if len(found) != 1:
        raise ValueError(
            _("Unknown employment regime. Write CAS, 276, 728, locación, SERUMS or otro.")
        )
    return found.pop()


def normal_region(value: object) -> str:
    """A region's INEI code, from its code or its name."""
    written = fold(text(value))
    if not written:
        return ""
    if written.isdigit():
        code = written.zfill(2)
        if code in Region.values:
            return code
        raise ValueError(_("A region's code goes from 01 to 25."))
    bare = REGION_NOISE.sub("", written)
    for name in (written, bare):
        if name in REGION_NAMES:
            return REGION_NAMES[name]
    raise ValueError(
        (
            _("This is no region of Peru. %(hint)s")
            % {"hint": _hint(bare, REGION_NAMES, {r: str(r.label) for r in Region})}
        ).strip()
    )


def normal_service(value: object) -> str:
    """A Service: CSMC, MAMIS or other."""
    written = fold(text(value))
    if not written:
        return ""
    for code, names in SERVICES.items():
        if written in names or written == code.value:
            return code
    if re.search(r"\b(csmc|salud mental comunitari[ao])\b", written):
        return Service.CSMC
    if re.search(r"\bmamis\b", written):
        return Service.MAMIS
    raise ValueError(_("Unknown service. Write CSMC, MAMIS or otro."))


def normal_licence(value: object, profession: str = "") -> tuple[str, str]:
    """(board, number): "CMP 46436", or a number alone where the profession tells the board."""
    written = text(value)
    if not written:
        return "", ""
    match = re.match(r"^(?:N[º°.]*\s*)?([^\d]*?)[\s.:\-–Nnº°]*(\d{1,8})\b", written)
    if not match:
        raise ValueError(_("Write the licence as the board and a number, like CMP 46436."))
    letters = fold(match[1]).replace(" ", "")
    number = match[2].lstrip("0") or "0"
    if not letters:
        board = BOARD_OF_PROFESSION.get(Profession(profession)) if profession else None
        if board is None:
            raise ValueError(_("Write the board before the number, like CMP 46436."))
        return board, number
    return BOARDS.get(letters, LicenceBoard.OTHER), number


def _hint[Code: str](written: str, known: Mapping[str, Code], labels: Mapping[Code, str]) -> str:
    """A question with the nearest known word, or nothing where none is near."""
    near = process.extractOne(written, known.keys(), scorer=fuzz.ratio, score_cutoff=75)
    if near is None:
        return ""
    return _("Did you mean “%(name)s”?") % {"name": labels[known[near[0]]]}
