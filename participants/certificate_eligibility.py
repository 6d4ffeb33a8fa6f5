"""Who may be issued a certificate, and why not: once the modules are closed and it is decided.

A certificate is of who completed the edition; a constancia of who took part without completing it,
or until withdrawing, with the least attendance that its design asks for.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Cohort, CohortModule, Session
from participants.certificate_facts import Draft, masked
from participants.certificate_letters import refuse_undrawable
from participants.models import (
    AttendanceRecord,
    Certificate,
    CertificateDesign,
    CertificateKind,
    Enrollment,
    ModuleCompletion,
    NameConfirmation,
    Recipient,
)
from participants.models.attendance import CAME
from participants.printed_names import printed_name, why_not_printed

Status = Enrollment.Status
TOOK_PART = (Status.NOT_COMPLETED, Status.WITHDRAWN)
DECIDED = (Status.COMPLETED, *TOOK_PART)
NOBODY_SIGNS = gettext_lazy(
    "Nobody signs this design yet: nothing is issued of it before it has a signatory."
)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """One person: the certificate as it would be issued, or why it is not."""

    enrollment: Enrollment
    confirmation: NameConfirmation | None
    draft: Draft | None
    refusal: ValidationError | None

    @property
    def name(self) -> str:
        return printed_name(self.enrollment, self.confirmation)

    @property
    def reason(self) -> str:
        return self.refusal.messages[0] if self.refusal else ""


def eligibilities(
    cohort: Cohort,
    design: CertificateDesign,
    enrollments: Iterable[Enrollment],
    *,
    at: dt.datetime,
    despite_deceit: bool = False,
) -> dict[int, Eligibility]:
    """By the enrollment's id, in the order given: ten queries at most for any number of people.

    Whose last one was revoked as obtained by deceit is refused, unless `despite_deceit`. The
    cohort comes with its program, the enrollments with their participants; all are of it.
    """
    people = list(enrollments)
    general = why_not_in(cohort, design, Recipient.PARTICIPANTS)
    names = {
        row.enrollment_id: row for row in NameConfirmation.objects.filter(enrollment__in=people)
    }
    hours = Hours.of(cohort, design, people)
    attended = _attended(cohort, people) if design.least_attendance_percent else {}
    certified = _certified(people) if design.kind == CertificateKind.CONSTANCIA else set()
    last = {} if despite_deceit else last_certificates(people)
    found = {}
    for person in people:
        confirmation = names.get(person.pk)
        draft = None
        try:
            if general is not None:
                raise general
            _refuse_status(person, design)
            refuse_deceit(last.get(person.pk))
            if person.pk in certified:
                raise still_in_force()
            _refuse_absent(person, design, attended)
            if (refusal := why_not_printed(cohort, confirmation, at=at)) is not None:
                raise refusal
            draft = Draft(
                cohort=cohort,
                enrollment=person,
                name=printed_name(person, confirmation),
                document=masked(person.participant),
                hours=hours.of_person(person),
                starts_on=cohort.starts_on,
                ends_on=cohort.ends_on,
            )
            refuse_undrawable(draft.name)
        except ValidationError as error:
            found[person.pk] = Eligibility(person, confirmation, None, error)
        else:
            found[person.pk] = Eligibility(person, confirmation, draft, None)
    return found


def why_not_in(cohort: Cohort, design: CertificateDesign, recipient: str) -> ValidationError | None:
    """Why nobody of the edition can be issued this design: "retired", "other_design", "unsigned",
    "undrawable", "no_modules", "modules_open". None when some can."""
    if design.retired_at is not None:
        return ValidationError(
            _("This design is no longer used: choose its newest version."), code="retired"
        )
    if design.recipient != recipient or design.program_id not in (None, cohort.program_id):
        return ValidationError(_("This design is for others."), code="other_design")
    if not design.signatories.exists():
        return ValidationError(NOBODY_SIGNS, code="unsigned")
    try:
        refuse_undrawable(f"{cohort.program.title_es}{cohort.program.title_en}{cohort.code}")
    except ValidationError as error:
        return error
    modules = list(CohortModule.objects.filter(cohort=cohort).select_related("module"))
    if not modules:
        return ValidationError(_("The edition has no modules."), code="no_modules")
    if still_open := [module for module in modules if module.closed_at is None]:
        return ValidationError(
            _("A certificate is issued once all modules are closed. Still open: %(modules)s.")
            % {"modules": ", ".join(str(module.module.number) for module in still_open)},
            code="modules_open",
        )
    return None


def last_certificates(people: Iterable[Enrollment]) -> dict[int | None, Certificate]:
    """By the enrollment's id, in force or not and of whatever kind."""
    rows = Certificate.objects.filter(enrollment__in=people).defer("facts_text")
    return {row.enrollment_id: row for row in rows.order_by("pk")}


