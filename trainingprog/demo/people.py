"""The participants of the running edition: invented, and the same at every load."""

import datetime as dt
import random
import tomllib
from collections.abc import Sequence
from pathlib import Path

from participants.models import (
    DocumentType,
    EmploymentRegime,
    Facility,
    LicenceBoard,
    Participant,
    Profession,
    Service,
    Sex,
)

NAMES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "data" / "names.toml").read_text(encoding="utf-8")
)
BOARDS = {
    Profession.PSYCHOLOGY: LicenceBoard.CPSP,
    Profession.NURSING: LicenceBoard.CEP,
    Profession.MEDICINE: LicenceBoard.CMP,
    Profession.PSYCHIATRY: LicenceBoard.CMP,
    Profession.SOCIAL_WORK: LicenceBoard.CTSP,
    Profession.OCCUPATIONAL_THERAPY: LicenceBoard.CTMP,
}


def invented_participants(count: int, facilities: Sequence[Facility]) -> list[Participant]:
    """Unsaved people, their facilities taken in turn so that all regions are there."""
    chance = random.Random(2026)
    return [_invented(number, facilities, chance) for number in range(1, count + 1)]


def _invented(number: int, facilities: Sequence[Facility], chance: random.Random) -> Participant:
    woman = chance.random() < 0.75
    given = chance.choice(NAMES["women" if woman else "men"])
    paternal, maternal = chance.sample(NAMES["surnames"], 2)
    profession = chance.choice([*BOARDS, Profession.PSYCHOLOGY, Profession.NURSING])
    facility = facilities[number % len(facilities)]
    return Participant(
        document_type=DocumentType.DNI,
        document_number=f"{60000000 + number * 7919}",
        paternal_surname=paternal,
        maternal_surname=maternal,
        given_names=given,
        sex=Sex.FEMALE if woman else Sex.MALE,
        birth_date=dt.date(1965, 1, 1) + dt.timedelta(days=chance.randrange(11_000)),
        email=f"participante{number}@demo.example",
        mobile=f"+519{chance.randrange(10_000_000, 99_999_999)}",
        profession=profession,
        licence_board=BOARDS[profession],
        licence_number=str(chance.randrange(10_000, 99_999)),
        employment_regime=chance.choice(EmploymentRegime.values[:5]),
        service=Service.MAMIS if facility.name.startswith("Hospital") else Service.CSMC,
        facility=facility,
    )
