"""What has to change so that an edition's sessions become those of a plan. Pure, as the plan is."""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from courses.timetable import Identity, Key, PlannedSession

TIMES = ("starts_at", "ends_at")
PLACE = ("modality", "venue", "meeting_link")
GENERATED = (*TIMES, *PLACE, "number", "title", "moved_from", "module_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingSession:
    """A session as it stands. Without `pattern_key` it was made by hand, and is never touched."""

    key: Key
    pattern_key: Key | None
    teaching_week: int | None
    group_key: Key | None
    starts_at: datetime
    ends_at: datetime
    number: int | None = None
    title: str = ""
    modality: str = "online"
    venue: str = ""
    meeting_link: str = ""
    moved_from: datetime | None = None
    module_key: Key | None = None

    @property
    def is_manual(self) -> bool:
        return self.pattern_key is None

    @property
    def identity(self) -> Identity:
        return (self.pattern_key, self.teaching_week, self.group_key)


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Change:
    existing: ExistingSession
    planned: PlannedSession
    fields: tuple[FieldChange, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.fields)

    @property
    def changes_times(self) -> bool:
        return not self.names.isdisjoint(TIMES)

    @property
    def changes_appointment(self) -> bool:
        """When or where: what those concerned have to be told."""
        return not self.names.isdisjoint((*TIMES, *PLACE))


@dataclass(frozen=True, slots=True)
class Kept:
    """A locked session that the plan would change, or would remove where `planned` is None."""

    existing: ExistingSession
    planned: PlannedSession | None
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """`move` holds every change of a generated field; ask a Change whether its times are in it."""

    create: tuple[PlannedSession, ...]
    move: tuple[Change, ...]
    remove: tuple[ExistingSession, ...]
    unchanged: tuple[ExistingSession, ...]
    kept: tuple[Kept, ...]

    def __bool__(self) -> bool:
        return bool(self.create or self.move or self.remove)

    def fingerprint(self) -> str:
        """The same for two differences that do the same to the same sessions."""
        doing = (
            sorted(_values(planned, ("identity", *GENERATED)) for planned in self.create),
            sorted(
                [
                    _text(change.existing.key),
                    *_values(change.existing, GENERATED),
                    *_values(change.planned, GENERATED),
                ]
                for change in self.move
            ),
            sorted(_text(existing.key) for existing in self.remove),
        )
        return hashlib.sha256(json.dumps(doing).encode()).hexdigest()


def difference(
    planned: Iterable[PlannedSession],
    existing: Iterable[ExistingSession],
    locked: Collection[Key] = frozenset(),
) -> Difference:
    """Sessions are matched by pattern, teaching week and group; locked ones never move or vanish.

    `locked` holds the keys of the sessions held, cancelled, with attendance or otherwise fixed.
    """
    wanted = {each.identity: each for each in planned}
    locked = frozenset(locked)
    met: set[Identity] = set()
    move: list[Change] = []
    remove: list[ExistingSession] = []
    unchanged: list[ExistingSession] = []
    kept: list[Kept] = []
    generated = [each for each in existing if not each.is_manual]
    # Locked first: should two rows share an identity, the one that may vanish is the spare.
    for session in sorted(generated, key=lambda each: each.key not in locked):
        is_locked = session.key in locked
        plan = wanted.get(session.identity) if session.identity not in met else None
        met.add(session.identity)
        if plan is None:
            if is_locked:
                kept.append(Kept(session, None, ()))
            else:
                remove.append(session)
        elif not (fields := _changed(session, plan)):
            unchanged.append(session)
        elif is_locked:
            kept.append(Kept(session, plan, fields))
        else:
            move.append(Change(session, plan, fields))
    create = tuple(each for identity, each in wanted.items() if identity not in met)
    return Difference(create, tuple(move), tuple(remove), tuple(unchanged), tuple(kept))


def _changed(existing: ExistingSession, planned: PlannedSession) -> tuple[FieldChange, ...]:
    pairs = ((name, getattr(existing, name), getattr(planned, name)) for name in GENERATED)
    return tuple(FieldChange(name, old, new) for name, old, new in pairs if old != new)


def _values(row: ExistingSession | PlannedSession, names: Iterable[str]) -> list[str]:
    return [_text(getattr(row, name)) for name in names]


def _text(value: object) -> str:
    return repr(value.astimezone(UTC) if isinstance(value, datetime) else value)
