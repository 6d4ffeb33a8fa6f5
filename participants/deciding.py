"""What evidence of attendance amounts to, by the edition's policy: arithmetic over plain values."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.models import Cohort, Session
from courses.models.sessions import Modality
from participants.models import AttendanceEvidence, AttendanceRecord

Kind = AttendanceEvidence.Kind
Mode = AttendanceRecord.Mode
Source = AttendanceRecord.Source
State = AttendanceRecord.State
# From one moment to a later one.
Interval = tuple[dt.datetime, dt.datetime]
NOTHING = dt.timedelta()
# Decided by evidence, and decided again when more is known; any other mark a person set.
BY_EVIDENCE = (Source.CHECK_IN, Source.MEETING)
MODE_OF = {Modality.IN_PERSON: Mode.IN_PERSON, Modality.ONLINE: Mode.ONLINE}


@dataclass(frozen=True, slots=True)
class Said:
    """What one source said of one enrollment in a session.

    A moment has no end, and lasts; an interval has one, and with it `minutes` are how much of it
    was attended, where that is known. Minutes alone are a duration at no known time.
    """

    enrollment: int
    kind: str
    mode: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    minutes: int | None = None
    shared_with: int | None = None

    @classmethod
    def of(cls, row: AttendanceEvidence) -> "Said":
        return cls(
            row.enrollment_id,
            row.kind,
            row.mode,
            row.starts_at,
            row.ends_at,
            row.minutes,
            row.shared_with_id,
        )

    @property
    def is_moment(self) -> bool:
        return self.starts_at is not None and self.ends_at is None and self.minutes is None

    @property
    def interval(self) -> Interval | None:
        if self.starts_at is None or self.is_moment:
            return None
        lasted = dt.timedelta(minutes=self.minutes or 0)
        return self.starts_at, self.ends_at or self.starts_at + lasted

    @property
    def duration(self) -> dt.timedelta | None:
        return None if self.minutes is None else dt.timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Decision:
    """A state by the policy. `why` is a sentence in the reader's language, for a page alone.

    `source` is the kind of evidence that it rests on; `arrived_at` is None where only a duration
    is known.
    """

    state: str
    mode: str
    minutes: int
    why: str
    source: str
    arrived_at: dt.datetime | None = None


def set_by_hand(record: AttendanceRecord) -> bool:
    """A person's own mark stands above evidence."""
    return record.source not in BY_EVIDENCE


def contradicts(decision: Decision, record: AttendanceRecord) -> bool:
    """Who is excused was away, as the evidence says of one who is absent."""
    if record.state == State.EXCUSED:
        return decision.state != State.ABSENT
    return decision.state != record.state


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """In order, those that overlap or touch as one: two devices and a rejoin are not added."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def cut(intervals: Iterable[Interval], start: dt.datetime, end: dt.datetime) -> list[Interval]:
    """What of each lies between two moments; nothing where it does not last."""
    parts = ((max(first, start), min(last, end)) for first, last in intervals)
    return [(first, last) for first, last in parts if first < last]


def length(intervals: Iterable[Interval]) -> dt.timedelta:
    return sum((end - start for start, end in intervals), NOTHING)


def decide(evidence: Sequence[Said], session: Session, cohort: Cohort) -> Decision:
    """Present, late or absent, from all that was said of one person; something was.

    Being there is united over the sources and cut to the session. Who arrived later than the
    policy allows is late. Who is known by intervals or a duration must reach the policy's share of
    the session; a check-in lasts to the end and asks for no share, unless the person checked in
    online and a report of the meeting knows how long. Who was there for nothing of it is absent.
    """
    whole = session.ends_at - session.starts_at
    attended, arrived_at = _attended(evidence, session, cohort)
    lasting = _lasting(evidence, session)
    needed = whole * cohort.present_minimum_percent / 100
    limit = session.starts_at + dt.timedelta(minutes=cohort.late_after_minutes)
    if not attended or (not lasting and attended < needed):
        state = State.ABSENT
    elif arrived_at is not None and arrived_at > limit:
        state = State.LATE
    else:
        state = State.PRESENT
    source = lasting[0].kind if lasting else _first_kind(evidence)
    minutes = _minutes(attended)
    return Decision(
        state=state.value,
        mode="" if state == State.ABSENT else _mode(evidence, session),
        minutes=minutes,
        why=_why(state, minutes, arrived_at, session, cohort, counts=not lasting),
        source=source,
        arrived_at=arrived_at,
    )


def _lasting(evidence: Sequence[Said], session: Session) -> list[Said]:
    """Moments that count to the session's end."""
    moments = [said for said in evidence if said.is_moment]
    meeting = [said for said in evidence if said.kind == Kind.MEETING]
    intervals = [said.interval for said in meeting if said.interval]
    durations = [said for said in meeting if said.minutes and not said.interval]
    if not cut(intervals, session.starts_at, session.ends_at) and not durations:
        return moments
    default = MODE_OF.get(Modality(session.modality), Mode.ONLINE)
    return [said for said in moments if (said.mode or default) == Mode.IN_PERSON]


