"""The weeks of an edition's modules, checked together: of rows sent at once none is saved yet."""

from typing import Any

from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Break, Cohort, CohortModule
from courses.timetable import BreakDates, teaching_weeks


class ModuleWeeksFormSet(BaseInlineFormSet):
    """Modules neither share a teaching week nor lie beyond the last one."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.instance.sent_together = tuple(row.pk for row in self.get_queryset())
        return form

    def clean(self) -> None:
        super().clean()
        forms = [form for form in self.forms if form not in self.deleted_forms and _is_whole(form)]
        count = week_count(self.instance)
        until: dict[int, CohortModule] = {}
        for form in forms:
            row = form.instance
            if row.last_week > count:
                form.add_error("last_week", _too_late(count))
            for week in range(row.first_week, min(row.last_week, count) + 1):
                if (other := until.setdefault(week, row)) is not row:
                    form.add_error(
                        "first_week",
                        _("These weeks overlap those of “%(module)s”.") % {"module": other},
                    )
                    break


def week_count(cohort: Cohort) -> int:
    breaks = [
        BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != Break.Kind.HOLIDAY)
        for row in cohort.breaks.all()
    ]
    return len(teaching_weeks(cohort.starts_on, cohort.ends_on, breaks))


def _is_whole(form: Any) -> bool:
    """Filled and without an error of its own, which is told first."""
    return form.is_valid() and {"module", "first_week", "last_week"} <= form.cleaned_data.keys()


def _too_late(count: int) -> str:
    return ngettext(
        "The edition has %(count)d teaching week.",
        "The edition has %(count)d teaching weeks: end by the last one, or lengthen the edition.",
        count,
    ) % {"count": count}
