"""What merging two participants would do, and what it has to ask: shown before, checked again then.

`kept` is the record that stays, `merged` the one that goes; a side is "kept" or "merged".
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Cohort
from participants.models import (
    AttendanceRecord,
    Certificate,
    CertificateKind,
    DocumentType,
    Enrollment,
    ModuleCompletion,
    Participant,
    ParticipantCalendar,
    Score,
    Sex,
)

KEPT, MERGED = "kept", "merged"
SIDES = (KEPT, MERGED)

# What belongs together is asked together.
FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "document": (gettext_lazy("document"), ("document_type", "document_number")),
    "paternal_surname": (gettext_lazy("first surname"), ("paternal_surname",)),
    "maternal_surname": (gettext_lazy("second surname"), ("maternal_surname",)),
    "given_names": (gettext_lazy("given names"), ("given_names",)),
    "email": (gettext_lazy("e-mail"), ("email",)),
    "mobile": (gettext_lazy("mobile"), ("mobile",)),
    "profession": (gettext_lazy("profession"), ("profession",)),
    "sex": (gettext_lazy("sex"), ("sex",)),
    "birth_date": (gettext_lazy("birth date"), ("birth_date",)),
    "licence": (gettext_lazy("licence"), ("licence_board", "licence_number")),
    "employment_regime": (gettext_lazy("employment regime"), ("employment_regime",)),
    "service": (gettext_lazy("service"), ("service",)),
    "facility": (gettext_lazy("facility"), ("facility",)),
}
ACCOUNT = "account"
BLANK = (None, "", Sex.UNDISCLOSED)


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is that of the answer, which is a side."""

    name: str
    label: str
    kept: str
    merged: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Both are in the edition: one enrollment stays and takes over what the other has."""

    cohort: Cohort
    kept: Enrollment
    merged: Enrollment
    stays: str | None  # None where it is asked
    questions: tuple[Question, ...]
    marks_united: int

    @property
    def question(self) -> str:
        return f"edition_{self.cohort.pk}"


@dataclass(frozen=True, slots=True)
class MergePlan:
    """`taken` are the fields that only the one that goes has; `moved`, its other enrollments."""

    kept: Participant
    merged: Participant
    questions: tuple[Question, ...]
    taken: tuple[str, ...]
    moved: tuple[Enrollment, ...]
    shared: tuple[Shared, ...]
    fingerprint: str

    @classmethod
    def of(cls, kept: Participant, merged: Participant) -> "MergePlan":
        """Six queries, whatever the two have."""
        rows = Enrollment.objects.filter(participant__in=[kept, merged])
        enrollments = list(rows.select_related("cohort", "group", "facility").order_by("pk"))
        marks = list(
            AttendanceRecord.objects.filter(enrollment__in=enrollments)
            .select_related("session")
            .order_by("session__starts_at", "pk")
        )
        completions = list(
            ModuleCompletion.objects.filter(enrollment__in=enrollments)
            .select_related("cohort_module__module")
            .order_by("pk")
        )
        scores = list(
            Score.objects.filter(enrollment__in=enrollments)
            .select_related("assessment")
            .order_by("pk")
        )
        certificates = list(
            Certificate.objects.live().filter(enrollment__in=enrollments).order_by("pk")
        )
        certified = {
            row.enrollment_id for row in certificates if row.kind == CertificateKind.CERTIFICATE
        }
        calendars = ParticipantCalendar.objects.filter(participant__in=[kept, merged])
        seen = [
            kept,
            merged,
            *enrollments,
            *marks,
            *completions,
            *scores,
            *certificates,
            *calendars.order_by("pk"),
        ]
        own = {row.cohort_id: row for row in enrollments if row.participant_id == kept.pk}
        coming = [row for row in enrollments if row.participant_id == merged.pk]
        return cls(
            kept,
            merged,
            tuple(_questions(kept, merged)),
            tuple(_taken(kept, merged)),
            tuple(row for row in coming if row.cohort_id not in own),
            tuple(
                _shared(own[row.cohort_id], row, certified, marks, completions, scores)
                for row in coming
                if row.cohort_id in own
            ),
            _fingerprint(seen),
        )

    def all_questions(self) -> Iterator[Question]:
        yield from self.questions
        for shared in self.shared:
            if shared.stays is None:
                yield Question(
                    shared.question,
                    _("Which enrollment stays?"),
                    described(shared.kept),
                    described(shared.merged),
                )
            yield from shared.questions

    @property
    def cohort_ids(self) -> set[int]:
        both = [*self.moved, *(row for s in self.shared for row in (s.kept, s.merged))]
        return {row.cohort_id for row in both}


def values_of(person: Participant, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(person, name) for name in names)


def is_blank(values: tuple[Any, ...]) -> bool:
    return all(value in BLANK for value in values)


def _questions(kept: Participant, merged: Participant) -> Iterator[Question]:
    for name, (label, fields) in FIELDS.items():
        own, other = values_of(kept, fields), values_of(merged, fields)
        if own != other and not is_blank(own) and not is_blank(other):
            yield Question(name, str(label), _shown(kept, fields), _shown(merged, fields))
    if kept.user and merged.user and kept.user != merged.user:
        label = _("log-in that stays; the other is deactivated")
        yield Question(ACCOUNT, label, _account(kept.user), _account(merged.user))


def _taken(kept: Participant, merged: Participant) -> Iterator[str]:
    for _name, (label, fields) in FIELDS.items():
        if is_blank(values_of(kept, fields)) and not is_blank(values_of(merged, fields)):
            yield f"{label}: {_shown(merged, fields)}"


def _shown(person: Participant, fields: Iterable[str]) -> str:
    if "document_number" in fields:
        return f"{DocumentType(person.document_type).label} {person.document_number}"
    shown = []
    for name in fields:
        display = getattr(person, f"get_{name}_display", None)
        value = display() if display else getattr(person, name)
        shown.append(f"{value:%d/%m/%Y}" if isinstance(value, dt.date) else str(value or ""))
    return " ".join(filter(None, shown))


def _account(user: Any) -> str:
    entered = (
        _("entered last on %(day)s") % {"day": f"{timezone.localtime(user.last_login):%d/%m/%Y}"}
        if user.last_login
        else _("has never entered")
    )
    return f"{user.get_username()} ({entered})"


def described(enrollment: Enrollment) -> str:
    """Group, status and days, to tell two enrollments of one edition apart."""
    group = str(enrollment.group) if enrollment.group else _("without a group")
    days = f"{enrollment.enrolled_on:%d/%m/%Y}"
    if enrollment.ended_on:
        days += f" – {enrollment.ended_on:%d/%m/%Y}"
    where = f" · {enrollment.facility.name}" if enrollment.facility else ""
    return f"{group} · {enrollment.get_status_display()} · {days}{where}"


def _shared(
    kept: Enrollment,
    merged: Enrollment,
    certified: Set[int | None],
    marks: Iterable[AttendanceRecord],
    completions: Iterable[ModuleCompletion],
    scores: Iterable[Score],
) -> Shared:
    own = {mark.session_id: mark for mark in marks if mark.enrollment_id == kept.pk}
    coming = [mark for mark in marks if mark.enrollment_id == merged.pk]
    questions = [
        Question(
            f"mark_{mark.session_id}", str(mark.session), _mark(own[mark.session_id]), _mark(mark)
        )
        for mark in coming
        if mark.session_id in own and marks_differ(own[mark.session_id], mark)
    ]
    decided = {row.cohort_module_id: row for row in completions if row.enrollment_id == kept.pk}
    for row in completions:
        if row.enrollment_id == merged.pk and row.cohort_module_id in decided:
            first = decided[row.cohort_module_id]
            if first.outcome != row.outcome:
                name = f"module_{row.cohort_module_id}"
                label = str(row.cohort_module)
                questions.append(Question(name, label, _decision(first), _decision(row)))
    scored = {place_of(row): row for row in scores if row.enrollment_id == kept.pk}
    for score in scores:
        twin = scored.get(place_of(score))
        if score.enrollment_id == merged.pk and twin is not None and scores_differ(twin, score):
            label = f"{score.assessment} ({score.attempt})"
            questions.append(Question(question_of(score), label, _score(twin), _score(score)))
    united = sum(mark.session_id not in own for mark in coming)
    stays = _stays(kept, merged, certified)
    return Shared(kept.cohort, kept, merged, stays, tuple(questions), united)


def _stays(kept: Enrollment, merged: Enrollment, certified: Set[int | None]) -> str | None:
    """The one of which a certificate says that the edition was completed, so that this stays true;
    then who holds a place before who does not, who took part before who did not."""
    if (kept.pk in certified) != (merged.pk in certified):
        return KEPT if kept.pk in certified else MERGED
    for statuses in (Enrollment.HOLDS_A_PLACE, Enrollment.ATTENDED):
        own, other = kept.status in statuses, merged.status in statuses
        if own != other:
            return KEPT if own else MERGED
    return None


def marks_differ(one: AttendanceRecord, two: AttendanceRecord) -> bool:
    return (one.state, one.mode, one.minutes) != (two.state, two.mode, two.minutes)


def place_of(score: Score) -> tuple[int, int]:
    return score.assessment_id, score.attempt


def question_of(score: Score) -> str:
    return f"score_{score.assessment_id}_{score.attempt}"


def scores_differ(one: Score, two: Score) -> bool:
    return (one.value, one.did_not_sit) != (two.value, two.did_not_sit)


def _score(score: Score) -> str:
    return f"{score.result} · {timezone.localtime(score.recorded_at):%d/%m/%Y %H:%M}"


def _mark(mark: AttendanceRecord) -> str:
    parts = [mark.get_state_display(), mark.get_mode_display()]
    if mark.minutes is not None:
        parts.append(_("%(minutes)d minutes") % {"minutes": mark.minutes})
    parts.append(f"{timezone.localtime(mark.recorded_at):%d/%m/%Y %H:%M}")
    return " · ".join(str(part) for part in parts if part)


def _decision(row: ModuleCompletion) -> str:
    return f"{row.get_outcome_display()} · {timezone.localtime(row.decided_at):%d/%m/%Y}"


def _fingerprint(rows: Iterable[Any]) -> str:
    """Another value of any of them gives another: then the coordinator is asked anew."""
    values = [
        [row._meta.label, *(getattr(row, field.attname) for field in row._meta.concrete_fields)]
        for row in rows
    ]
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()
