"""What people write in a cell, brought to the one form that is kept.

Each function returns the normal value or raises ValueError with a reason in the user's language.
A blank cell gives an empty text (or None for a date); whether it may be blank is the caller's rule.
"""

import datetime as dt
import re
import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberType
from stdnum.exceptions import ValidationError as NotAStandardNumber
from stdnum.pe import cui

from participants.models import DocumentType

NOTHING = frozenset({"", "-", "--", "---", ".", "...", "n/a", "s/d", "s/n", "ninguno", "ninguna"})
PARTICLES = frozenset({"de", "del", "y", "e", "da", "das", "do", "dos", "di", "van", "von", "der"})
ARTICLES = frozenset({"la", "las", "los", "lo"})
NAME = re.compile(r"^[^\W\d_]+(?:[ '’\-.]+[^\W\d_]+)*\.?$")
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "ene enero jan january",
            "feb febrero february",
            "mar marzo march",
            "abr abril apr april",
            "may mayo",
            "jun junio june",
            "jul julio july",
            "ago agosto aug august",
            "set sep setiembre septiembre sept september",
            "oct octubre october",
            "nov noviembre november",
            "dic diciembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}
EXCEL_EPOCH = dt.date(1899, 12, 30)  # serial 61 is 1900-03-01: Excel counts a 29 February 1900
YOUNGEST, OLDEST = 18, 90


