"""What is shown to the room while check-in is open: the code of the moment, and its QR."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass

import segno
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from participants.check_in_codes import link_code
from participants.models import CheckInWindow
from participants.rotating_codes import STEP, code_of, step_at, step_ends_at


@dataclass(frozen=True, slots=True)
class Screen:
    """`link` is the whole address that the QR holds."""

    step: int
    code: str
    link: str
    seconds_left: int

    @classmethod
    def of(
        cls, window: CheckInWindow, *, at: dt.datetime, absolute: Callable[[str], str]
    ) -> "Screen":
        step = step_at(at)
        path = reverse("participants:scan", args=[window.pk, link_code(window, at=at)])
        left = (step_ends_at(step) - at).total_seconds()
        return cls(step, code_of(window.secret, step), absolute(path), math.ceil(left))

    @property
    def halves(self) -> tuple[str, str]:
        middle = len(self.code) // 2
        return self.code[:middle], self.code[middle:]

    @property
    def percent_left(self) -> int:
        return round(100 * self.seconds_left / STEP.total_seconds())

    @property
    def qr(self) -> SafeString:
        """As coarse as can be: it is read from the back of a room."""
        code = segno.make(self.link, error="l", micro=False)
        svg = code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None, light="#fff")
        return mark_safe(svg)  # noqa: S308 - segno draws it; the address is in it as squares only
