"""The admin's first page: the current editions with their figures, instead of a list of tables."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from courses.models import Break, Cohort, Session
from courses.timetable import BreakDates, teaching_weeks
from participants.models import Enrollment
from participants.overdue import overdue_count_by_cohort

CURRENT = (Cohort.Status.DRAFT, Cohort.Status.OPEN, Cohort.Status.RUNNING)


@dataclass(frozen=True, slots=True)
class EditionCard:
    cohort: Cohort
    enrolled: int
    groups: int
    held: int
    sessions: int
    week: int | None
    weeks: int
    next_session: Session | None
    overdue: int


def with_editions(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's dashboard callback."""
    user = request.user
    if user.has_perm("courses.view_cohort") and user.has_perm("participants.view_enrollment"):
        context["editions"] = edition_cards(at=timezone.now())
        context["can_add_cohort"] = user.has_perm("courses.add_cohort")
        context["can_find_person"] = user.has_perm("participants.view_participant")
    return context


def edition_cards(*, at: dt.datetime) -> list[EditionCard]:
    """The editions that are not closed, those that run first. Four queries for any number."""
    cohorts = list(_cohorts(at))
    upcoming = Session.objects.in_bulk([c.next_pk for c in cohorts if c.next_pk is not None])
    overdue = overdue_count_by_cohort([cohort.pk for cohort in cohorts], at=at)
    today = timezone.localtime(at).date()
    cards = []
    for cohort in cohorts:
        breaks = [_dates(row) for row in cohort.breaks.all()]
        weeks = teaching_weeks(cohort.starts_on, cohort.ends_on, breaks)
        current = [week.number for week in weeks if week.monday <= today <= week.sunday]
        cards.append(
            EditionCard(
                cohort=cohort,
                enrolled=cohort.enrolled_number or 0,
                groups=cohort.groups_number,
                held=cohort.held_number or 0,
                sessions=cohort.sessions_number or 0,
                week=current[0] if current else None,
                weeks=len(weeks),
                next_session=upcoming.get(cohort.next_pk),
                overdue=overdue.get(cohort.pk, 0),
            )
        )
    return sorted(cards, key=lambda card: card.cohort.status != Cohort.Status.RUNNING)


def _cohorts(at: dt.datetime) -> QuerySet[Any]:
    def number(queryset: QuerySet[Any]) -> Subquery:
        """Each its own subquery: counts over sibling joins would multiply."""
        per_cohort = queryset.filter(cohort=OuterRef("pk")).order_by().values("cohort")
        return Subquery(per_cohort.annotate(number=Count("pk")).values("number"))

    counted = Session.objects.counted()
    upcoming = counted.not_ended(at).filter(cohort=OuterRef("pk")).order_by("starts_at", "id")
    return (
        Cohort.objects.filter(status__in=CURRENT)
        .select_related("program")
        .prefetch_related("breaks")
        .annotate(
            enrolled_number=number(Enrollment.objects.active()),
            held_number=number(counted.ended(at)),
            sessions_number=number(counted),
            groups_number=Count("groups"),
            next_pk=Subquery(upcoming.values("pk")[:1]),
        )
    )


def _dates(row: Break) -> BreakDates:
    return BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != row.Kind.HOLIDAY)
