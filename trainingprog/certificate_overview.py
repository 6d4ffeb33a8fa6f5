"""What an edition's certificates still wait for, and who would get which today."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.models import Cohort, CohortModule
from participants.certificate_eligibility import TOOK_PART, Eligibility, eligibilities
from participants.certificate_runs import issue_next, start_run
from participants.certificate_signing import sign
from participants.certifying import by_name
from participants.models import (
    Certificate,
    CertificateDesign,
    CertificateKind,
    Enrollment,
    IssueRun,
    NameConfirmation,
    Recipient,
)
from tutors.certificate_runs import issue_next_to_tutors, start_tutor_run
from tutors.certifying import TutorEligibility, tutor_eligibilities, tutors_of
from tutors.models import Tutor, TutorCertificate

RUNS_SHOWN = 20
Status = Enrollment.Status
TITLES: dict[tuple[str, str], str | Promise] = {
    ("certificate", "participants"): _("Certificate: who completed the edition"),
    ("constancia", "participants"): _("Constancia: who took part in it"),
    ("certificate", "tutors"): _("Certificate of the tutors"),
    ("constancia", "tutors"): _("Constancia of the tutors"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind for participants or for tutors, in the design chosen.

    `ready` would be issued one now. `waiting` may still get one: each says what is against it.
    `short` attended less than the constancia asks for. `barred` had one that was revoked as
    obtained by deceit, and get another only from its page. Of the ready, `replacing` have a
    constancia in force, which ends, and `again` are the names of who had one that was revoked.
    """

    kind: str
    recipient: str
    designs: tuple[CertificateDesign, ...]
    design: CertificateDesign | None
    people: int
    issued: int
    ready: tuple[Eligibility | TutorEligibility, ...]
    waiting: tuple[Eligibility | TutorEligibility, ...]
    short: int
    barred: tuple[Eligibility | TutorEligibility, ...]
    again: tuple[str, ...]
    replacing: int = 0

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.recipient}"

    @property
    def is_unsigned(self) -> bool:
        """Nobody signs the design, which nobody is issued then."""
        return any(each.refusal and each.refusal.code == "unsigned" for each in self.waiting)

    @property
    def title(self) -> str | Promise:
        return TITLES[self.kind, self.recipient]

    def start(self, cohort: Cohort, *, by: AbstractBaseUser, at: dt.datetime) -> IssueRun:
        """Of those that are ready; a run that is under way is the same."""
        if self.design is None:
            raise ValueError("No design is chosen for these.")
        if self.recipient == Recipient.TUTORS:
            tutors = [each.tutor for each in self.ready if isinstance(each, TutorEligibility)]
            return start_tutor_run(cohort, self.design, tutors, by=by, at=at)
        people = [each.enrollment for each in self.ready if isinstance(each, Eligibility)]
        return start_run(cohort, self.design, people, by=by, at=at)


@dataclass(frozen=True, slots=True)
class CertificateOverview:
    """One edition. Twenty-eight queries, with a design of each kind, whatever there is in it."""

    cohort: Cohort
    module_count: int
    open_modules: tuple[CohortModule, ...]
    undecided: int
    unconfirmed: int
    asked: tuple[NameConfirmation, ...]
    lines: tuple[Line, ...]
    runs: tuple[IssueRun, ...]
    issued: int
    revoked: int

    @property
    def ready(self) -> int:
        return sum(len(line.ready) for line in self.lines)

    @property
    def without_design(self) -> list[Line]:
        return [line for line in self.lines if line.people and not line.designs]

    @property
    def is_running(self) -> bool:
        return bool(self.under_way)

    @property
    def under_way(self) -> list[IssueRun]:
        return [run for run in self.runs if not run.is_finished]

    def go_on(self) -> None:
        """Queues the runs under way again, as a worker may have died; of those that live, nobody
        gets two. Raises ValidationError, "no_key"."""
        sign("")
        for run in self.under_way:
            for_tutors = run.design.recipient == Recipient.TUTORS
            (issue_next_to_tutors if for_tutors else issue_next).enqueue(run.pk)

    @classmethod
    def for_cohort(
        cls, cohort: Cohort, *, at: dt.datetime, chosen: Mapping[str, Any] | None = None
    ) -> "CertificateOverview":
        """The cohort comes with its program. `chosen` names a design for a line by its key, or
        nothing, where the line is left out."""
        modules = list(CohortModule.objects.filter(cohort=cohort).select_related("module"))
        people = by_name(
            list(
                Enrollment.objects.for_cohort(cohort)
                .filter(status__in=Enrollment.ATTENDED)
                .select_related("participant")
            )
        )
        names = list(
            NameConfirmation.objects.filter(enrollment__in=people)
            .select_related("enrollment__participant")
            .order_by("said_at", "pk")
        )
        settled = {row.enrollment_id for row in names if row.is_settled}
        rows = list(
            Certificate.objects.for_cohort(cohort)
            .order_by()
            .values_list("kind", "enrollment", "revoked_at")
        )
        builder = _Lines(cohort, people, rows, dict(chosen or {}), at)
        return cls(
            cohort=cohort,
            module_count=len(modules),
            open_modules=tuple(each for each in modules if each.closed_at is None),
            undecided=sum(each.status == Status.ENROLLED for each in people),
            unconfirmed=sum(
                each.pk not in settled and each.status in Enrollment.HOLDS_A_PLACE
                for each in people
            ),
            asked=tuple(row for row in names if row.state == NameConfirmation.State.ASKED),
            lines=builder.lines(),
            runs=latest_runs(cohort),
            issued=sum(revoked is None for _kind, _person, revoked in rows),
            revoked=sum(revoked is not None for _kind, _person, revoked in rows),
        )


