"""Certificates of tutors, for guiding groups of an edition: in the same register as all others.

As participants/certifying.py: the modules are locked first, and who has one in force keeps it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort, Session
from participants.certificate_eligibility import Hours, refuse_deceit, why_not_in
from participants.certificate_facts import Draft, composed, masked
from participants.certificate_letters import refuse_undrawable
from participants.certificate_register import enter
from participants.certifying import (
    already_replaced,
    locked_certificate,
    locked_modules,
    mark_replaced,
    mark_revoked,
    newest,
    refuse_in_force,
    refuse_no_deceit,
)
from participants.models import Certificate, CertificateDesign, Recipient
from participants.surveying import module_days
from tutors.models import Tutor, TutorAssignment, TutorCertificate


@dataclass(frozen=True, slots=True)
class TutorEligibility:
    """One tutor: the certificate as it would be issued, or why it is not."""

    tutor: Tutor
    draft: Draft | None
    refusal: ValidationError | None

    @property
    def name(self) -> str:
        return composed(self.tutor.full_name)

    @property
    def reason(self) -> str:
        return self.refusal.messages[0] if self.refusal else ""


@dataclass(frozen=True, slots=True)
class IssuedToTutors:
    certificates: tuple[Certificate, ...]
    refused: tuple[TutorEligibility, ...]


def tutors_of(cohort: Cohort) -> list[Tutor]:
    """Who guides or guided a group of the edition, by name."""
    assigned = TutorAssignment.objects.of_edition(cohort)
    tutors = Tutor.objects.filter(pk__in=assigned.values("tutor"))
    return sorted(tutors, key=lambda tutor: (tutor.sorting_key, tutor.pk))


def tutor_eligibilities(
    cohort: Cohort,
    design: CertificateDesign,
    tutors: Iterable[Tutor],
    *,
    at: dt.datetime,
    despite_deceit: bool = False,
) -> dict[int, TutorEligibility]:
    """By the tutor's id, in the order given; eight queries at most. The cohort comes with its
    program. Of deceit as `eligibilities` of participants/certificate_eligibility.py."""
    people = list(tutors)
    general = why_not_in(cohort, design, Recipient.TUTORS)
    assignments: dict[int, list[TutorAssignment]] = defaultdict(list)
    for row in TutorAssignment.objects.of_edition(cohort).filter(tutor__in=people):
        assignments[row.tutor_id].append(row)
    days, hours = module_days(cohort), Hours.of(cohort, design, [])
    by_session = design.hours_from == CertificateDesign.Hours.SESSIONS
    sessions = list(_held(cohort, at)) if by_session else []
    last = {} if despite_deceit else _last_certificates(cohort, people)
    found = {}
    for tutor in people:
        try:
            if general is not None:
                raise general
            refuse_deceit(last.get(tutor.pk))
            rows = assignments[tutor.pk]
            guided = _modules_guided(days, rows)
            printed = (
                _hours_guided(cohort, sessions, rows) if by_session else hours.of_modules(guided)
            )
            draft = _draft(cohort, tutor, rows, printed)
        except ValidationError as error:
            found[tutor.pk] = TutorEligibility(tutor, None, error)
        else:
            found[tutor.pk] = TutorEligibility(tutor, draft, None)
    return found


@transaction.atomic
def issue_to_tutors(
    cohort: Cohort,
    design: CertificateDesign,
    tutors: Iterable[Tutor],
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    despite_deceit: bool = False,
) -> IssuedToTutors:
    cohort = locked_modules(cohort.pk)
    people = list(tutors)
    links = {
        row.tutor_id: row
        for row in TutorCertificate.objects.filter(
            cohort=cohort, kind=design.kind, tutor__in=people
        ).select_related("certificate__design")
    }
    had = {pk: row.certificate for pk, row in links.items() if not row.certificate.is_revoked}
    wanting = sorted(
        (tutor for tutor in people if tutor.pk not in had),
        key=lambda tutor: (tutor.sorting_key, tutor.pk),
    )
    found = (
        tutor_eligibilities(cohort, design, wanting, at=at, despite_deceit=despite_deceit)
        if wanting
        else {}
    )
    ready = [each for each in found.values() if each.draft is not None]
    entered = enter([each.draft for each in ready if each.draft], design, by=by, at=at)
    for each, certificate in zip(ready, entered, strict=True):
        link = links.get(each.tutor.pk) or TutorCertificate(
            tutor=each.tutor, cohort=cohort, kind=design.kind
        )
        link.certificate = certificate
        link._history_user = by  # type: ignore[attr-defined]
        link.save()
    refused = tuple(each for each in found.values() if each.refusal is not None)
    return IssuedToTutors((*had.values(), *entered), refused)


@transaction.atomic
def reissue_to_tutor(
    certificate: Certificate,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    note: str = "",
    design: CertificateDesign | None = None,
) -> Certificate:
    """As `reissue` of participants/certifying.py. Revoking is the same for both."""
    cohort = locked_modules(certificate.cohort_id)
    old = locked_certificate(certificate.pk)
    if (done := already_replaced(old)) is not None:
        return done
    tutor = TutorCertificate.objects.select_related("tutor").get(certificate=old).tutor
    mark_revoked(old, reason=reason, note=note, by=by, at=at)
    deceived = reason == Certificate.Revocation.FRAUD
    chosen = design or newest(old.design)
    new = _issue_to(cohort, chosen, tutor, by=by, at=at, despite_deceit=not deceived)
    return mark_replaced(old, new, by=by)


@transaction.atomic
def issue_to_tutor_after_deceit(
    certificate: Certificate,
    design: CertificateDesign,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> Certificate:
    """As `issue_after_deceit` of participants/certifying.py."""
    cohort = locked_modules(certificate.cohort_id)
    old = locked_certificate(certificate.pk)
    if old.replaced_by is not None:
        return old.replaced_by
    # Of an earlier one of its kind there is none: it is not the last.
    links = TutorCertificate.objects.select_related("tutor").filter(certificate=old)
    tutors = [link.tutor for link in links]
    refuse_no_deceit(old, _last_certificates(cohort, tutors).values(), reason)
    live = Certificate.objects.live().filter(of_tutor__cohort=cohort, of_tutor__tutor=tutors[0])
    refuse_in_force(live, design)
    new = _issue_to(cohort, design, tutors[0], by=by, at=at, despite_deceit=True)
    return mark_replaced(old, new, by=by, reason=reason)


def _issue_to(
    cohort: Cohort,
    design: CertificateDesign,
    tutor: Tutor,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    despite_deceit: bool = False,
) -> Certificate:
    issued = issue_to_tutors(cohort, design, [tutor], by=by, at=at, despite_deceit=despite_deceit)
    for each in issued.refused:
        if each.refusal is not None:
            raise each.refusal
    return issued.certificates[0]


def _last_certificates(cohort: Cohort, tutors: Iterable[Tutor]) -> dict[int, Certificate]:
    """By the tutor's id, of whatever kind; of the two kinds, one obtained by deceit goes before."""
    links = TutorCertificate.objects.filter(cohort=cohort, tutor__in=tutors)
    rows = sorted(
        links.select_related("certificate"),
        key=lambda row: (row.certificate.asks_for_a_reason, row.certificate_id),
    )
    return {row.tutor_id: row.certificate for row in rows}


