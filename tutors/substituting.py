"""A substitute guides a group between two dates; the regular tutor keeps it, and both may save.

A group is without a tutor on the days that no assignment covers: `group_tutors` finds them before
they come.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from courses.models import Cohort, Group, Session
from participants.enrolling import locked_cohort
from participants.places import refuse_closed
from tutors.models import Tutor, TutorAssignment
from tutors.own_sessions import sessions_guided
from tutors.scope import SAVES_AFTER_END

ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def substitute(
    group: Group,
    tutor: Tutor,
    *,
    starts_on: dt.date,
    ends_on: dt.date,
    today: dt.date,
    by: AbstractBaseUser | None,
) -> TutorAssignment:
    """Both days are included. Refused at its field: dates outside the edition or the wrong way
    round, a substitution so long past that no register could be saved, a tutor who guides the
    group already on some of the days; and a closed edition."""
    cohort = locked_cohort(group.cohort_id)
    refuse_closed(cohort)
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if not cohort.starts_on <= day <= cohort.ends_on:
            raise ValidationError({field: _outside(cohort)}, code="outside")
    if ends_on + SAVES_AFTER_END < today:
        raise ValidationError(
            {"ends_on": _("This is so long ago that no register could be saved any more.")},
            code="past",
        )
    assignment = TutorAssignment(tutor=tutor, group=group, starts_on=starts_on, ends_on=ends_on)
    assignment.full_clean()
    assignment._history_user = by  # type: ignore[attr-defined]
    assignment.save()
    return assignment


@transaction.atomic
def end_substitution(
    assignment: TutorAssignment, *, today: dt.date, by: AbstractBaseUser | None
) -> None:
    """Taken back whole up to its first day; from then on it ends with today, and the registers of
    the days that were can still be saved. One that ends today or is over stays as it was."""
    cohort = locked_cohort(assignment.group.cohort_id)
    refuse_closed(cohort)
    assignment = TutorAssignment.objects.select_for_update().get(pk=assignment.pk)
    is_ahead = assignment.starts_on >= today
    if assignment.ends_on is None or (assignment.ends_on <= today and not is_ahead):
        raise ValidationError(_("This substitution ends today or is over."), code="over")
    assignment._history_user = by  # type: ignore[attr-defined]
    if is_ahead:
        assignment.delete()
        return
    assignment.ends_on = today
    assignment.save(update_fields=["ends_on"])


def in_two_places(assignment: TutorAssignment) -> tuple[tuple[Session, Session], ...]:
    """The sessions of the substitution, each with one that the tutor guides elsewhere meanwhile."""
    others = TutorAssignment.objects.filter(tutor=assignment.tutor_id).exclude(pk=assignment.pk)
    elsewhere = _not_cancelled(others.select_related("group"))
    return tuple(
        (session, other)
        for session in _not_cancelled([assignment])
        for other in elsewhere
        if other.pk != session.pk
        and other.starts_at < session.ends_at
        and session.starts_at < other.ends_at
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a tutor, both included."""

    group: Group
    starts_on: dt.date
    ends_on: dt.date

    @property
    def is_one_day(self) -> bool:
        return self.starts_on == self.ends_on


@dataclass(frozen=True, slots=True)
class GroupTutors:
    """A group's assignments that have not ended: without a last day, and with one."""

    group: Group
    regular: tuple[TutorAssignment, ...]
    dated: tuple[TutorAssignment, ...]
    gaps: tuple[Gap, ...]


def group_tutors(cohort: Cohort, *, today: dt.date) -> tuple[GroupTutors, ...]:
    """By group, with the gaps from today, or the edition's first day, to its last; a closed
    edition has none. Two queries."""
    first = max(today, cohort.starts_on)
    assignments = TutorAssignment.objects.select_related("tutor").order_by("starts_on", "pk")
    groups = cohort.groups.order_by("number").prefetch_related(
        Prefetch("tutor_assignments", queryset=assignments)
    )
    found = []
    for group in groups:
        known = [each for each in group.tutor_assignments.all() if not _is_over(each, today)]
        spans = [(each.starts_on, each.ends_on) for each in known]
        is_closed = cohort.status == Cohort.Status.CLOSED
        free = [] if is_closed else uncovered(first, cohort.ends_on, spans)
        found.append(
            GroupTutors(
                group,
                regular=tuple(each for each in known if each.ends_on is None),
                dated=tuple(each for each in known if each.ends_on is not None),
                gaps=tuple(Gap(group, start, end) for start, end in free),
            )
        )
    return tuple(found)


def _is_over(assignment: TutorAssignment, today: dt.date) -> bool:
    return assignment.ends_on is not None and assignment.ends_on < today


def uncovered(
    first: dt.date, last: dt.date, covered: Iterable[tuple[dt.date, dt.date | None]]
) -> list[tuple[dt.date, dt.date]]:
    """The days from `first` to `last` that no span covers, as spans; all include both ends. A span
    without an end goes on for good."""
    found = []
    free = first
    for start, end in sorted(covered, key=lambda span: span[0]):
        if free > last:
            break
        if start > free:
            found.append((free, min(start - ONE_DAY, last)))
        if end is None:
            return found
        free = max(free, end + ONE_DAY)
    if free <= last:
        found.append((free, last))
    return found


def _not_cancelled(assignments: Iterable[TutorAssignment]) -> list[Session]:
    return list(sessions_guided(assignments).exclude(status=Session.Status.CANCELLED))


def _outside(cohort: Cohort) -> str:
    return _("The edition goes from %(first)s to %(last)s.") % {
        "first": f"{cohort.starts_on:%d/%m/%Y}",
        "last": f"{cohort.ends_on:%d/%m/%Y}",
    }
