"""The grid of scores: people down, assessments and their attempts across; and what is typed in it.

A cell's field is `s<assessment>.<attempt>.<enrollment>`: with the person next to the label's, the
page compresses best. What was stored when the page was made goes along in `seen`, so that only what
the person at the page has changed is stored, and is known to rest on what version. An emptied cell
clears its score only where that is asked for besides.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db.models import FETCH_RAISE
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from courses.models import Assessment, Cohort, CohortModule, Group
from participants.models import Enrollment, Score
from participants.scoring import SCORED, Conflict, Mark, record_scores, why_not
from participants.written_scores import read_score

FIELD = re.compile(r"s([1-9]\d{0,17})\.([1-9]\d{0,3})\.([1-9]\d{0,17})", re.ASCII)
SEEN = re.compile(
    r"([1-9]\d{0,17})\.([1-9]\d{0,17})\.([1-9]\d{0,3})\.(\d{1,9})\.([\d,]+|NP)", re.ASCII
)
CHANGES_SHOWN = 20

# Enrollment, assessment, attempt.
Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Column:
    """One attempt at an assessment."""

    assessment: Assessment
    attempt: int

    @property
    def key(self) -> str:
        return f"{self.assessment.pk}.{self.attempt}"

    @property
    def title(self) -> str:
        if self.assessment.attempts == 1:
            return self.assessment.title
        return _("%(title)s, attempt %(number)d") % {
            "title": self.assessment.title,
            "number": self.attempt,
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` stands in the field, `stored` is what there is; `told` is what to say of it."""

    name: str
    column: Column
    text: str
    stored: str
    told: str = ""
    is_wrong: bool = False

    @property
    def is_unsaved(self) -> bool:
        return self.text != self.stored


@dataclass(frozen=True, slots=True)
class GridRow:
    enrollment: Enrollment
    shares_name: bool
    cells: tuple[Cell, ...]

    @property
    def key(self) -> str:
        return str(self.enrollment.pk)


@dataclass(frozen=True)
class SentScores:
    """What a browser sent: texts by place, and what it had seen there."""

    typed: Mapping[Place, str] = field(default_factory=dict)
    seen: Mapping[Place, tuple[int, str]] = field(default_factory=dict)
    clears: bool = False

    @classmethod
    def of(cls, data: QueryDict) -> "SentScores":
        """What cannot be read of `seen` counts as not seen: it then overwrites nothing."""
        seen = {
            (int(person), int(assessment), int(attempt)): (int(version), text)
            for person, assessment, attempt, version, text in SEEN.findall(data.get("seen", ""))
        }
        typed = {
            (int(match[3]), int(match[1]), int(match[2])): str(data[name]).strip()
            for name in data
            if (match := FIELD.fullmatch(name))
        }
        return cls(typed, seen, "clear" in data)

    @cached_property
    def changed(self) -> dict[Place, str]:
        return {
            place: text
            for place, text in self.typed.items()
            if text != self.seen.get(place, (0, ""))[1]
        }

    def with_texts(self, texts: Mapping[Place, str]) -> "SentScores":
        return replace(self, typed={**self.typed, **texts})


