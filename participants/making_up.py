"""A make-up: assigned to who was absent, done as a guest of another group or as a task.

Each verb locks the sessions first, as whoever writes attendance does, and then reads.
"""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Session, SessionQuerySet, starting_between
from participants.models import AttendanceRecord, Enrollment, MakeUp
from participants.models.attendance import CAME
from participants.register import locked_session
from participants.register_people import state_of
from participants.register_refusals import why_not


def why_not_assign(
    enrollment: Enrollment, missed: Session, mark: str | None, *, at: dt.datetime
) -> ValidationError | None:
    """Why nothing can be made up; None when it can. The one place that knows.

    `mark` is the person's state in the session, which comes with its cohort and its module.
    """
    name = {"name": enrollment.participant.sorting_name}
    if not enrollment.is_active:
        return ValidationError(_("%(name)s has left the edition.") % name, code="left")
    if refusal := why_not(missed, at=at):
        return refusal
    if mark is None:
        return ValidationError(
            _("%(name)s has no mark yet: only who was absent makes a session up.") % name,
            code="unmarked",
        )
    if mark in CAME:
        return ValidationError(
            _("%(name)s was there: there is nothing to make up.") % name, code="present"
        )
    if enrollment.make_ups.filter(host=missed, cancelled_at__isnull=True).exists():
        return ValidationError(
            _("%(name)s was here as a guest: assign the make-up of the own group's session.")
            % name,
            code="guest",
        )
    return None


