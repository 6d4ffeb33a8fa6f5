"""What speaks against closing a module or an edition: each thing that is open, and how many.

Of a module: marks missing in its registers, its sessions to come, excuses to decide, scores
missing, people undecided, exceptions that wait for a second person. Of the edition: its open
modules, the same of what lies outside its modules, outcomes, names asked to be corrected,
certificates of those who completed it, and those of who did not.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from courses.models import Cohort, CohortModule
from participants.grading import CohortGrades
from participants.models import (
    AbsenceRequest,
    Certificate,
    CertificateKind,
    EditionOutcome,
    Enrollment,
    ModuleCompletion,
    NameConfirmation,
)
from participants.progress import CohortProgress

# For a second person.
WAITING = Q(needs_approval=True, approved_at__isnull=True)


class Subject(StrEnum):
    MODULES = "modules"
    REGISTERS = "registers"
    SESSIONS = "sessions"
    EXCUSES = "excuses"
    SCORES = "scores"
    DECISIONS = "decisions"
    APPROVALS = "approvals"
    OUTCOMES = "outcomes"
    OUTCOME_APPROVALS = "outcome_approvals"
    NAMES = "names"
    CERTIFICATES = "certificates"
    UNFOUNDED = "unfounded"


# In the order in which they are done.
OF_A_MODULE = (
    Subject.REGISTERS,
    Subject.SESSIONS,
    Subject.EXCUSES,
    Subject.SCORES,
    Subject.DECISIONS,
    Subject.APPROVALS,
)
OF_THE_EDITION = (
    Subject.MODULES,
    Subject.REGISTERS,
    Subject.SESSIONS,
    Subject.EXCUSES,
    Subject.SCORES,
    Subject.OUTCOMES,
    Subject.OUTCOME_APPROVALS,
    Subject.NAMES,
    Subject.CERTIFICATES,
    Subject.UNFOUNDED,
)


OPEN = {
    Subject.MODULES: ngettext_lazy(
        "%(count)d module is still open.",
        "%(count)d modules are still open.",
        "count",
    ),
    Subject.REGISTERS: ngettext_lazy(
        "%(count)d mark is missing in its registers.",
        "%(count)d marks are missing in its registers.",
        "count",
    ),
    Subject.SESSIONS: ngettext_lazy(
        "%(count)d of its sessions is still to come.",
        "%(count)d of its sessions are still to come.",
        "count",
    ),
    Subject.EXCUSES: ngettext_lazy(
        "%(count)d excuse is to be decided.",
        "%(count)d excuses are to be decided.",
        "count",
    ),
    Subject.SCORES: ngettext_lazy(
        "%(count)d score is missing.",
        "%(count)d scores are missing.",
        "count",
    ),
    Subject.DECISIONS: ngettext_lazy(
        "Of %(count)d person it is not decided whether the module is completed.",
        "Of %(count)d people it is not decided whether the module is completed.",
        "count",
    ),
    Subject.APPROVALS: ngettext_lazy(
        "%(count)d exception waits for a second person.",
        "%(count)d exceptions wait for a second person.",
        "count",
    ),
    Subject.OUTCOME_APPROVALS: ngettext_lazy(
        "%(count)d exception waits for a second person.",
        "%(count)d exceptions wait for a second person.",
        "count",
    ),
    Subject.OUTCOMES: ngettext_lazy(
        "Of %(count)d person it is not decided how the edition ended.",
        "Of %(count)d people it is not decided how the edition ended.",
        "count",
    ),
    Subject.NAMES: ngettext_lazy(
        "%(count)d person asks for the printed name to be corrected.",
        "%(count)d people ask for the printed name to be corrected.",
        "count",
    ),
    Subject.CERTIFICATES: ngettext_lazy(
        "%(count)d person who completed the edition has no certificate.",
        "%(count)d people who completed the edition have no certificate.",
        "count",
    ),
    Subject.UNFOUNDED: ngettext_lazy(
        "%(count)d certificate in force is of a person who did not complete the edition.",
        "%(count)d certificates in force are of people who did not complete the edition.",
        "count",
    ),
}
DONE = {
    Subject.MODULES: gettext_lazy("Every module is closed."),
    Subject.REGISTERS: gettext_lazy("Every register is taken."),
    Subject.SESSIONS: gettext_lazy("Every session has been held."),
    Subject.EXCUSES: gettext_lazy("Every excuse is decided."),
    Subject.SCORES: gettext_lazy("Every score is entered."),
    Subject.DECISIONS: gettext_lazy("Every person is decided."),
    Subject.APPROVALS: gettext_lazy("No exception waits for a second person."),
    Subject.OUTCOMES: gettext_lazy("Of every person it is decided how the edition ended."),
    Subject.OUTCOME_APPROVALS: gettext_lazy("No exception waits for a second person."),
    Subject.NAMES: gettext_lazy("Nobody asks for the printed name to be corrected."),
    Subject.CERTIFICATES: gettext_lazy("Everyone who completed the edition has a certificate."),
    Subject.UNFOUNDED: gettext_lazy("Only who completed the edition has a certificate."),
}
# No reason closes over these: once closed, an exception is neither approved nor taken back.
DECIDE_EXCEPTIONS = gettext_lazy("Approve the exceptions that wait, or take them back, first.")
FIRST = {
    Subject.MODULES: gettext_lazy("Close its modules first."),
    Subject.APPROVALS: DECIDE_EXCEPTIONS,
    Subject.OUTCOME_APPROVALS: DECIDE_EXCEPTIONS,
}


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a checklist: `count` things are open, none where it is done.

    `is_outside`: it speaks of the edition's own, and of nothing that lies in a module.
    """

    subject: Subject
    count: int
    is_outside: bool = False

    @property
    def is_done(self) -> bool:
        return not self.count

    @property
    def text(self) -> str:
        """What is open, in words, or that nothing is."""
        text = str(OPEN[self.subject] % {"count": self.count} if self.count else DONE[self.subject])
        if self.is_outside:
            return _("Outside the modules: %(what)s") % {"what": text[:1].lower() + text[1:]}
        return text

    @property
    def first(self) -> str:
        """What has to be done whatever the reason; empty where one is enough."""
        return str(FIRST.get(self.subject, "")) if self.count else ""