@dataclass(frozen=True)
class ScoreGrid:
    """Of a module, or with None of the edition as a whole; of all its people or one group's."""

    columns: tuple[Column, ...]
    people: tuple[Enrollment, ...]
    scores: Mapping[Place, Score]
    sent: SentScores = field(default_factory=SentScores)
    told: Mapping[Place, str] = field(default_factory=dict)
    wrong: frozenset[Place] = frozenset()
    # What was typed over, and not compared yet, still rests on what was seen then.
    is_compared: bool = True

    @classmethod
    def of(
        cls, assessments: Iterable[Assessment], cohort: Cohort, group: Group | None = None
    ) -> "ScoreGrid":
        """Two queries. Of several attempts the next to be made is the last column."""
        assessments = list(assessments)
        people = Enrollment.objects.for_cohort(cohort).filter(status__in=SCORED)
        if group is not None:
            people = people.filter(group=group)
        found = people.select_related("participant").fetch_mode(FETCH_RAISE)
        ordered = sorted(found, key=lambda each: (each.participant.sorting_key, each.pk))
        rows = Score.objects.filter(assessment__in=assessments, enrollment__in=people)
        scores = {(row.enrollment_id, row.assessment_id, row.attempt): row for row in rows}
        used: dict[int, int] = {}
        for _person, assessment, attempt in scores:
            used[assessment] = max(used.get(assessment, 0), attempt)
        columns = (
            Column(each, attempt)
            for each in assessments
            for attempt in range(1, min(each.attempts, used.get(each.pk, 0) + 1) + 1)
        )
        return cls(tuple(columns), tuple(ordered), scores)

    def place(self, enrollment: Enrollment, column: Column) -> Place:
        return enrollment.pk, column.assessment.pk, column.attempt

    def stored(self, place: Place) -> str:
        score = self.scores.get(place)
        return score.result if score else ""

    def text(self, place: Place) -> str:
        return self.sent.changed.get(place, self.stored(place))

    @property
    def rows(self) -> Iterator[GridRow]:
        names = Counter(each.participant.sorting_key for each in self.people)
        for person in self.people:
            cells = (self._cell(person, column) for column in self.columns)
            yield GridRow(person, names[person.participant.sorting_key] > 1, tuple(cells))

    def _cell(self, person: Enrollment, column: Column) -> Cell:
        place = self.place(person, column)
        name = f"s{column.key}.{person.pk}"
        told, is_wrong = self.told.get(place, ""), place in self.wrong
        return Cell(name, column, self.text(place), self.stored(place), told, is_wrong)

    @property
    def seen(self) -> str:
        seen = {place: (score.version, score.result) for place, score in self.scores.items()}
        if not self.is_compared:
            kept = {place: self.sent.seen.get(place) for place in self.sent.changed}
            seen = {place: was for place, was in (seen | kept).items() if was is not None}
        return " ".join(
            f"{'.'.join(map(str, place))}.{version}.{text}"
            for place, (version, text) in seen.items()
        )

    @property
    def unscored(self) -> int:
        """Of first attempts."""
        return sum(
            self.place(person, column) not in self.scores
            for column in self.columns
            for person in self.people
            if column.attempt == 1
        )

    def with_sent(self, sent: SentScores) -> "ScoreGrid":
        """What was typed stays in its cells, and what cannot be read is said at its own."""
        told = dict(self.told)
        for place, text in sent.changed.items():
            try:
                if text:
                    read_score(text)
            except ValueError as error:
                told[place] = str(error)
        wrong = frozenset(told.keys() - self.told.keys())
        return replace(self, sent=sent, told=told, wrong=self.wrong | wrong, is_compared=False)


@dataclass(frozen=True, slots=True)
class SavedScores:
    """`grid` is how it stands now, with what was typed and not stored."""

    grid: ScoreGrid
    saved: int
    cleared: int
    strangers: int

    @property
    def is_whole(self) -> bool:
        return not (self.grid.told or self.strangers)


def save_grid(
    grid: ScoreGrid,
    sent: SentScores,
    *,
    by: AbstractBaseUser,
    at: dt.datetime,
    source: str,
    group: Group | None,
) -> SavedScores:
    """Store what was changed, an assessment after the other; what is wrong is said at its cell.

    Raises ValidationError as record_scores where nothing can be scored any more.
    """
    people = {person.pk for person in grid.people}
    checked = grid.with_sent(sent)
    told = dict(checked.told)
    of_column: dict[str, dict[int, Mark]] = {column.key: {} for column in grid.columns}
    strangers = 0
    for place, text in sent.changed.items():
        person, assessment, attempt = place
        marks = of_column.get(f"{assessment}.{attempt}")
        if marks is None or person not in people:
            strangers += bool(text)
        elif not text and not sent.clears:
            told[place] = _("%(score)s stays: to remove it, mark so at the end and save.") % {
                "score": sent.seen[place][1]
            }
        elif place not in checked.wrong:
            marks[person] = _mark(text, sent.seen.get(place))
    saved: set[Place] = set()
    cleared = 0
    for column in grid.columns:
        marks = of_column[column.key]
        if not marks:
            continue
        outcome = record_scores(
            column.assessment,
            marks,
            by=by,
            at=at,
            attempt=column.attempt,
            source=source,
            group=group,
        )
        cleared += outcome.cleared
        for pk in marks:
            place = (pk, column.assessment.pk, column.attempt)
            if pk in outcome.conflicts:
                told[place] = _conflict(outcome.conflicts[pk])
            else:
                saved.add(place)
    assessments = dict.fromkeys(column.assessment for column in grid.columns)
    kept = {place: text for place, text in sent.changed.items() if place not in saved}
    now = replace(
        ScoreGrid.of(assessments, _cohort(grid), group) if grid.columns else grid,
        sent=SentScores(kept, sent.seen),
        told={place: text for place, text in told.items() if place in kept},
        wrong=frozenset(told) & kept.keys(),
    )
    return SavedScores(now, len(saved) - cleared, cleared, strangers)


