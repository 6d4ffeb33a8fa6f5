"""How a state of attendance is written: its letter and its word; and a session made up."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from participants.models import AttendanceRecord

State = AttendanceRecord.State

MARKS: dict[str, tuple[Promise, Promise]] = {
    State.PRESENT.value: (pgettext_lazy("attendance letter", "P"), gettext_lazy("Present")),
    State.LATE.value: (pgettext_lazy("attendance letter", "L"), gettext_lazy("Late")),
    State.EXCUSED.value: (pgettext_lazy("attendance letter", "E"), gettext_lazy("Excused")),
    State.ABSENT.value: (pgettext_lazy("attendance letter", "A"), gettext_lazy("Absent")),
}
# Not a state: the stored mark stays what it was.
MADE_UP = "made_up"
SHOWN = MARKS | {MADE_UP: (pgettext_lazy("attendance letter", "M"), gettext_lazy("Made up"))}
