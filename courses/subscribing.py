"""The ways into a calendar program: each takes the address in its own form."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlencode

import segno
from django.utils.safestring import SafeString, mark_safe

from courses.calendar_feed import calendar_name


@dataclass(frozen=True)
class Subscription:
    """`address` is the feed's whole address, https where the site is."""

    address: str

    @property
    def webcal(self) -> str:
        """What telephones and desktop programs open as a subscription, not as a download."""
        return f"webcal://{self.address.partition('://')[2]}"

    @property
    def google(self) -> str:
        return f"https://calendar.google.com/calendar/r?cid={quote(self.webcal, safe='')}"

    @property
    def outlook(self) -> str:
        query = urlencode({"url": self.address, "name": calendar_name()})
        return f"https://outlook.live.com/calendar/0/addfromweb?{query}"

    @property
    def office(self) -> str:
        query = urlencode({"url": self.address, "name": calendar_name()})
        return f"https://outlook.office.com/calendar/0/addfromweb?{query}"

    @cached_property
    def qr(self) -> SafeString:
        """Drawn in attributes alone, as the pages' policy refuses styles."""
        code = segno.make(self.webcal, error="m", micro=False)
        svg = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, light="#fff")
        return mark_safe(svg)  # noqa: S308 - segno draws it; the address is in it as squares only