def refuse_open(points: Sequence[Point], reason: str) -> None:
    """Raises ValidationError: what has to be done first, with the subject as its code; or else
    "incomplete", all that is open, unless a reason says why it is closed all the same."""
    for point in points:
        if point.first:
            raise ValidationError(point.first, code=point.subject)
    if points and not reason:
        told = [*(point.text for point in points), _("Write why it is closed all the same.")]
        raise ValidationError([ValidationError(text, code="incomplete") for text in told])


@dataclass(frozen=True, slots=True)
class ModuleChecklist:
    cohort_module: CohortModule
    points: tuple[Point, ...]

    @property
    def open_points(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if not point.is_done)

    @property
    def is_closed(self) -> bool:
        return self.cohort_module.closed_at is not None


@dataclass(frozen=True, slots=True)
class EditionChecklist:
    cohort: Cohort
    modules: tuple[ModuleChecklist, ...]
    points: tuple[Point, ...]

    @property
    def open_points(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if not point.is_done)

    def of_module(self, cohort_module: CohortModule) -> ModuleChecklist:
        return next(m for m in self.modules if m.cohort_module.pk == cohort_module.pk)

    @classmethod
    def for_cohort(cls, cohort: Cohort, *, at: dt.datetime) -> "EditionChecklist":
        """The same number of queries for any number of people and modules."""
        progress = CohortProgress.for_cohort(cohort, at=at)
        counts = _Counts(cohort)
        counts.of_attendance(progress, at)
        counts.of_scores(progress)
        counts.of_excuses()
        counts.of_decisions(progress)
        counts.of_certificates()
        own = CohortModule.objects.filter(cohort=cohort).select_related("module")
        modules = list(own.order_by("first_week"))
        counts.add(None, Subject.MODULES, sum(module.closed_at is None for module in modules))
        return cls(
            cohort=cohort,
            modules=tuple(
                ModuleChecklist(module, counts.points(module.pk, OF_A_MODULE)) for module in modules
            ),
            points=counts.points(None, OF_THE_EDITION),
        )


