"""What a rule asks of one person, each with how the person stands before it, in words.

*Met* stays met whatever comes. *Not yet* can still be met, by some way in which what is open may
go; *no longer possible* cannot by any, while something is still open; *not met* is short with
everything over. Once it is decided, what is short is not met either; what is reached, and short
only of an attempt that could lower it, is met.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.grades import shown


class Standing(StrEnum):
    MET = "met"
    NOT_YET = "not_yet"
    OUT_OF_REACH = "out_of_reach"
    NOT_MET = "not_met"


LABELS: dict[Standing, Promise] = {
    Standing.MET: gettext_lazy("meets it"),
    Standing.NOT_YET: gettext_lazy("can still meet it"),
    Standing.OUT_OF_REACH: gettext_lazy("can no longer meet it"),
    Standing.NOT_MET: gettext_lazy("did not meet it"),
}
# What gives a decision against it no need of a reason.
FAILED = (Standing.OUT_OF_REACH, Standing.NOT_MET)


class Kind(StrEnum):
    ATTENDANCE = "attendance"
    AVERAGE = "average"
    SCORE = "score"
    MAKE_UPS = "make_ups"
    COMPETENCIES = "competencies"
    MODULE = "module"
    SIGN_OFF = "sign_off"


ASKS: dict[Kind, Promise] = {
    Kind.ATTENDANCE: gettext_lazy("At least %(minimum)d %% attendance"),
    Kind.AVERAGE: gettext_lazy("Average of at least %(minimum)s"),
    Kind.SCORE: gettext_lazy("At least %(minimum)s in “%(title)s”"),
    Kind.MAKE_UPS: gettext_lazy("The make-ups assigned are done"),
    Kind.COMPETENCIES: gettext_lazy("The competencies are rated"),
    Kind.MODULE: gettext_lazy("%(module)s completed"),
    Kind.SIGN_OFF: gettext_lazy("The tutor signs off"),
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a rule asks for, and how a person stands before it.

    `missing` says how much is lacking as of now, `reach` what can still come of it; both are empty
    where it is met. `figures` is what a decision keeps. `of` is the id of the assessment or module
    that it is about. `is_reached`: it is met where no attempt that is left is taken any more.
    """

    kind: Kind
    standing: Standing
    missing: str = ""
    reach: str = ""
    of: int | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    is_reached: bool = False

    @property
    def asks(self) -> str:
        told = dict(self.figures)
        if self.kind in (Kind.AVERAGE, Kind.SCORE):
            told["minimum"] = shown(told["minimum"])
        return str(ASKS[self.kind]) % told

    @property
    def is_met(self) -> bool:
        return self.standing == Standing.MET

    @property
    def label(self) -> str:
        return str(LABELS[self.standing])

    @property
    def if_decided(self) -> "Requirement":
        """Whoever decides waits for no attempt that is left; `missing` says so."""
        if self.is_met or not self.is_reached:
            return self
        text = _("%(asks)s: reached; an attempt that is left is not waited for")
        missing = text % {"asks": self.asks}
        return replace(self, standing=Standing.MET, missing=missing, reach="")

    @property
    def kept(self) -> dict[str, Any]:
        """As plain JSON, for the decision that saw it."""
        about = {} if self.of is None else {"of": self.of}
        return {"kind": str(self.kind), "standing": str(self.standing), **about, **self.figures}


@dataclass(frozen=True)
class Requirements:
    """All that a rule asks of a person. Without any, it is met."""

    each: tuple[Requirement, ...] = ()

    @cached_property
    def standing(self) -> Standing:
        """Not met only once nothing is open: until then what failed makes it no longer possible.

        A sign-off that is not given keeps nothing open that failed.
        """
        found = {each.standing for each in self.each if each.kind != Kind.SIGN_OFF}
        if found & set(FAILED):
            is_open = found & {Standing.NOT_YET, Standing.OUT_OF_REACH}
            return Standing.OUT_OF_REACH if is_open else Standing.NOT_MET
        return Standing.MET if all(each.is_met for each in self.each) else Standing.NOT_YET

    @property
    def label(self) -> str:
        return str(LABELS[self.standing])

    @property
    def tone(self) -> str:
        """Good, a warning or bad, as a page colours it."""
        return {Standing.MET: "good", Standing.NOT_YET: "warn"}.get(self.standing, "bad")

    @property
    def is_met(self) -> bool:
        return self.standing == Standing.MET

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """What can no longer be met comes first."""
        missing = (each for each in self.each if not each.is_met)
        return tuple(sorted(missing, key=lambda each: each.standing not in FAILED))

    @property
    def in_words(self) -> str:
        """What is missing, in one line; empty where everything is met."""
        return "; ".join(each.missing for each in self.missing)

    @property
    def kept(self) -> list[dict[str, Any]]:
        return [each.kept for each in self.each]

    def but(self, *kinds: Kind) -> "Requirements":
        return Requirements(tuple(each for each in self.each if each.kind not in kinds))

    @property
    def told(self) -> tuple[Requirement, ...]:
        """What there is to say of: what is missing, or where nothing is, what is not waited for."""
        return self.missing or tuple(each for each in self.each if each.missing)

    def if_decided(self) -> "Requirements":
        """As they stand for who decides now."""
        if not any(each.is_reached and not each.is_met for each in self.each):
            return self
        return Requirements(tuple(each.if_decided for each in self.each))

    def once_decided(self) -> "Requirements":
        """What is short then is not met, however much of it was open."""
        return Requirements(
            tuple(
                each if each.is_met else replace(each, standing=Standing.NOT_MET, reach="")
                for each in self.if_decided().each
            )
        )
