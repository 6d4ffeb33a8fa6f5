"""All that happened to one person in one edition, in the order of time: steps, changes by hand,
offers and their answers, decisions on modules, and how many marks there are by now."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Group
from participants.enrollment_steps import Step, step_of
from participants.models import AttendanceRecord, Enrollment, Facility, ModuleCompletion, Offer

# Shown by the step itself, or of no use to a reader.
SILENT = {"id", "participant", "cohort"}
SAID_BY_STEP = {"status", "waitlist_rank"}


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Event:
    """`by` is None where the system or the person by a link did it; `on` is the day it counts
    from, where that is known."""

    at: dt.datetime
    title: str
    by: Any = None
    on: dt.date | None = None
    changes: tuple[Change, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Seven queries, whatever happened."""

    enrollment: Enrollment
    events: tuple[Event, ...]
    marks: tuple[Marks, ...]

    @classmethod
    def of(cls, enrollment: Enrollment) -> "Timeline":
        events = [*_steps(enrollment), *_answers(enrollment), *_decisions(enrollment)]
        return cls(enrollment, tuple(sorted(events, key=lambda e: e.at)), _marks(enrollment))


def _steps(enrollment: Enrollment) -> Iterator[Event]:
    versions = list(
        Enrollment.history.filter(id=enrollment.pk)
        .select_related("history_user")
        .order_by("history_date", "history_id")
    )
    names = _Names.of(versions)
    before: Any = None
    for version in versions:
        known = step_of(version.history_change_reason)
        step, on = known if known else (None, None)
        changes = tuple(_changes(before, version, names, step)) if before else ()
        if step or changes or before is None:
            yield Event(
                at=version.history_date,
                title=_title(step, is_first=before is None),
                by=version.history_user,
                on=on,
                changes=changes,
                note="" if before or step else version.get_status_display(),
            )
        before = version


def _title(step: Step | None, *, is_first: bool) -> str:
    if step:
        return str(step.label)
    return _("Entered") if is_first else _("Changed")


@dataclass(frozen=True, slots=True)
class _Names:
    """What the foreign keys of all versions are called, read once each."""

    known: dict[str, dict[int, str]]

    @classmethod
    def of(cls, versions: Iterable[Any]) -> "_Names":
        rows = list(versions)
        facilities = Facility.objects.filter(pk__in={row.facility_id for row in rows})
        groups = Group.objects.filter(pk__in={row.group_id for row in rows})
        others = Enrollment.objects.filter(pk__in={row.transferred_to_id for row in rows})
        return cls(
            {
                "facility": {row.pk: str(row) for row in facilities},
                "group": {row.pk: str(row) for row in groups},
                "transferred_to": dict(others.values_list("pk", "cohort__code")),
            }
        )

    def shown(self, version: Any, name: str) -> str:
        if name in self.known:
            return self.known[name].get(getattr(version, f"{name}_id"), "—")
        display = getattr(version, f"get_{name}_display", None)
        value = display() if display else getattr(version, name)
        if isinstance(value, dt.date):
            return f"{value:%d/%m/%Y}"
        return "—" if value in (None, "") else str(value)


def _changes(before: Any, after: Any, names: _Names, step: Step | None) -> Iterator[Change]:
    for field in Enrollment._meta.concrete_fields:
        if field.name in SILENT or (step and field.name in SAID_BY_STEP):
            continue
        if getattr(before, field.attname) != getattr(after, field.attname):
            old, new = names.shown(before, field.name), names.shown(after, field.name)
            yield Change(str(field.verbose_name), old, new)


def _answers(enrollment: Enrollment) -> Iterator[Event]:
    """The step says that there was an offer; this, that it was mailed and until when it stood."""
    for offer in Offer.objects.filter(enrollment=enrollment):
        if offer.mailed_at is not None:
            until = _("It could be answered until %(moment)s.") % {"moment": _moment(offer)}
            yield Event(at=offer.mailed_at, title=_("Offer mailed"), note=until)


def _moment(offer: Offer) -> str:
    return f"{timezone.localtime(offer.expires_at):%d/%m/%Y %H:%M}"


def _decisions(enrollment: Enrollment) -> Iterator[Event]:
    versions = (
        ModuleCompletion.history.filter(enrollment_id=enrollment.pk)
        .select_related("history_user", "cohort_module__module")
        .order_by("history_id")
    )
    for version in versions:
        reason = version.get_override_reason_display() if version.override_reason else ""
        title = _("“%(module)s”: %(outcome)s") % {
            "module": version.cohort_module,
            "outcome": version.get_outcome_display(),
        }
        yield Event(at=version.history_date, title=title, by=version.history_user, note=reason)


def _marks(enrollment: Enrollment) -> tuple[Marks, ...]:
    counts = dict(
        AttendanceRecord.objects.filter(enrollment=enrollment)
        .order_by()
        .values_list("state")
        .annotate(n=Count("pk"))
    )
    return tuple(
        Marks(str(state.label), counts.get(state.value, 0)) for state in AttendanceRecord.State
    )
