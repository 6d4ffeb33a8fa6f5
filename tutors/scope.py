"""What a tutor sees and may change: the own groups of the day; a coordinator any.

Whoever guides a group without an end also takes its registers from before the first day. A
substitute, whose assignment has a last day, takes those of the own days alone: for a week after
the last day they can still be saved, later they can only be read.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from courses.models import Group, Session
from participants.models import AttendanceRecord, Enrollment, SharedConnection
from tutors.models import TutorAssignment

SAVES_AFTER_END = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OpenedGroup:
    """`days_of` are a substitute's assignments, to the days of which the sessions are limited;
    empty for whoever sees all of the group's sessions."""

    group: Group
    is_own: bool
    days_of: tuple[TutorAssignment, ...] = ()

    def shows(self, session: Session, *, day: dt.date) -> bool:
        return not self.days_of or any(
            sees_session(each, session, day=day) for each in self.days_of
        )


def current_assignments(user: Any, *, day: dt.date) -> QuerySet[TutorAssignment]:
    """Those of the day; until the edition starts, those that start with it."""
    return TutorAssignment.objects.for_tutor(user).filter(
        Q(starts_on__lte=day) | Q(starts_on__lte=F("group__cohort__starts_on")),
        Q(ends_on__isnull=True) | Q(ends_on__gte=day),
    )


def own_groups(user: Any, *, day: dt.date) -> QuerySet[Group]:
    """The groups that the tutor guides on the day, with their cohorts."""
    assignments = current_assignments(user, day=day)
    return Group.objects.select_related("cohort").filter(
        Exists(assignments.filter(group=OuterRef("pk")))
    )


def open_group(user: Any, pk: int, *, day: dt.date, permission: str) -> OpenedGroup:
    """The group, in one query for its tutor, in two for a substitute.

    Raises Http404 for a group of another tutor or none; who is no tutor needs to be of the staff
    and have the permission, and gets PermissionDenied otherwise.
    """
    is_tutor = getattr(user, "tutor", None) is not None
    may_open_any = user.is_staff and user.has_perm(permission)
    if not (is_tutor or may_open_any):
        raise PermissionDenied
    own = own_groups(user, day=day).filter(pk=OuterRef("pk"))
    regular = current_assignments(user, day=day).filter(group=OuterRef("pk"), ends_on__isnull=True)
    found = Group.objects.select_related("cohort").filter(pk=pk)
    group = found.annotate(is_own=Exists(own), is_regular=Exists(regular)).first()
    if group is None or not (group.is_own or may_open_any):
        raise Http404
    days_of: tuple[TutorAssignment, ...] = ()
    if not (group.is_regular or may_open_any):
        known = TutorAssignment.objects.for_tutor(user).select_related("group__cohort")
        days_of = tuple(known.filter(group=group, ends_on__isnull=False).order_by("starts_on"))
    return OpenedGroup(group, bool(group.is_own), days_of)


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A group whose part of a session's register is the tutor's, and whether still to change."""

    group: Group
    may_save: bool


@dataclass(frozen=True, slots=True)
class OpenedRegister:
    """A session's register: one group's part, or the whole where `group` is None.

    `parts` are the groups whose part the visitor may open besides. Who `may_correct` changes marks
    with a reason after the module was closed.
    """

    session: Session
    group: Group | None
    parts: tuple[Group, ...]
    may_save: bool
    source: str
    may_correct: bool = False

    @property
    def address(self) -> list[int]:
        """The fields of its pages' addresses."""
        return [self.session.pk, self.group.pk] if self.group else [self.session.pk]

    @property
    def is_paper(self) -> bool:
        return self.source == AttendanceRecord.Source.PAPER


