"""The small pictures of which pages are made. Widths are SVG attributes, never style="": the
pages' policy refuses inline styles. Percentages are 0 to 100, or None where nothing counts yet."""

import re
from decimal import ROUND_DOWN, Decimal

from django import template
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.attendance_marks import SHOWN

register = template.Library()

# Not inside an address: there no space, comma or bracket stands on both sides.
TELEPHONE = re.compile(r"(?<![^\s(,;:])(\+?\(?\d[\d ()-]{5,}\d)(?![^\s),;.])")

type Number = int | float | Decimal


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag
def mark(state: str | None) -> SafeString:
    """One attendance state as a letter on its colour, read out as its word."""
    letter, word = SHOWN.get(state or "", ("·", gettext_lazy("Not taken")))
    return format_html(
        '<span class="mark mark-{}" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        state if state in SHOWN else "none",
        word,
        letter,
        word,
    )


@register.filter
def contact(text: str) -> SafeString:
    """Whom to write to or call, with what a phone can tap: addresses, mails, telephone numbers."""
    parts = TELEPHONE.split(text)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="tel:{}">{}</a>', re.sub(r"[^\d+]", "", part), part),)
            if TELEPHONE.fullmatch(part)
            else (mark_safe(urlize(part, autoescape=True)),)  # noqa: S308 - urlize escapes
            for part in parts
        ),
    )


@register.filter
def percent(value: Number | None) -> str:
    """Cut, not rounded, to one decimal: 79.96 of a minimum of 80 must not read as 80."""
    if value is None:
        return "—"
    cut = Decimal(str(value)).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
    places = 0 if cut == cut.to_integral_value() else 1
    return f"{number_format(cut, decimal_pos=places)}\u00a0%"


@register.filter
def minus_sign(figure: str) -> str:
    """A figure below 0 has a minus, as in the pictures, not a hyphen."""
    return figure.replace("-", "−", 1)


def _clamped(value: Number | None) -> str:
    return f"{min(max(float(value or 0), 0.0), 100.0):.2f}"


@register.simple_tag
def percent_bar(value: Number | None, minimum: Number | None = None) -> SafeString:
    """One percentage; red under the minimum. The figure itself stands beside it in the page."""
    low = minimum is not None and value is not None and value < minimum
    return format_html(
        '<svg class="bar{}" aria-hidden="true"><rect class="bar-ground" width="100%" height="100%">'
        '</rect><rect class="bar-fill" width="{}%" height="100%"></rect>{}</svg>',
        " bar-low" if low else "",
        _clamped(value),
        _tick(minimum),
    )


@register.simple_tag
def range_bar(
    certain: Number | None,
    best: Number | None,
    minimum: Number | None = None,
    to_date: Number | None = None,
) -> SafeString:
    """Solid: already certain; pale: best still possible; tick: the minimum. Red where even the
    best stays under the minimum."""
    low = minimum is not None and best is not None and best < minimum
    words = _("Certain %(certain)s, best still possible %(best)s, to date %(to_date)s") % {
        "certain": percent(certain),
        "best": percent(best),
        "to_date": percent(to_date),
    }
    return format_html(
        '<svg class="bar{}" role="img" aria-label="{}"><title>{}</title>'
        '<rect class="bar-ground" width="100%" height="100%"></rect>'
        '<rect class="bar-best" width="{}%" height="100%"></rect>'
        '<rect class="bar-fill" width="{}%" height="100%"></rect>{}</svg>',
        " bar-low" if low else "",
        words,
        words,
        _clamped(best),
        _clamped(certain),
        _tick(minimum),
    )


def _tick(minimum: Number | None) -> SafeString:
    if minimum is None:
        return SafeString("")
    return format_html(
        '<rect class="bar-tick" x="{}%" width="2" height="100%"></rect>', _clamped(minimum)
    )
