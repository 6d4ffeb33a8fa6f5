"""The people of a page of decisions: all of them, or those of whom it says one thing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from participants.completing import ModuleReview, ReviewRow
from participants.finishing import EditionReview, FinishRow
from participants.models import EditionOutcome
from participants.standings import LABELS, Standing

Row = FinishRow | ReviewRow


def _is_waiting(row: Row) -> bool:
    return row.decision is not None and row.decision.is_pending


def _is_exception(row: Row) -> bool:
    return row.decision is not None and bool(row.decision.override_reason) and not _is_waiting(row)


def _stands(standing: Standing) -> Callable[[Row], bool]:
    return lambda row: row.enrollment.is_active and row.standing == standing


def _ended(outcome: str) -> Callable[[Row], bool]:
    return lambda row: row.decision is not None and row.decision.outcome == outcome


# In the words that stand in the row.
STATES: dict[str, tuple[str | Promise, Callable[[Row], bool]]] = {
    "waiting": (gettext_lazy("waits for approval"), _is_waiting),
    "exception": (gettext_lazy("by exception"), _is_exception),
    **{str(each): (LABELS[each], _stands(each)) for each in Standing},
    **{str(each.value): (each.label, _ended(each)) for each in EditionOutcome.Outcome},
}


@dataclass(frozen=True, slots=True)
class State:
    """One choice: everyone, under an empty key, or who is in a state."""

    key: str
    label: str
    number: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """A state that is none shows everyone."""

    chosen: str
    rows: Sequence[Row]

    @property
    def states(self) -> list[State]:
        """Those that someone is in. Where all are in the same there is nothing to choose."""
        found = [
            State(key, str(label), number, key == self.chosen)
            for key, (label, is_in) in STATES.items()
            if (number := sum(map(is_in, self.rows))) or key == self.chosen
        ]
        if all(state.number == len(self.rows) for state in found):
            return []
        everyone = pgettext("people", "all")
        return [State("", everyone, len(self.rows), self.chosen not in STATES), *found]

    def _of(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        if self.chosen not in STATES:
            return tuple(rows)
        return tuple(filter(STATES[self.chosen][1], rows))

    def sections_of_edition(self, review: EditionReview) -> list[Section]:
        return [
            Section("completing", _("They meet it"), self._of(review.completing)),
            Section("failing", _("They did not meet it"), self._of(review.failing)),
            Section("open", _("Still open"), self._of(review.left_open if review.rule else ())),
            Section("withdrawn", _("Withdrew"), self._of(review.withdrawing)),
            Section("decided", _("Decided"), self._of(review.decided)),
        ]

    def sections_of_module(self, review: ModuleReview) -> list[Section]:
        ruled = review.rule is not None
        return [
            Section("meeting", _("They meet it"), self._of(review.meeting if ruled else ())),
            Section("open", _("Still open"), self._of(review.not_meeting if ruled else ())),
            Section("decided", _("Decided"), self._of(review.decided)),
            Section("gone", _("Left the edition"), self._of(review.left_undecided)),
        ]