class _Counts:
    """How many of each subject are open, by module; under None, those of no module."""

    def __init__(self, cohort: Cohort) -> None:
        self.cohort = cohort
        self._counts: Counter[tuple[int | None, Subject]] = Counter()

    def add(self, module_pk: int | None, subject: Subject, count: int = 1) -> None:
        self._counts[module_pk, subject] += count

    def points(self, module_pk: int | None, subjects: tuple[Subject, ...]) -> tuple[Point, ...]:
        return tuple(
            Point(
                subject,
                self._counts[module_pk, subject],
                is_outside=module_pk is None and subject in OF_A_MODULE,
            )
            for subject in subjects
        )

    def of_attendance(self, progress: CohortProgress, at: dt.datetime) -> None:
        for session in progress.sessions:
            if session.ends_at > at:
                self.add(session.cohort_module_id, Subject.SESSIONS)
        for person in progress.rows:
            if person.enrollment.is_active:
                for session in person.sessions:
                    if session.ends_at <= at and session.pk not in person.marks:
                        self.add(session.cohort_module_id, Subject.REGISTERS)

    def of_scores(self, progress: CohortProgress) -> None:
        grades = CohortGrades.for_cohort(self.cohort)
        for person in progress.rows:
            if person.enrollment.is_active:
                own = grades[person.enrollment.pk]
                for assessment in grades.assessments:
                    if not own[assessment.pk].results:
                        self.add(assessment.cohort_module_id, Subject.SCORES)

    def of_excuses(self) -> None:
        asked = AbsenceRequest.objects.to_decide().filter(session__cohort=self.cohort)
        for module_pk, count in _counted(asked, "session__cohort_module"):
            self.add(module_pk, Subject.EXCUSES, count)

    def of_decisions(self, progress: CohortProgress) -> None:
        for person in progress.rows:
            for module in person.modules:
                if person.enrollment.is_active and module.completion is None:
                    self.add(module.cohort_module.pk, Subject.DECISIONS)
        pending = ModuleCompletion.objects.filter(
            WAITING,
            cohort_module__cohort=self.cohort,
            enrollment__status__in=Enrollment.HOLDS_A_PLACE,
        )
        for module_pk, count in _counted(pending, "cohort_module"):
            self.add(module_pk, Subject.APPROVALS, count)
        outcomes = EditionOutcome.objects.filter(
            WAITING, enrollment__cohort=self.cohort, enrollment__status__in=Enrollment.HOLDS_A_PLACE
        )
        waiting = set(outcomes.order_by().values_list("enrollment", flat=True))
        for person in progress.rows:
            # Who waits for a second person is still enrolled.
            if person.enrollment.pk in waiting:
                self.add(None, Subject.OUTCOME_APPROVALS)
            elif person.enrollment.status == Enrollment.Status.ENROLLED:
                self.add(None, Subject.OUTCOMES)

    def of_certificates(self) -> None:
        issued = Certificate.objects.live().filter(
            enrollment=OuterRef("pk"), kind=CertificateKind.CERTIFICATE
        )
        people = Enrollment.objects.filter(cohort=self.cohort).annotate(certified=Exists(issued))
        completed = Q(status=Enrollment.Status.COMPLETED)
        found = people.aggregate(
            missing=Count("pk", filter=completed & Q(certified=False)),
            unfounded=Count("pk", filter=~completed & Q(certified=True)),
        )
        self.add(None, Subject.CERTIFICATES, found["missing"])
        self.add(None, Subject.UNFOUNDED, found["unfounded"])
        asked = NameConfirmation.objects.filter(
            enrollment__cohort=self.cohort,
            enrollment__status__in=Enrollment.HOLDS_A_PLACE,
            state=NameConfirmation.State.ASKED,
        )
        self.add(None, Subject.NAMES, asked.count())


def _counted(rows: Any, by: str) -> Iterator[tuple[int | None, int]]:
    return iter(rows.order_by().values_list(by).annotate(count=Count("pk")))
