"""How a make-up stands: done, still to do, or no longer possible as it was assigned."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from courses.models import Session
from participants.models import AttendanceRecord, Enrollment, MakeUp
from participants.models.attendance import CAME

State = AttendanceRecord.State
# Of each enrollment, whether there is one to read: few people have any.
HAS_MAKE_UPS = {"has_make_ups": Exists(MakeUp.objects.filter(enrollment=OuterRef("pk")))}
# What a make-up makes up for.
MISSED = (State.ABSENT, State.EXCUSED)


class Standing(StrEnum):
    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"


LABELS: dict[Standing, Promise] = {
    Standing.DONE: gettext_lazy("made up"),
    Standing.PENDING: gettext_lazy("to be made up"),
    Standing.FAILED: gettext_lazy("not made up"),
}


@dataclass(frozen=True, slots=True)
class OwnMakeUp:
    make_up: MakeUp
    standing: Standing

    @classmethod
    def of(cls, make_up: MakeUp, marks: Mapping[int, str]) -> "OwnMakeUp":
        """`marks` are the person's states by session; the make-up comes with its host."""
        return cls(make_up, _standing(make_up, marks))

    @property
    def label(self) -> str:
        return str(LABELS[self.standing])

    @property
    def is_done(self) -> bool:
        return self.standing == Standing.DONE

    @property
    def is_pending(self) -> bool:
        return self.standing == Standing.PENDING

    @property
    def is_failed(self) -> bool:
        """The person did not come as a guest, or the session was cancelled."""
        return self.standing == Standing.FAILED


def _standing(make_up: MakeUp, marks: Mapping[int, str]) -> Standing:
    host = make_up.host
    if host is None:
        return Standing.DONE if make_up.done_at else Standing.PENDING
    mark = marks.get(host.pk)
    if mark in CAME:
        return Standing.DONE
    return Standing.FAILED if mark or host.is_cancelled else Standing.PENDING


def is_guest(make_up: MakeUp, enrollment: Enrollment) -> bool:
    """Not in a session that has become the person's own, by a change of group."""
    host = make_up.host
    if host is None:
        return False
    since = enrollment.group_since
    is_own = host.group_id == enrollment.group_id and (since is None or since <= host.day)
    return not is_own


def make_ups_in(enrollment: Enrollment, session: Session) -> list[OwnMakeUp]:
    """The one of the session, and the one for which the person is a guest in it. One query."""
    mark = AttendanceRecord.objects.filter(
        enrollment=OuterRef("enrollment"), session=OuterRef("host")
    )
    found = (
        MakeUp.objects.filter(
            Q(missed=session) | Q(host=session), enrollment=enrollment, cancelled_at__isnull=True
        )
        .select_related("missed", "host__group", "done_by", "assigned_by")
        .annotate(host_mark=Subquery(mark.values("state")[:1]))
        .order_by("pk")
    )
    return [
        OwnMakeUp.of(each, {each.host.pk: each.host_mark} if each.host and each.host_mark else {})
        for each in found
        if each.host is None or is_guest(each, enrollment)
    ]
