"""Surveys are planned, opened to those who took part, and wound up once their last day is over."""

import calendar
import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.models import Cohort, CohortModule, Group
from courses.timetable import BreakDates, teaching_weeks
from participants.models import AnsweredMark, Enrollment, QuestionSet, Survey, SurveyInvitation
from participants.small_cells import LEAST

Purpose = QuestionSet.Purpose
ASKED_IN = (Cohort.Status.RUNNING, Cohort.Status.CLOSED)


def module_days(cohort: Cohort) -> dict[int, tuple[dt.date, dt.date]]:
    """By module of the edition its first and last day, a Monday and a Sunday. Two queries."""
    breaks = [
        BreakDates(row.starts_on, row.ends_on, row.reason, row.kind != row.Kind.HOLIDAY)
        for row in cohort.breaks.all()
    ]
    weeks = {week.number: week for week in teaching_weeks(cohort.starts_on, cohort.ends_on, breaks)}
    return {
        module.pk: (weeks[module.first_week].monday, weeks[module.last_week].sunday)
        for module in cohort.cohort_modules.all()
        if module.first_week in weeks and module.last_week in weeks
    }


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def opening_days(cohort: Cohort) -> dict[tuple[str, int | None], dt.date]:
    """By purpose and module, when its survey opens of its own: the Monday after the module's last
    teaching week, and months after the edition's last day."""
    found: dict[tuple[str, int | None], dt.date] = {}
    for module, (_first, last) in module_days(cohort).items():
        found[Purpose.MODULE, module] = found[Purpose.TUTOR, module] = last + dt.timedelta(days=1)
    for purpose, months in QuestionSet.FOLLOW_UPS.items():
        found[purpose, None] = months_after(cohort.ends_on, months)
    return found


@transaction.atomic
def plan_survey(
    cohort: Cohort,
    purpose: str,
    *,
    opens_on: dt.date,
    closes_on: dt.date | None = None,
    cohort_module: CohortModule | None = None,
    group: Group | None = None,
    about: str = "",
    again: bool = False,
) -> Survey:
    """With the set in force, for as long as that says. Planned before, it is the same one, also
    where that was cancelled; but `again` plans another instead of a cancelled one.

    Raises ValidationError: "no_set" where nothing is published for the purpose.
    """
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    known = (
        Survey.objects.filter(
            cohort=cohort, purpose=purpose, cohort_module=cohort_module, group=group
        )
        .order_by("pk")
        .last()
    )
    if known is not None and not (again and known.is_cancelled):
        return known
    question_set = QuestionSet.objects.in_force(purpose)
    if question_set is None:
        raise ValidationError(_("Publish a question set for this purpose first."), code="no_set")
    survey = Survey(
        cohort=cohort,
        question_set=question_set,
        purpose=purpose,
        cohort_module=cohort_module,
        group=group,
        about=about,
        opens_on=opens_on,
        closes_on=closes_on or question_set.last_day(opens_on),
    )
    survey.full_clean()
    survey.save()
    return survey


def whom_to_ask(survey: Survey) -> QuerySet[Enrollment]:
    """Who holds a place, in the group where it is about its tutor."""
    people = Enrollment.objects.active().filter(cohort=survey.cohort_id)
    return people.filter(group=survey.group_id) if survey.group_id else people


@transaction.atomic
def open_survey(survey: Survey, *, today: dt.date) -> bool:
    """Invites who is in it now, once. False where it is not its days, or too few would be asked
    for an anonymous one ever to show a result."""
    row = Survey.objects.select_for_update().get(pk=survey.pk)
    if row.is_cancelled:
        return False
    if row.invited is not None:
        return True
    people = list(whom_to_ask(row).order_by("pk").values_list("pk", flat=True))
    if not row.opens_on <= today <= row.closes_on or (row.is_anonymous and len(people) < LEAST):
        return False
    row.invited = survey.invited = len(people)
    row.save(update_fields=["invited"])
    SurveyInvitation.objects.bulk_create(
        SurveyInvitation(survey=row, enrollment_id=pk) for pk in people
    )
    return True


@transaction.atomic
def set_days(survey: Survey, *, opens_on: dt.date, closes_on: dt.date, today: dt.date) -> None:
    """The first day changes before it opens, the last while it has not closed.

    A survey that is over stays so: its results may have been seen, and with one answer more they
    would tell that answer. Raises ValidationError, at the field where it is of one.
    """
    row = Survey.objects.select_for_update().get(pk=survey.pk)
    if row.is_closed(today) or row.is_cancelled:
        raise ValidationError(_("It is over and does not open again."), code="closed")
    if row.invited is not None and opens_on != row.opens_on:
        raise ValidationError({"opens_on": _("It is open already.")})
    if closes_on < today:
        raise ValidationError({"closes_on": _("It can be open until today at the earliest.")})
    row.opens_on, row.closes_on = opens_on, closes_on
    row.full_clean()
    row.save(update_fields=["opens_on", "closes_on"])


@transaction.atomic
def cancel_survey(survey: Survey, reason: str, *, today: dt.date, at: dt.datetime) -> bool:
    """Nobody answers any more, nobody is reminded, and of what was answered nothing is ever shown.

    Who has answered is forgotten at once; who was asked once its last day is over, so that until
    then a link can say what happened. Cancelled before, it stays as it was, and this says False.
    Raises ValidationError: "closed" where it is over, as its results may have been seen; or where
    the reason is none.
    """
    row = Survey.objects.select_for_update().get(pk=survey.pk)
    if row.is_cancelled:
        return False
    if row.is_closed(today):
        raise ValidationError(_("It is over: what is over is not cancelled."), code="closed")
    row.cancelled_at, row.cancellation = at, reason
    row.full_clean()
    row.save(update_fields=["cancelled_at", "cancellation"])
    AnsweredMark.objects.filter(survey=row).delete()
    return True


def open_due(surveys: QuerySet[Survey], *, today: dt.date) -> None:
    due = surveys.filter(cancelled_at=None, invited=None, opens_on__lte=today, closes_on__gte=today)
    for survey in due.order_by("pk"):
        open_survey(survey, today=today)


def wind_up(*, today: dt.date) -> int:
    """Of surveys that are over, who was asked and who answered is deleted: the numbers stay."""
    over = Survey.objects.filter(closes_on__lt=today)
    AnsweredMark.objects.filter(survey__in=over).delete()
    gone, _kinds = SurveyInvitation.objects.filter(survey__in=over).delete()
    return gone
