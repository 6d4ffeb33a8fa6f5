"""Form fields that read what a coordinator writes and keep it in the product's own form."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from participants.normalising import normal_mobile


class WeekListField(forms.CharField):
    """Teaching weeks with commas, and ranges: “4, 9, 14” or “1-6, 12”."""

    widget = UnfoldAdminTextInputWidget
    default_error_messages = {
        "weeks": _("Write the teaching weeks as numbers from 1, with commas, like 4, 9, 14."),
    }
    longest = 60

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[int]:  # type: ignore[override]
        weeks: set[int] = set()
        for part in filter(None, re.split(r"[\s,;]+", str(value or "").strip())):
            match = re.fullmatch(r"(\d{1,3})(?:[-–](\d{1,3}))?", part)
            if match is None:
                raise ValidationError(self.error_messages["weeks"], code="weeks")
            first, last = int(match[1]), int(match[2] or match[1])
            if not 1 <= first <= last <= self.longest:
                raise ValidationError(self.error_messages["weeks"], code="weeks")
            weeks.update(range(first, last + 1))
        return sorted(weeks)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or []) != self.to_python(data)
        except ValidationError:
            return True


class MobileField(forms.CharField):
    """A Peruvian mobile may be written as its 9 digits; any other with its country code."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> str:
        try:
            return normal_mobile(super().to_python(value))
        except ValueError as error:
            raise ValidationError(str(error), code="mobile") from error