def latest_runs(cohort: Cohort) -> tuple[IssueRun, ...]:
    """The last of each design, and of those only what still says something: under way, or with
    people to whom it could not be issued."""
    runs = IssueRun.objects.filter(cohort=cohort).select_related("design", "started_by")
    latest: dict[int, IssueRun] = {}
    for run in runs[:RUNS_SHOWN]:
        latest.setdefault(run.design_id, run)
    return tuple(latest.values())


def _refused[Each: (Eligibility, TutorEligibility)](
    found: Iterable[Each], code: str
) -> tuple[Each, ...]:
    return tuple(each for each in found if each.refusal and each.refusal.code == code)


class _Lines:
    def __init__(
        self,
        cohort: Cohort,
        people: list[Enrollment],
        rows: Sequence[tuple[str, int | None, dt.datetime | None]],
        chosen: dict[str, Any],
        at: dt.datetime,
    ) -> None:
        self.cohort, self.people, self.chosen, self.at = cohort, people, chosen, at
        self.had = {(kind, person) for kind, person, revoked in rows if revoked is None}
        self.designs = list(CertificateDesign.objects.for_cohort(cohort).order_by("-pk"))
        self.tutors = tutors_of(cohort)
        self.revoked = {(kind, person) for kind, person, revoked in rows if revoked is not None}
        guided = TutorCertificate.objects.filter(cohort=cohort)
        of_tutors = list(guided.values_list("kind", "tutor", "certificate__revoked_at"))
        self.tutors_had = {(kind, pk) for kind, pk, revoked in of_tutors if revoked is None}
        self.tutors_revoked = {(kind, pk) for kind, pk, revoked in of_tutors if revoked is not None}

    def lines(self) -> tuple[Line, ...]:
        completed = [each for each in self.people if each.status == Status.COMPLETED]
        took_part = [each for each in self.people if each.status in TOOK_PART]
        return (
            self._of_participants(CertificateKind.CERTIFICATE, completed),
            self._of_participants(CertificateKind.CONSTANCIA, took_part),
            *(
                self._of_tutors(kind)
                for kind in (CertificateKind.CERTIFICATE, CertificateKind.CONSTANCIA)
                if kind == CertificateKind.CONSTANCIA or self._designs(kind, Recipient.TUTORS)
            ),
        )

    def _of_participants(self, kind: str, people: list[Enrollment]) -> Line:
        designs = self._designs(kind, Recipient.PARTICIPANTS)
        design = self._choice(kind, Recipient.PARTICIPANTS, designs)
        wanting = [each for each in people if (kind, each.pk) not in self.had]
        found = (
            list(eligibilities(self.cohort, design, wanting, at=self.at).values()) if design else []
        )
        ready = tuple(each for each in found if each.draft is not None)
        short = _refused(found, "attendance")
        barred = _refused(found, "deceit")
        return Line(
            kind=kind,
            recipient=Recipient.PARTICIPANTS,
            designs=tuple(designs),
            design=design,
            people=len(people),
            issued=len(people) - len(wanting),
            ready=ready,
            waiting=tuple(each for each in found if each.refusal and each not in (*short, *barred)),
            short=len(short),
            barred=barred,
            again=tuple(each.name for each in ready if (kind, each.enrollment.pk) in self.revoked),
            replacing=sum(
                (CertificateKind.CONSTANCIA, each.enrollment.pk) in self.had for each in ready
            ),
        )

    def _of_tutors(self, kind: str) -> Line:
        designs = self._designs(kind, Recipient.TUTORS)
        design = self._choice(kind, Recipient.TUTORS, designs)
        wanting: list[Tutor] = [
            each for each in self.tutors if (kind, each.pk) not in self.tutors_had
        ]
        found: list[TutorEligibility] = []
        if design:
            by_tutor = tutor_eligibilities(self.cohort, design, wanting, at=self.at)
            found = list(by_tutor.values())
        barred = _refused(found, "deceit")
        ready = tuple(each for each in found if each.draft is not None)
        return Line(
            kind=kind,
            recipient=Recipient.TUTORS,
            designs=tuple(designs),
            design=design,
            people=len(self.tutors),
            issued=len(self.tutors) - len(wanting),
            ready=ready,
            waiting=tuple(each for each in found if each.refusal and each not in barred),
            short=0,
            barred=barred,
            again=tuple(
                each.name for each in ready if (kind, each.tutor.pk) in self.tutors_revoked
            ),
        )

    def _designs(self, kind: str, recipient: str) -> list[CertificateDesign]:
        return [each for each in self.designs if (each.kind, each.recipient) == (kind, recipient)]

    def _choice(
        self, kind: str, recipient: str, designs: list[CertificateDesign]
    ) -> CertificateDesign | None:
        name = f"{kind}-{recipient}"
        if name not in self.chosen:
            return designs[0] if designs else None
        return next((each for each in designs if str(each.pk) == self.chosen[name]), None)
