"""A level for each of several keys: competencies of one person, or people in one competency."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from courses.models import Level


@dataclass(frozen=True, slots=True)
class LevelRow:
    """As it stands in the form: what is chosen, and the level that the page showed before."""

    key: int
    level: int | None
    seen: int | None


class LevelForm(forms.Form):
    """`stored` are the levels by key. What the page showed travels along, so that what was rated
    otherwise meanwhile is not overwritten."""

    def __init__(self, data: Any, *, stored: Mapping[int, int | None]) -> None:
        super().__init__(data)
        self.stored = stored
        for key, level in stored.items():
            for name in (f"level_{key}", f"seen_{key}"):
                self.fields[name] = forms.TypedChoiceField(
                    choices=Level.choices,
                    coerce=int,
                    empty_value=None,
                    required=False,
                    initial=level,
                )

    def rows(self) -> Iterator[LevelRow]:
        for key in self.stored:
            yield LevelRow(key, self._shown(f"level_{key}"), self._shown(f"seen_{key}"))

    def chosen(self) -> dict[int, int]:
        values = {key: self.cleaned_data[f"level_{key}"] for key in self.stored}
        return {key: level for key, level in values.items() if level is not None}

    def seen(self) -> dict[int, int | None]:
        return {key: self.cleaned_data[f"seen_{key}"] for key in self.stored}

    def _shown(self, name: str) -> int | None:
        value = str(self[name].value() or "")
        return int(value) if value in map(str, Level.values) else None