def open_register(
    user: Any, session_pk: int, group_pk: int | None = None, *, day: dt.date
) -> OpenedRegister:
    """Of a tutor the own group's part; of a coordinator the whole, or the part that is asked for.

    Raises Http404 for a session or group that is not the tutor's, PermissionDenied for who is
    neither a tutor nor of the staff with the permission.
    """
    may_open_any = user.is_staff and user.has_perm("participants.view_attendancerecord")
    if not (may_open_any or getattr(user, "tutor", None)):
        raise PermissionDenied
    open_connections = SharedConnection.objects.filter(session=OuterRef("pk"), status="declared")
    sessions = Session.objects.annotate(has_connections=Exists(open_connections))
    sessions = sessions.select_related("cohort", "cohort_module__module", "group")
    session = get_object_or_404(sessions, pk=session_pk)
    if may_open_any:
        may_save = user.has_perm("participants.change_attendancerecord")
        group = session.group
        if group_pk is not None and (group is None or group.pk != group_pk):
            own = {"pk": session.group_id} if session.group_id else {}
            groups = Group.objects.filter(cohort=session.cohort_id, **own)
            group = get_object_or_404(groups, pk=group_pk)
        source = AttendanceRecord.Source.COORDINATOR
        return OpenedRegister(session, group, (), may_save, source, may_correct=may_save)
    parts = own_parts(user, session, day=day)
    opened = next((part for part in parts if group_pk in (None, part.group.pk)), None)
    if opened is None:
        raise Http404
    others = tuple(part.group for part in parts if part is not opened)
    return OpenedRegister(
        session, opened.group, others, opened.may_save, AttendanceRecord.Source.TUTOR
    )


def open_register_of(
    user: Any, session: Session, enrollment: Enrollment, *, day: dt.date
) -> OpenedRegister:
    """The part of a session's register in which the person is. Raises as `open_register`."""
    part = session.group_id or enrollment.group_id
    opened = open_register(user, session.pk, part, day=day)
    if part is None and opened.group is not None:
        raise Http404  # who is in no group is in no tutor's part
    return opened


def connections_to_confirm(opened: OpenedRegister) -> list[SharedConnection]:
    """Declared in the session between two of the part that is open; the whole register shows those
    of two groups. A query where any is.

    To confirm one marks both people, and a tutor marks those of the own groups alone.
    """
    if not getattr(opened.session, "has_connections", False):
        return []
    rows = SharedConnection.objects.filter(session=opened.session, status="declared")
    if opened.session.group_id is None and opened.group is not None:
        rows = rows.filter(enrollment__group=opened.group, colleague__group=opened.group)
    return list(rows.select_related("enrollment__participant", "colleague__participant"))


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A session into which a meeting's report is read: for these groups, or for all with None."""

    session: Session
    groups: tuple[Group, ...] | None
    may_save: bool

    @property
    def part(self) -> Group | None:
        """The group, where it is one."""
        return self.groups[0] if self.groups is not None and len(self.groups) == 1 else None


def open_report(user: Any, session_pk: int, *, day: dt.date) -> OpenedReport:
    """Of a tutor all the own groups that can still be saved; of a coordinator the whole.

    Raises as `open_register`.
    """
    opened = open_register(user, session_pk, day=day)
    if opened.source == AttendanceRecord.Source.COORDINATOR:
        return OpenedReport(opened.session, None, opened.may_save)
    parts = own_parts(user, opened.session, day=day)
    groups = tuple(part.group for part in parts if part.may_save)
    return OpenedReport(opened.session, groups, bool(groups))


def own_parts(user: Any, session: Session, *, day: dt.date) -> list[OwnPart]:
    """By the group's number; empty where the session is not the tutor's. One query."""
    assignments = TutorAssignment.objects.for_tutor(user).filter(group__cohort=session.cohort_id)
    if session.group_id is not None:
        assignments = assignments.filter(group=session.group_id)
    may_save: dict[Group, bool] = {}
    for assignment in assignments.select_related("group__cohort").order_by("group__number"):
        if sees_session(assignment, session, day=day):
            saves = assignment.ends_on is None or day <= assignment.ends_on + SAVES_AFTER_END
            may_save[assignment.group] = may_save.get(assignment.group, False) or saves
    return [OwnPart(group, saves) for group, saves in may_save.items()]


def sees_session(assignment: TutorAssignment, session: Session, *, day: dt.date) -> bool:
    """`assignment` comes with its group and cohort."""
    if assignment.starts_on > max(day, assignment.group.cohort.starts_on):
        return False
    if assignment.ends_on is None:
        return True
    return assignment.starts_on <= session.day <= assignment.ends_on
