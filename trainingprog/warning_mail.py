"""Warnings of attendance and reminders of registers, to the tutor and to the participant by mail.

`send_warnings` notes what there is to tell and queues a mail a person. Between then and the mail
days may pass: whoever sends notes again, so that nothing is told that no longer holds, and asks
again who guides the group. A mail has counts and leads to our pages: no name of a participant, no
subject of a session and no figure of anyone but the reader is in it.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.tasks import task
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from courses.calendar_feed import neutral_title
from courses.models import Cohort, Group
from participants.models import AttendanceWarning, Audience, RegisterReminder
from participants.progress import EnrollmentProgress
from participants.rules_in_force import rules_in_force
from participants.warning import note
from tutors.guiding import Guides
from tutors.models import Tutor, TutorAssignment

# Some have no account yet; who has a closed one is not written to.
READS = Q(enrollment__participant__user=None) | Q(enrollment__participant__user__is_active=True)


@dataclass(slots=True)
class OwnGroup:
    """What a tutor is told of one group: how many people of each kind, of the edition and of each
    module by its number."""

    group: Group
    kinds: Counter[str] = field(default_factory=Counter)
    modules: dict[int, Counter[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return page("tutors:group", self.group.pk)

    @property
    def warned_after_hours(self) -> int | None:
        return self.group.cohort.participant_warned_after_hours


@dataclass(frozen=True, slots=True)
class OwnRegister:
    reminder: RegisterReminder

    @property
    def title(self) -> str:
        return neutral_title(self.reminder.session)

    @property
    def url(self) -> str:
        part = [self.reminder.group_id] if self.reminder.group_id else []
        return page("tutors:register", self.reminder.session_id, *part)


@dataclass(slots=True)
class ToTutor:
    warnings: list[AttendanceWarning] = field(default_factory=list)
    reminders: list[RegisterReminder] = field(default_factory=list)

    @property
    def groups(self) -> list[OwnGroup]:
        found: dict[int, OwnGroup] = {}
        for warning in self.warnings:
            if group := warning.enrollment.group:
                own = found.setdefault(group.pk, OwnGroup(group))
                if module := warning.cohort_module:
                    kinds = own.modules.setdefault(module.module.number, Counter())
                else:
                    kinds = own.kinds
                kinds[warning.kind] += 1
        return sorted(found.values(), key=lambda own: (own.group.cohort_id, own.group.number))

    @property
    def registers(self) -> list[OwnRegister]:
        ordered = sorted(self.reminders, key=lambda each: (each.session.starts_at, each.pk))
        return [OwnRegister(each) for each in ordered]


def note_open_editions(*, at: dt.datetime) -> None:
    """Of a closed edition, what was not sent is taken back."""
    note(list(Cohort.objects.exclude(status=Cohort.Status.DRAFT)), at=at)


def queue_mails(*, at: dt.datetime) -> int:
    """One task a person for what is due. Queued twice, it is sent once."""
    to_tutors = due_to_tutors(at=at)
    to_participants = _due_to_participants(at).values_list("pk", flat=True)
    with transaction.atomic():
        for tutor in to_tutors:
            tell_tutor.enqueue(tutor)
        warnings = list(to_participants)
        for warning in warnings:
            warn_participant.enqueue(warning)
    return len(to_tutors) + len(warnings)


def due_to_tutors(*, at: dt.datetime) -> dict[int, ToTutor]:
    """By the tutor's id. What nobody can be told waits until the group has a tutor."""
    today = timezone.localdate(at)
    warnings = list(
        AttendanceWarning.objects.due(at)
        .filter(audience=Audience.TUTOR, enrollment__group__isnull=False)
        .select_related("enrollment__group__cohort", "cohort_module__module")
        .order_by("cohort_module__first_week", "id")
    )
    reminders = list(
        RegisterReminder.objects.due(at)
        .filter(audience=Audience.TUTOR)
        .select_related("session", "group")
    )
    concerned = {each.enrollment.group_id for each in warnings}
    concerned |= {each.group_id for each in reminders}
    guides = Guides.of([pk for pk in concerned if pk is not None])
    found: dict[int, ToTutor] = defaultdict(ToTutor)
    for warning in warnings:
        now = guides.on(warning.enrollment.group_id, today)
        if (tutor := _reader(now)) is not None:
            found[tutor].warnings.append(warning)
    for reminder in reminders:
        held = guides.who_takes(reminder.group_id, reminder.session.day, today=today)
        if (tutor := _reader(held)) is not None:
            found[tutor].reminders.append(reminder)
    return found