def hosts_for(
    enrollment: Enrollment, *, at: dt.datetime, like: Session | None = None
) -> SessionQuerySet:
    """Where the person may be a guest: other groups' sessions that are not over, the next first.

    Those of the same pattern as the session missed come before all others, and after them those
    that `clashes` with a session of the person's own.
    """
    own = Session.objects.filter(
        Q(group__isnull=True) | Q(group=enrollment.group_id),
        cohort=enrollment.cohort_id,
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    pattern = like.pattern_id if like else None
    same = Case(When(pattern=pattern, then=0), default=1) if pattern else Value(1)
    dates = starting_between(timezone.localtime(at).date(), enrollment.ended_on)
    return (
        Session.objects.filter(dates, cohort=enrollment.cohort_id, group__isnull=False)
        .not_ended(at)
        .counted()
        .exclude(group=enrollment.group_id)
        .exclude(
            pk__in=enrollment.make_ups.filter(host__isnull=False, cancelled_at__isnull=True).values(
                "host"
            )
        )
        .annotate(clashes=Exists(own.counted()))
        .select_related("group")
        .order_by("clashes", same, "starts_at", "group__number", "id")
    )


@transaction.atomic
def assign(
    enrollment: Enrollment,
    missed: Session,
    *,
    host: Session | None = None,
    task: str = "",
    due_on: dt.date | None = None,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> MakeUp:
    """Assign another group's session, or a task with its last day. The same again changes nothing.

    Raises ValidationError: a code of `why_not_assign`, of `refuse_host`, "assigned" where another
    make-up of the session is live, or at its field what the model refuses.
    """
    locked = {pk: locked_session(Session(pk=pk)) for pk in sorted({missed.pk, (host or missed).pk})}
    missed, host = locked[missed.pk], locked[host.pk] if host else None
    live = MakeUp.objects.filter(
        enrollment=enrollment, missed=missed, cancelled_at__isnull=True
    ).first()
    if live is not None:
        if (live.host_id, live.task, live.due_on) == (host.pk if host else None, task, due_on):
            return live
        raise ValidationError(
            _("A make-up of this session is already assigned: cancel it first."), code="assigned"
        )
    mark = state_of(enrollment, missed)
    if refusal := why_not_assign(enrollment, missed, mark, at=at):
        raise refusal
    if host is not None:
        refuse_host(enrollment, host, at=at)
    elif due_on is not None and due_on < timezone.localtime(at).date():
        raise ValidationError({"due_on": _("This day is over.")})
    make_up = MakeUp(
        enrollment=enrollment,
        missed=missed,
        host=host,
        task=task,
        due_on=due_on,
        assigned_by=by,  # type: ignore[misc]
        assigned_at=at,
    )
    make_up.full_clean()
    _save(make_up, by, at)
    return make_up


def refuse_host(enrollment: Enrollment, host: Session, *, at: dt.datetime) -> None:
    """Raises ValidationError: "another_edition", "own_group", "cancelled", "past", "left"."""
    if host.cohort_id != enrollment.cohort_id or host.group_id is None:
        raise ValidationError(
            _("Choose a session of another group of this edition."), code="another_edition"
        )
    if host.group_id == enrollment.group_id:
        raise ValidationError(
            _("It is a session of the person's own group: choose another group's."),
            code="own_group",
        )
    if host.is_cancelled:
        raise ValidationError(_("This session is cancelled: choose another."), code="cancelled")
    if host.ends_at <= at:
        raise ValidationError(_("This session is over: choose another."), code="past")
    if not enrollment.covers(host.day):
        raise ValidationError(
            _("The person is not in the edition on that day: choose another session."),
            code="left",
        )


@transaction.atomic
def complete(make_up: MakeUp, *, by: AbstractBaseUser | None, at: dt.datetime) -> MakeUp:
    """Note that a task was done, once.

    Raises ValidationError: "cancelled", "by_register" where it is a session, "done", or a code of
    `why_not` where the missed session's register can no longer change.
    """
    session, make_up = _locked(make_up)
    if make_up.cancelled_at is not None:
        raise ValidationError(_("This make-up was cancelled."), code="cancelled")
    if make_up.host_id is not None:
        raise ValidationError(
            _("The register of the other group says whether it is done."), code="by_register"
        )
    if make_up.done_at is not None:
        raise ValidationError(
            _("It was already noted as done on %(moment)s by %(who)s.")
            % {
                "moment": f"{timezone.localtime(make_up.done_at):%d/%m/%Y %H:%M}",
                "who": make_up.done_by.get_full_name() if make_up.done_by else "—",
            },
            code="done",
        )
    if refusal := why_not(session, at=at):
        raise refusal
    make_up.done_at, make_up.done_by = at, by  # type: ignore[assignment]
    _save(make_up, by, at)
    return make_up


@transaction.atomic
def cancel(make_up: MakeUp, *, by: AbstractBaseUser | None, at: dt.datetime) -> MakeUp:
    """Take a make-up back, also a task noted as done by mistake: it then counts no more.

    Raises ValidationError: "by_register" where the other group's register says that it is done, or
    a code of `why_not` where the missed session's register can no longer change.
    """
    session, make_up = _locked(make_up)
    if make_up.cancelled_at is not None:
        return make_up
    if refusal := why_not(session, at=at):
        raise refusal
    came = Q(enrollment=make_up.enrollment_id, session=make_up.host_id, state__in=CAME)
    if make_up.host_id is not None and AttendanceRecord.objects.filter(came).exists():
        raise ValidationError(
            _("The register of the other group says that it is done: it is changed there."),
            code="by_register",
        )
    make_up.cancelled_at, make_up.cancelled_by = at, by  # type: ignore[assignment]
    _save(make_up, by, at)
    return make_up


def _locked(make_up: MakeUp) -> tuple[Session, MakeUp]:
    """The missed session and, before what hangs on them, the one that is attended for it."""
    pks = sorted(pk for pk in (make_up.missed_id, make_up.host_id) if pk is not None)
    sessions = {pk: locked_session(Session(pk=pk)) for pk in pks}
    rows = MakeUp.objects.select_related("done_by").select_for_update(of=("self",))
    return sessions[make_up.missed_id], rows.get(pk=make_up.pk)


def _save(make_up: MakeUp, by: AbstractBaseUser | None, at: dt.datetime) -> None:
    make_up._history_user, make_up._history_date = by, at  # type: ignore[attr-defined]
    make_up.save()