def refuse_deceit(last: Certificate | None) -> None:
    """Refused: "deceit"; its page is where a new one is issued all the same."""
    if last is not None and last.asks_for_a_reason:
        raise ValidationError(
            _(
                "The last one, No. %(number)s, was revoked as it was obtained by deceit: a new one"
                " is issued from the page of that one alone, with a reason."
            ),
            code="deceit",
            params={"number": last.full_number, "certificate": last.pk},
        )


def still_in_force() -> ValidationError:
    return ValidationError(
        _("A certificate of this person is in force. Revoke it first."), code="certified"
    )


def edition_hours(cohort: Cohort, design: CertificateDesign) -> int:
    """What a design for all people alike prints. Refused: "no_hours", where a module has none."""
    return Hours.of(cohort, design, []).of_edition()


def _refuse_status(person: Enrollment, design: CertificateDesign) -> None:
    if person.status not in DECIDED:
        raise ValidationError(
            _("It is not decided how the edition ended for this person."), code="undecided"
        )
    completed = person.status == Status.COMPLETED
    if completed and design.kind != CertificateKind.CERTIFICATE:
        raise ValidationError(
            _("Who completed the edition is issued the certificate."), code="completed"
        )
    if not completed and design.kind == CertificateKind.CERTIFICATE:
        raise ValidationError(
            _("Only who completed the edition is issued the certificate."), code="not_completed"
        )


def _certified(people: list[Enrollment]) -> set[int | None]:
    """Of whom a certificate in force says that they completed the edition."""
    rows = Certificate.objects.live().filter(
        enrollment__in=people, kind=CertificateKind.CERTIFICATE
    )
    return set(rows.order_by().values_list("enrollment", flat=True))


def _refuse_absent(
    person: Enrollment, design: CertificateDesign, attended: Mapping[int, tuple[int, int]]
) -> None:
    least = design.least_attendance_percent
    if least is None:
        return
    came, base = attended[person.pk]
    if came * 100 < least * base or not came:
        raise ValidationError(
            _("Attended %(came)d of %(base)d sessions; the constancia asks for %(least)d %%.")
            % {"came": came, "base": base, "least": least},
            code="attendance",
        )


def _attended(cohort: Cohort, people: list[Enrollment]) -> dict[int, tuple[int, int]]:
    """By enrollment: sessions attended, and those of the whole edition for its group.

    Not of the person's own dates alone: who left after the first week attended little of it.
    """
    came = dict(
        AttendanceRecord.objects.filter(enrollment__in=people, state__in=CAME)
        .order_by()
        .values_list("enrollment")
        .annotate(sessions=Count("pk"))
    )
    held = Session.objects.filter(cohort=cohort).exclude(status=Session.Status.CANCELLED)
    by_group = dict(held.order_by().values_list("group").annotate(sessions=Count("pk")))
    plenary = by_group.get(None, 0)
    return {
        person.pk: (
            came.get(person.pk, 0),
            plenary + (by_group.get(person.group_id, 0) if person.group_id else 0),
        )
        for person in people
    }


@dataclass(frozen=True, slots=True)
class Hours:
    """Academic hours as the design counts them."""

    design: CertificateDesign
    by_module: dict[int, int | None]
    completed: dict[int, list[int]]

    @classmethod
    def of(cls, cohort: Cohort, design: CertificateDesign, people: list[Enrollment]) -> "Hours":
        if design.hours_from == CertificateDesign.Hours.FIXED:
            return cls(design, {}, {})
        modules = CohortModule.objects.filter(cohort=cohort)
        by_module = dict(modules.values_list("pk", "module__academic_hours"))
        completed: dict[int, list[int]] = defaultdict(list)
        if design.hours_from == CertificateDesign.Hours.COMPLETED:
            rows = ModuleCompletion.objects.filter(
                enrollment__in=people, outcome=ModuleCompletion.Outcome.COMPLETED
            )
            for person, module in rows.order_by().values_list("enrollment", "cohort_module"):
                completed[person].append(module)
        return cls(design, by_module, completed)

    def of_person(self, person: Enrollment) -> int:
        if self.design.hours_from == CertificateDesign.Hours.COMPLETED:
            return self._sum(self.completed[person.pk])
        return self.of_edition()

    def of_edition(self) -> int:
        return self.of_modules(list(self.by_module))

    def of_modules(self, modules: list[int]) -> int:
        if self.design.fixed_hours is not None:
            return self.design.fixed_hours
        return self._sum(modules)

    def _sum(self, modules: list[int]) -> int:
        hours = [self.by_module[module] for module in modules]
        total = sum(each or 0 for each in hours)
        if None in hours or not total:
            raise ValidationError(
                _("The academic hours to print are not known: write those of each module."),
                code="no_hours",
            )
        return total