@task
def tell_tutor(pk: int) -> None:
    at = timezone.now()
    _note_again(TutorAssignment.objects.filter(tutor=pk).values("group__cohort"), at=at)
    due = due_to_tutors(at=at).get(pk, ToTutor())
    with (
        claimed(due.warnings, at=at) as warnings,
        claimed(due.reminders, at=at) as reminders,
    ):
        if warnings or reminders:
            tutor = Tutor.objects.get(pk=pk)
            send_mail("tutor_warning", {"told": ToTutor(warnings, reminders)}, tutor.email)


@task
def warn_participant(pk: int) -> None:
    at = timezone.now()
    _note_again(AttendanceWarning.objects.filter(pk=pk).values("enrollment__cohort"), at=at)
    due = _due_to_participants(at).filter(pk=pk)
    people = ("enrollment__cohort", "enrollment__participant", "enrollment__group")
    related = (*people, "cohort_module__module")
    with claimed(list(due.select_related(*related)), at=at) as warnings:
        for warning in warnings:
            enrollment, module = warning.enrollment, warning.cohort_module
            cohort = enrollment.cohort
            rules = rules_in_force([cohort], on=timezone.localdate(at))[cohort.pk]
            progress = EnrollmentProgress.for_enrollment(enrollment, at=at, rules=rules)
            rates = {each.cohort_module.pk: each.rate for each in progress.modules}
            context = {
                "warning": warning,
                "cohort": cohort,
                "rate": rates[module.pk] if module else progress.rate,
                "url": page("participants:edition", enrollment.pk),
            }
            send_mail("participant_warning", context, enrollment.participant.email)


@contextmanager
def claimed[Row: (AttendanceWarning, RegisterReminder)](
    rows: Sequence[Row], *, at: dt.datetime
) -> Iterator[list[Row]]:
    """Those of the rows that nobody else is sending, noted as sent before they are: of two tasks at
    once one sends, and no lock is held while the mail server is waited for."""
    model: Any = type(rows[0]) if rows else None
    own: list[Row] = []
    if rows:
        with transaction.atomic():
            unsent = model.objects.filter(pk__in=[row.pk for row in rows], sent_at=None)
            free = set(unsent.select_for_update().values_list("pk", flat=True))
            model.objects.filter(pk__in=free).update(sent_at=at)
        own = [row for row in rows if row.pk in free]
    try:
        yield own
    except Exception:
        # The task fails; the next run must not take the mail for sent.
        if own:
            model.objects.filter(pk__in=[row.pk for row in own]).update(sent_at=None)
        raise


def page(name: str, *args: int) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _note_again(cohorts: Any, *, at: dt.datetime) -> None:
    note(list(Cohort.objects.filter(pk__in=cohorts)), at=at)


def _due_to_participants(at: dt.datetime) -> QuerySet[AttendanceWarning]:
    return AttendanceWarning.objects.due(at).filter(READS, audience=Audience.PARTICIPANT)


def _reader(assignments: Sequence[TutorAssignment]) -> int | None:
    """Of several who guide a group together, the first is told."""
    users = ((each.tutor_id, each.tutor.user) for each in assignments)
    return next((pk for pk, user in users if user is None or user.is_active), None)


def send_mail(name: str, context: dict[str, Any], to: str) -> None:
    with override(settings.LANGUAGE_CODE):
        EmailMessage(
            subject=render_to_string(f"mail/{name}_subject.txt", context).strip(),
            body=render_to_string(f"mail/{name}.txt", context).strip() + "\n",
            to=[to],
        ).send()
