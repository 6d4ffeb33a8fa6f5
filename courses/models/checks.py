"""Check constraints that several models share."""

from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _


def percent(model: str, field: str) -> CheckConstraint:
    return CheckConstraint(
        condition=Q(**{f"{field}__range": (0, 100)}),
        name=f"{model}_{field}_0_to_100",
        violation_error_message=_("A percentage lies between 0 and 100."),
    )


def ends_after_start(model: str, start: str, end: str) -> CheckConstraint:
    """The end may be the start's own day, or not be known yet."""
    return CheckConstraint(
        condition=Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": F(start)}),
        name=f"{model}_{end}_not_before_{start}",
        violation_error_message=_("The end lies before the start."),
    )
