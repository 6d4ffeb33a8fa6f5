"""What people call themselves in a meeting: a name in any order, a number, a region, a device."""

import re
from dataclasses import dataclass

from participants.models import Region
from participants.normalising import fold

APART = re.compile(r"[()\[\]{}<>|/\\–—_:;•·#*]|\s+-+\s*|\s*-+\s+")
THOUSANDS = re.compile(r"(?<=\d)[.\s](?=\d{3}(?:\D|$))")
NUMBER = re.compile(r"(?:dni|ce|n)?([0-9]{6,12})|(?=.*[0-9])(?=.*[a-z])([a-z0-9]{8,12})")
PARTICLES = frozenset({"de", "del", "la", "las", "los", "y", "e"})
# Titles, trades and what the programs add; none of them is a name.
BESIDE_THE_NAME = frozenset(
    word
    for words in (
        "dni ce nro lic licda dr dra psic psi ps mg mag mgtr ing sr sra srta obst",
        "enf med tec prof doctor doctora licenciada licenciado psicologa psicologo enfermera",
        "enfermero",
        "modulo grupo host anfitrion anfitriona cohost coanfitrion me yo invitado invitada guest",
        "externo externa",
        "external unverified verificado presenter organizer participante",
    )
    for word in words.split()
)
DEVICES = frozenset(
    word
    for words in (
        "iphone ipad android samsung galaxy redmi xiaomi huawei motorola oppo realme nokia lenovo",
        "laptop desktop macbook windows celular movil telefono phone tablet dispositivo",
        "computadora usuario user zoom teams meet",
    )
    for word in words.split()
)
PLACES = frozenset(
    word
    for words in (
        "csmc mamis hospital centro ensap minsa diresa diris geresa essalud soporte posta clinica",
        "instituto ipress red microred salud",
    )
    for word in words.split()
)
REGIONS = {fold(region.label): region.value for region in Region} | {
    "lima metropolitana": "15",
    "lima provincias": "15",
    "lima region": "15",
    "cuzco": "08",
}
# A name has fewer; each is compared with each of every person's.
MOST_WORDS = 10
REGION_WORDS = frozenset({"region", "dpto", "departamento", "provincia", "peru"})


@dataclass(frozen=True, slots=True)
class ShownName:
    """`words` are the name's, `initials` its single letters; `region` is certain if set apart.

    `tail_region` are the last words, where they may be a region or a surname, with the words
    without them.
    """

    words: frozenset[str] = frozenset()
    initials: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    region: str = ""
    tail_region: str = ""
    words_before: frozenset[str] = frozenset()
    is_device: bool = False

    @classmethod
    def of(cls, shown: str) -> "ShownName":
        words: list[str] = []
        numbers: set[str] = set()
        region = ""
        is_device = False
        parts = [part for part in APART.split(THOUSANDS.sub("", shown)) if part.strip()]
        for part in parts:
            said = []
            for word in fold(part).split():
                if match := NUMBER.fullmatch(word):
                    numbers.add((match[1] or match[2]).upper())
                elif not word.isdigit():
                    said.append(word)
            is_device = is_device or not DEVICES.isdisjoint(said)
            said = [word for word in said if word not in BESIDE_THE_NAME | DEVICES]
            apart = " ".join(word for word in said if word not in REGION_WORDS)
            if len(parts) > 1 and apart in REGIONS:
                region = REGIONS[apart]
                continue
            named = next((at for at, word in enumerate(said) if word in PLACES), len(said))
            words += said[:named]
        words = words[:MOST_WORDS]
        tail, before = _tail_region(words)
        return cls(
            frozenset(word for word in words if len(word) > 1),
            frozenset(word for word in words if len(word) == 1 and word not in PARTICLES),
            frozenset(numbers),
            region,
            tail,
            frozenset(word for word in before if len(word) > 1),
            is_device,
        )

    @property
    def tells_who(self) -> bool:
        """Many an iPhone is called so: a device, with its model or not, is nobody's name."""
        words = self.words - PARTICLES
        return bool(self.numbers) or any(word.isalpha() or not self.is_device for word in words)


def _tail_region(words: list[str]) -> tuple[str, list[str]]:
    for size in (3, 2, 1):
        tail = " ".join(words[-size:])
        if len(words) > size and tail in REGIONS:
            return REGIONS[tail], words[:-size]
    return "", words