def _attended(
    evidence: Sequence[Said], session: Session, cohort: Cohort
) -> tuple[dt.timedelta, dt.datetime | None]:
    """How much of the session, and since when. A short absence from a sensitive one is none."""
    start, end = session.starts_at, session.ends_at
    short = dt.timedelta(minutes=cohort.sensitive_absence_minutes if session.is_sensitive else 0)
    whole = [(said.starts_at, end) for said in _lasting(evidence, session) if said.starts_at]
    loose: list[tuple[Interval, dt.timedelta]] = []
    durations = [NOTHING]
    for said in evidence:
        if said.interval is not None:
            first, last = said.interval
            if said.duration is None or last - first - said.duration <= short:
                whole.append(said.interval)
            else:
                loose.append((said.interval, said.duration))
        elif said.duration is not None:
            durations.append(said.duration)
    covered = united(cut(whole, start, end))
    covered = _without_short_gaps(covered, start, end, short)
    attended = length(covered)
    for interval, known in sorted(loose):
        # Where in its interval the person was is not known: at the most, all that is not covered.
        more = united([*covered, *cut([interval], start, end)])
        attended += min(length(more) - length(covered), known)
        covered = more
    total = end - start
    longest = min(max(durations), total)
    if durations[1:] and total - longest <= short:
        longest = total
    return max(attended, longest), _arrival(evidence, session)


def _without_short_gaps(
    covered: list[Interval], start: dt.datetime, end: dt.datetime, short: dt.timedelta
) -> list[Interval]:
    if not covered:
        return covered
    edges = [(start, start), *covered, (end, end)]
    gaps = [
        (before[1], after[0]) for before, after in pairwise(edges) if after[0] - before[1] <= short
    ]
    return united([*covered, *gaps])


def _arrival(evidence: Sequence[Said], session: Session) -> dt.datetime | None:
    """The first moment in the session; who checks in after its end arrived then."""
    start, end = session.starts_at, session.ends_at
    moments = [max(said.starts_at, start) for said in evidence if said.is_moment and said.starts_at]
    intervals = [said.interval for said in evidence if said.interval]
    return min([*moments, *(first for first, _last in cut(intervals, start, end))], default=None)


def _mode(evidence: Sequence[Said], session: Session) -> str:
    """In a hybrid session, in person where anything says so: the room may follow the meeting."""
    if only := MODE_OF.get(Modality(session.modality)):
        return only.value
    modes = {said.mode for said in evidence}
    for mode in (Mode.IN_PERSON, Mode.ONLINE):
        if mode in modes:
            return mode.value
    return Mode.ONLINE.value if any(said.kind == Kind.MEETING for said in evidence) else ""


def _first_kind(evidence: Sequence[Said]) -> str:
    """What is known by minutes rests on the report that knows them."""
    kinds = [said.kind for said in evidence if not said.is_moment]
    return (kinds or [said.kind for said in evidence])[0]


def _minutes(time: dt.timedelta) -> int:
    return int(time.total_seconds() // 60)


def _why(
    state: str,
    minutes: int,
    arrived_at: dt.datetime | None,
    session: Session,
    cohort: Cohort,
    *,
    counts: bool,
) -> str:
    facts = {
        "minutes": minutes,
        "of": session.minutes,
        # Rounded up: 89 of 119 minutes do not reach 75 %.
        "needed": -(-session.minutes * cohort.present_minimum_percent // 100),
        "limit": cohort.late_after_minutes,
    }
    if arrived_at is not None:
        facts["time"] = date_format(timezone.localtime(arrived_at), "H:i")  # type: ignore[assignment]
        facts["after"] = _minutes(arrived_at - session.starts_at)
    if state == State.ABSENT:
        return _("%(minutes)d of %(of)d minutes; present from %(needed)d.") % facts
    if state == State.LATE:
        return (
            _("Arrived at %(time)s, %(after)d min after the start; late after %(limit)d.") % facts
        )
    if not counts:
        return _("There since %(time)s; late after %(limit)d min.") % facts
    return _("%(minutes)d of %(of)d minutes; present from %(needed)d.") % facts