def _cohort(grid: ScoreGrid) -> Cohort:
    return grid.columns[0].assessment.cohort


def _mark(text: str, seen: tuple[int, str] | None) -> Mark:
    based_on = seen[0] if seen else None
    if not text:
        return Mark(based_on=based_on)
    value = read_score(text)
    return Mark(value, did_not_sit=value is None, based_on=based_on)


def _conflict(conflict: Conflict) -> str:
    score = conflict.score
    if score is None:
        return _("Someone removed the score meanwhile. Save again if yours holds.")
    return _("%(who)s wrote %(score)s meanwhile (%(at)s). Save again if yours holds.") % {
        "who": score.recorded_by.get_full_name() if score.recorded_by else _("Someone"),
        "score": score.result,
        "at": date_format(localtime(score.recorded_at), "d/m H:i"),
    }


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A line of the scores' history."""

    name: str
    title: str
    result: str
    who: str
    at: dt.datetime


def last_changes(grid: ScoreGrid) -> list[ScoreChange]:
    """The latest first, of the grid's people and assessments; what was cleared is empty.

    One query.
    """
    names = {person.pk: person.participant.sorting_name for person in grid.people}
    titles = {(column.assessment.pk, column.attempt): column.title for column in grid.columns}
    past = (
        Score.history.filter(enrollment__in=names, assessment__in={pk for pk, _attempt in titles})
        .select_related("history_user")
        .order_by("-history_date", "-history_id")[:CHANGES_SHOWN]
    )
    return [
        ScoreChange(
            name=names[line.enrollment_id],
            title=titles.get((line.assessment_id, line.attempt), ""),
            result="" if line.history_type == "-" else line.instance.result,
            who=line.history_user.get_full_name() if line.history_user else "",
            at=line.history_date,
        )
        for line in past
    ]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which assessments of an edition a page is about: those of `module`, or of the whole."""

    assessments: tuple[Assessment, ...]
    module: CohortModule | None
    modules: tuple[CohortModule, ...]
    has_whole: bool

    @classmethod
    def of(cls, cohort: Cohort, module_pk: int | None) -> "Scope | None":
        """One query. Without a module the whole edition's, or where it has none, the first module
        that has one; None where the edition has no such module with assessments."""
        every = list(
            Assessment.objects.filter(cohort=cohort)
            .select_related("cohort_module__module")
            .fetch_mode(FETCH_RAISE)
        )
        for each in every:
            each.cohort = cohort
        modules = {
            each.cohort_module.pk: each.cohort_module for each in every if each.cohort_module
        }
        has_whole = any(each.cohort_module_id is None for each in every)
        if module_pk is not None and module_pk not in modules:
            return None
        if module_pk is None and not has_whole:
            module_pk = next(iter(modules), None)
        chosen = (each for each in every if each.cohort_module_id == module_pk)
        module = modules[module_pk] if module_pk is not None else None
        return cls(tuple(chosen), module, tuple(modules.values()), has_whole)


def refusal_of(scope: Scope) -> ValidationError | None:
    """Why none of them can be scored: they are of one module, or of the edition."""
    return why_not(scope.assessments[0]) if scope.assessments else None
