"""The picture of a competency's growth. Its look is in static/competencies.css."""

from collections.abc import Iterator

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from courses.models import Level
from participants.competency_growth import Ends

register = template.Library()

LEFT, STEP = 124, 60  # of level 1, and from one level to the next
LANES = (18, 44)


@register.simple_tag
def growth(own: Ends, observed: Ends, own_label: str, observed_label: str) -> SafeString:
    """Two lanes on a scale of four levels: hollow at the baseline, filled at the end.

    What it shows is read out; that it is a circle or a square tells the two raters apart without
    their colours.
    """
    lanes = ((own_label, own, "own"), (observed_label, observed, "observed"))
    words = " ".join(_words(label, ends) for label, ends, _kind in lanes)
    return format_html(
        '<svg class="growth" viewBox="0 0 320 74" role="img" aria-label="{}">{}{}</svg>',
        words,
        format_html_join(
            "", '<path class="growth-scale" d="M{} 6V56"/><text x="{}" y="71">{}</text>', _scale()
        ),
        format_html_join(
            "", "{}", ((_lane(y, *lane),) for y, lane in zip(LANES, lanes, strict=True))
        ),
    )


def _scale() -> Iterator[tuple[str, str, int]]:
    for level in Level.values:
        yield _x(level), _x(level), level


def _x(level: float) -> str:
    return f"{LEFT + (level - 1) * STEP:.1f}"


def _lane(y: int, label: str, ends: Ends, kind: str) -> SafeString:
    before, after = ends
    line = marks = SafeString("")
    if before is not None and after is not None:
        line = format_html('<path d="M{} {}H{}"/>', _x(before), y, _x(after))
    if before is not None:
        marks += _mark(kind, "before", before, y, 8 if before == after else 6)
    if after is not None:
        marks += _mark(kind, "after", after, y, 4 if before == after else 6)
    return format_html(
        '<g class="growth-{}"><text class="growth-label" x="0" y="{}">{}</text>{}{}</g>',
        kind,
        y + 4,
        label,
        line,
        marks,
    )


def _mark(kind: str, when: str, level: float, y: int, size: int) -> SafeString:
    if kind == "own":
        return format_html(
            '<circle class="growth-{}" cx="{}" cy="{}" r="{}"/>', when, _x(level), y, size
        )
    return format_html(
        '<rect class="growth-{}" x="{}" y="{}" width="{}" height="{}"/>',
        when,
        f"{LEFT + (level - 1) * STEP - size:.1f}",
        y - size,
        2 * size,
        2 * size,
    )


def _words(label: str, ends: Ends) -> str:
    before, after = (_figure(each) for each in ends)
    return _("%(who)s: baseline %(before)s, end %(after)s.") % {
        "who": label,
        "before": before,
        "after": after,
    }


def _figure(level: float | None) -> str:
    if level is None:
        return _("not rated")
    return number_format(level, decimal_pos=0 if level == int(level) else 2)