def fold(value: object) -> str:
    """Lower case, no accents, punctuation as single spaces: for comparing, never for keeping."""
    plain = unicodedata.normalize("NFKD", str(value).casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    letters = re.sub(r"\b([^\W\d_])\.(?=[^\W\d_]\b)", r"\1", letters)  # D.N.I. is dni
    return " ".join(re.sub(r"[^\w]+|_", " ", letters).split())


def text(value: object) -> str:
    """A cell as text: composed characters, single spaces, 1057.0 as 1057; dashes are nothing."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dt.datetime):
        value = value.date()
    written = " ".join(unicodedata.normalize("NFC", str(value)).split())
    return "" if written.casefold() in NOTHING else written


def normal_document_type(value: object) -> str:
    """A DocumentType; blank stays blank."""
    written = fold(text(value))
    if not written:
        return ""
    compact = written.replace(" ", "")
    if compact in {"dni", "dnielectronico", "le"} or "nacional de identidad" in written:
        return DocumentType.DNI
    if compact in {"ce", "cext"} or ("extranjer" in written and "temporal" not in written):
        return DocumentType.FOREIGNER_CARD
    if compact in {"ppt", "pas", "pass", "passport"} or "pasaporte" in written:
        return DocumentType.PASSPORT
    if compact in {"ptp", "cpp"} or "permiso temporal" in written or "permanencia" in written:
        return DocumentType.PTP
    raise ValueError(_("Unknown type of document. Write DNI, CE, pasaporte or PTP."))


def normal_document(value: object, document_type: str = DocumentType.DNI) -> str:
    """A document's number. A DNI gets back at most two lost zeros, a foreigner's card three."""
    written = text(value).upper()
    if not written:
        return ""
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(_("The number has decimals. Write it in full, as text."))
    if re.fullmatch(r"\d+([.,]\d+)?E\+?\d+", written):
        raise ValueError(_("The spreadsheet shortened the number. Write it in full, as text."))
    compact = re.sub(r"[\s.\-–_/]", "", written)
    compact = re.sub(r"^(DNI|CE|PASAPORTE|PTP|CPP|N[º°O]?)[:]?(?=\d)", "", compact)
    if document_type == DocumentType.DNI:
        return _normal_dni(compact)
    if not re.fullmatch(r"[A-Z0-9]+", compact):
        raise ValueError(_("The number has signs that are neither letters nor digits."))
    if document_type == DocumentType.FOREIGNER_CARD:
        if compact.isdigit() and 6 <= len(compact) < 9:
            compact = compact.zfill(9)
        if not 9 <= len(compact) <= 12:
            raise ValueError(_("A foreigner's card has 9 to 12 letters and digits."))
    elif document_type == DocumentType.PASSPORT and not 6 <= len(compact) <= 12:
        raise ValueError(_("A passport has 6 to 12 letters and digits."))
    elif not 6 <= len(compact) <= 15:
        raise ValueError(_("A permit has 6 to 15 letters and digits."))
    return compact


def _normal_dni(compact: str) -> str:
    if not re.fullmatch(r"[0-9]+[A-Z]?", compact):
        raise ValueError(_("A DNI has digits only. Correct it, or the type of document."))
    if 6 <= len(compact) < 8 and compact.isdigit():
        compact = compact.zfill(8)
    try:
        compact = cui.validate(compact)[:8]
    except NotAStandardNumber as error:
        raise ValueError(_("A DNI has 8 digits. Correct the number.")) from error
    if compact.strip("0") == "":
        raise ValueError(_("A DNI is not all zeros. Correct the number."))
    return compact


def normal_facility_code(value: object) -> str:
    """A RENIPRESS code of 8 digits, with any lost zeros given back."""
    written = re.sub(r"[\s.\-]", "", text(value))
    if not written:
        return ""
    is_fraction = isinstance(value, float) and not value.is_integer()
    if is_fraction or not re.fullmatch(r"[0-9]{1,8}", written) or not int(written):
        raise ValueError(_("A RENIPRESS code has 8 digits at most, and is not zero."))
    return written.zfill(8)


def normal_name(value: object) -> str:
    """A name or surname: "DE LA CRUZ" is "De la Cruz"; what mixes cases is kept as it is."""
    written = re.sub(r"\s*([-–])\s*", "-", text(value)).replace("`", "'").replace("´", "'")
    written = re.sub(r"\s*(['’])\s*", r"\1", written).strip(" -,;")
    if not written:
        return ""
    if not NAME.match(written):
        raise ValueError(_("A name has letters only. Correct what is not a letter."))
    if len(written) > 80:
        raise ValueError(_("The name is longer than 80 letters."))
    tidied: list[str] = []
    for word in written.split():
        tidied.append(_tidy_word(word, tidied[-1] if tidied else None))
    return " ".join(tidied)


def _tidy_word(word: str, previous: str | None) -> str:
    lowered = word.lower()
    if previous is not None and lowered in PARTICLES:
        return lowered
    if previous is not None and lowered in ARTICLES and previous.lower() == "de":
        return lowered
    parts = re.split(r"(['’\-.])", word)
    return "".join(
        part[:1].upper() + part[1:].lower() if part.isupper() or part.islower() else part
        for part in parts
    )


def split_surnames(value: object) -> tuple[str, str]:
    """Two surnames of one cell, where it is certain which is which; the second may be none."""
    units: list[str] = []
    joined = False
    for word in text(value).split():
        if joined and units:
            units[-1] += f" {word}"
        else:
            units.append(word)
        joined = word.lower() in PARTICLES | {"la", "los", "las", "san", "santa"}
    if joined or len(units) > 2:
        raise ValueError(_("It is not certain which surname is which. Write them in two columns."))
    first, second = [*units, "", ""][:2]
    return normal_name(first), normal_name(second)


def split_full_name(value: object) -> tuple[str, str, str]:
    """(first surname, second surname, given names) of "SURNAMES, NAMES"; the comma is needed."""
    written = text(value)
    surnames, comma, names = written.partition(",")
    if written and not (comma and names.strip()):
        raise ValueError(
            _("It is not certain where the surnames end. Write a comma after them, or use columns.")
        )
    return (*split_surnames(surnames), normal_name(names))


def normal_email(value: object) -> str:
    """An e-mail address in lower case."""
    written = text(value).removeprefix("mailto:").strip(" <>").lower()
    if not written:
        return ""
    try:
        EmailValidator()(written)
    except ValidationError as error:
        raise ValueError(_("This is not one e-mail address, like nombre@dominio.pe.")) from error
    if len(written) > 254:
        raise ValueError(_("The e-mail address is longer than 254 signs."))
    return written


def normal_mobile(value: object) -> str:
    """A mobile in E.164; one with no country code is taken as Peruvian."""
    written = text(value)
    if not written:
        return ""
    digits = re.sub(r"[^\d+]", "", re.sub(r"\.0$", "", written))
    digits = re.sub(r"^00", "+", digits)
    if re.fullmatch(r"51[0-9]{9}", digits):
        digits = f"+{digits}"
    wrong = _("This is not a mobile number. A Peruvian one has 9 digits and begins with 9.")
    try:
        number = phonenumbers.parse(digits, "PE")
    except phonenumbers.NumberParseException as error:
        raise ValueError(wrong) from error
    kind = phonenumbers.number_type(number)
    if kind not in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}:
        raise ValueError(wrong)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_birth_date(value: object, *, today: dt.date) -> dt.date | None:
    """A birth date written in any usual way: day first, of a person of 18 to 90 years."""
    found = _read_date(value, today=today)
    if found is None:
        return None
    if found > today:
        raise ValueError(
            _("The date %(date)s lies in the future.") % {"date": date_format(found, "d/m/Y")}
        )
    age = today.year - found.year - ((today.month, today.day) < (found.month, found.day))
    if not YOUNGEST <= age <= OLDEST:
        raise ValueError(
            _("A person born on %(date)s would be %(age)d years old. Correct the date.")
            % {"date": date_format(found, "d/m/Y"), "age": age}
        )
    return found


def _read_date(value: object, *, today: dt.date) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    written = text(value)
    if not written:
        return None
    unreadable = _("This is not a date. Write it as dd/mm/yyyy.")
    if re.fullmatch(r"[0-9]{4,5}([.,][0-9]+)?", written) and not isinstance(value, bool):
        serial = int(float(written.replace(",", ".")))
        if serial <= 3000:  # a year alone, not a day of 1908
            raise ValueError(unreadable)
        return EXCEL_EPOCH + dt.timedelta(days=serial)
    if match := re.match(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:$|[T ])", written):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.match(
        r"([0-9]{1,2})\s*[-/. ]\s*([0-9]{1,2})\s*[-/. ]\s*([0-9]{4}|[0-9]{2})(?:$| [0-9:. ]+$)",
        written,
    ):
        day, month, year = int(match[1]), int(match[2]), _full_year(match[3], today)
    elif match := re.fullmatch(
        r"([0-9]{1,2})[-/. ]*(?:de )?([a-z]+)[-/. ]*(?:de |del )?([0-9]{4}|[0-9]{2})",
        re.sub(r"[-/.,]", " ", fold(written)),
    ):
        if match[2] not in MONTHS:
            raise ValueError(unreadable)
        day, month, year = int(match[1]), MONTHS[match[2]], _full_year(match[3], today)
    else:
        raise ValueError(unreadable)
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise ValueError(
            _("The date %(date)s does not exist. Write it as dd/mm/yyyy.") % {"date": written}
        ) from error


def _full_year(written: str, today: dt.date) -> int:
    """Of two digits, the one century in which the person is old enough to take part."""
    year = int(written)
    if len(written) == 4:
        return year
    century = today.year // 100 * 100
    return century + year if century + year <= today.year - YOUNGEST else century - 100 + year