def _modules_guided(
    days: Mapping[int, tuple[dt.date, dt.date]], rows: list[TutorAssignment]
) -> list[int]:
    """Those with at least a day of guiding in their weeks. Refused: "no_assignment"."""
    guided = [
        module
        for module, (first, last) in days.items()
        if any(row.starts_on <= last and first <= (row.ends_on or last) for row in rows)
    ]
    if not guided:
        raise ValidationError(
            _("This person guided no group of the edition during a module."), code="no_assignment"
        )
    return guided


def _held(cohort: Cohort, at: dt.datetime) -> QuerySet[Session]:
    return Session.objects.filter(cohort=cohort).counted().ended(at)


def _hours_guided(
    cohort: Cohort, sessions: Iterable[Session], rows: Iterable[TutorAssignment]
) -> int:
    """Of the sessions of the group, and of all groups, on a day of guiding it; whole hours, rounded
    down. Refused: "no_hours"."""
    held = dt.timedelta()
    for session in sessions:
        day = timezone.localdate(session.starts_at)
        if any(
            session.group_id in (None, row.group_id)
            and row.starts_on <= day <= (row.ends_on or day)
            for row in rows
        ):
            held += session.ends_at - session.starts_at
    hours = held // dt.timedelta(minutes=cohort.minutes_per_academic_hour)
    if not hours:
        raise ValidationError(
            _("No session was held while this person guided a group."), code="no_hours"
        )
    return hours


def _draft(cohort: Cohort, tutor: Tutor, rows: list[TutorAssignment], hours: int) -> Draft:
    """From the first day of guiding to the last, inside the edition."""
    name = composed(tutor.full_name)
    refuse_undrawable(name)
    return Draft(
        cohort=cohort,
        name=name,
        document=masked(tutor),
        hours=hours,
        starts_on=max(cohort.starts_on, min(row.starts_on for row in rows)),
        ends_on=min(cohort.ends_on, max(row.ends_on or cohort.ends_on for row in rows)),
    )
