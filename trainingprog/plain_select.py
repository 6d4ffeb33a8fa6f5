"""A select for pages that have hundreds of them."""

from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


class PlainSelect(forms.Select):
    """Django's own in what it shows, without a template for each option: that is most of the time
    of a page with a select for each of 132 people. No groups of options."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = "".join(
            f"<option{start} selected{end}" if key in chosen else f"<option{start}{end}"
            for key, start, end in option_parts(tuple(self.choices))
        )
        own = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, own, mark_safe(options))  # noqa: S308


@lru_cache(maxsize=4)
def option_parts(choices: tuple[tuple[Any, Any], ...]) -> list[tuple[str, str, str]]:
    """Of each option its value and its text, escaped, before and after where “selected” goes.

    The selects of a page mostly have the same options: they are made once.
    """
    return [
        (
            "" if key is None else str(key),
            format_html(' value="{}"', "" if key is None else key),
            format_html(">{}</option>", label),
        )
        for key, label in choices
    ]
