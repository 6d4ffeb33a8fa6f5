"""A block pasted from a spreadsheet: whom each line is of, and the score that it gives.

A line is a person, by document number or by name, and a score. A block that lies one column off is
known by what stands in the place of the scores, and fills nothing unless that is confirmed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from participants.models import Enrollment
from participants.normalising import fold
from participants.score_grid import Column, Place, ScoreGrid
from participants.written_scores import looks_like_a_score

LONGEST_PASTE = 100_000
MOST_LINES = 2_000
# From so many scores on, it is hardly chance that they are those of another column: in the demo, in
# whole points, those of three people of a group are so in 1.5 % of cases.
ENOUGH_TO_COMPARE = 3


@dataclass(frozen=True, slots=True)
class RefusedLine:
    number: int
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """`texts` are as pasted, right or wrong. `doubt` says why the block seems out of place; then
    it is filled in only once that is confirmed, and never where `is_refused`."""

    texts: Mapping[Place, str]
    refused: tuple[RefusedLine, ...]
    doubt: str = ""
    is_refused: bool = False


class People:
    """Known by document number, else by name where nobody else is called so."""

    def __init__(self, people: Iterable[Enrollment]) -> None:
        self.people = list(people)
        # A number may be that of two people, under documents of two types.
        self.by_document: dict[str, list[Enrollment]] = {}
        for each in self.people:
            number = each.participant.document_number.upper()
            self.by_document.setdefault(number, []).append(each)
        self.words = {each.pk: frozenset(fold(_names(each)).split()) for each in self.people}

    def find(self, text: str) -> list[Enrollment]:
        """One, none, or all who are called so."""
        document = "".join(text.split()).upper().replace("-", "").replace(".", "")
        if document.isascii() and any(sign.isdigit() for sign in document):
            # A spreadsheet takes a DNI for a number and drops its leading zeros.
            found = self.by_document.get(document) or self.by_document.get(document.zfill(8))
            return list(found or ())
        words = frozenset(fold(text).split())
        if len(words) < 2:
            return []
        whole = [each for each in self.people if self.words[each.pk] == words]
        return whole or [each for each in self.people if self.words[each.pk] > words]


def read_paste(text: str, grid: ScoreGrid, column: Column, *, is_confirmed: bool = False) -> Pasted:
    """Of one column of the grid."""
    lines = [
        (number, _cells(line))
        for number, line in enumerate(text[:LONGEST_PASTE].splitlines()[:MOST_LINES], start=1)
        if line.strip()
    ]
    lines = _without_empty_columns(lines)
    heading = _heading(lines)
    if heading is not None:
        lines = lines[1:]
    if _lies_beside(lines):
        return Pasted({}, (), _beside(), is_refused=True)
    found, refused = _matched(lines, People(grid.people))
    texts = {grid.place(person, column): score for person, score in found if score}
    doubt = "" if is_confirmed else _doubt(texts, heading or "", grid, column)
    return Pasted({} if doubt else texts, tuple(refused), doubt)


def _names(enrollment: Enrollment) -> str:
    return f"{enrollment.participant.surnames} {enrollment.participant.given_names}"


def _cells(line: str) -> list[str]:
    """A spreadsheet's block has tabs; what is typed has semicolons, or the score as last word."""
    for separator in ("\t", ";"):
        if separator in line:
            return [cell.strip() for cell in line.split(separator)]
    return line.strip().rsplit(None, 1)


def _without_empty_columns(lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """A block selected too wide ends in columns that are empty in every line."""
    while lines and all(len(cells) > 1 and not cells[-1] for _number, cells in lines):
        lines = [(number, cells[:-1]) for number, cells in lines]
    return lines


def _heading(lines: Sequence[tuple[int, list[str]]]) -> str | None:
    """What stands above the scores, where the first line has the columns' names."""
    if len(lines) < 2 or any(map(str.isdigit, "".join(lines[0][1]))):
        return None
    (_number, first), (_second, following) = lines[:2]
    is_heading = len(first) > 1 and not looks_like_a_score(first[-1])
    return first[-1] if is_heading and looks_like_a_score(following[-1]) else None


def _lies_beside(lines: Sequence[tuple[int, list[str]]]) -> bool:
    """Most of what stands in the place of the scores is names or documents."""
    last = [cells[-1] for _number, cells in lines if len(cells) > 1 and cells[-1]]
    odd = sum(not looks_like_a_score(cell) for cell in last)
    return bool(last) and 2 * odd >= len(last) and odd > 1


def _beside() -> str:
    return _(
        "Where the scores should be there are names or document numbers: the block seems one"
        " column off. Nothing was filled in. Copy the column of the scores last."
    )


def _matched(
    lines: Sequence[tuple[int, list[str]]], people: People
) -> tuple[list[tuple[Enrollment, str]], list[RefusedLine]]:
    of_line: list[tuple[int, str, Enrollment, str]] = []
    refused = []
    for number, cells in lines:
        *who, score = cells if len(cells) > 1 else [*cells, ""]
        shown = " ".join(who)
        named = _named(who, people)
        candidates = [each for each in people.people if all(each in found for found in named)]
        if named and len(candidates) == 1:
            of_line.append((number, shown, candidates[0], score))
            continue
        if not named:
            message = _("Nobody here is called so.")
        elif candidates:
            message = _("Several people are called so. Write the document number.")
        else:
            message = _("The document number and the name are of two people.")
        refused.append(RefusedLine(number, shown, message))
    times = Counter(person.pk for _number, _shown, person, _score in of_line)
    found = []
    for number, shown, person, score in of_line:
        if times[person.pk] > 1:
            refused.append(RefusedLine(number, shown, _("This person is pasted twice.")))
        else:
            found.append((person, score))
    return found, sorted(refused, key=lambda line: line.number)


def _named(cells: Sequence[str], people: People) -> list[list[Enrollment]]:
    """Whom each cell may be of, where of anybody; a list's own numbering only if nothing else."""
    for is_number in (False, True):
        of_cells = [people.find(cell) for cell in cells if looks_like_a_score(cell) is is_number]
        if named := [found for found in of_cells if found]:
            return named
    return []


def _doubt(texts: Mapping[Place, str], heading: str, grid: ScoreGrid, column: Column) -> str:
    for other in grid.columns:
        if other == column:
            continue
        named = fold(heading) in {fold(other.title), fold(other.assessment.title)}
        if named and fold(heading) != fold(column.assessment.title):
            return _("The heading says “%(other)s”.") % {"other": other.title}
        pairs = [
            (text, grid.stored((place[0], other.assessment.pk, other.attempt)))
            for place, text in texts.items()
            if grid.stored(place) != text
        ]
        same = sum(bool(stored) and _plain(text) == _plain(stored) for text, stored in pairs)
        if same >= ENOUGH_TO_COMPARE and 5 * same >= 4 * len(pairs):
            return _("These are the scores of “%(other)s”.") % {"other": other.title}
    return ""


def _plain(text: str) -> str:
    number = text.strip().replace(",", ".").upper()
    return number.rstrip("0").rstrip(".") if "." in number else number
