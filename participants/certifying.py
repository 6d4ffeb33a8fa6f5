"""Issuing, revoking and issuing anew: one in force for a person, whatever happens at once.

The certificate of who has a constancia, having completed the edition after all, replaces it.

The order of locks is that of decisions: the modules of the edition, its enrollments, and last the
year's register. All of it is possible after the edition closed.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.assessing import hold_modules
from courses.models import Cohort
from participants.certificate_eligibility import (
    Eligibility,
    eligibilities,
    last_certificates,
    still_in_force,
)
from participants.certificate_register import enter
from participants.models import Certificate, CertificateDesign, Enrollment
from participants.places import locked_enrollment

Revocation = Certificate.Revocation


@dataclass(frozen=True, slots=True)
class Issued:
    """`certificates` are those in force now, of before too; `refused` are the others, and why."""

    certificates: tuple[Certificate, ...]
    refused: tuple[Eligibility, ...]


def issue(
    enrollment: Enrollment,
    design: CertificateDesign,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    despite_deceit: bool = False,
) -> Certificate:
    """The certificate of a person; who has one of the kind in force keeps it, as it is.

    Raises ValidationError with the code of what is against it: "modules_open", "undecided",
    "completed", "not_completed", "deceit", "certified", "attendance", "unconfirmed", "name_asked",
    "undrawable", "no_hours", "retired", "other_design", "unsigned", "no_modules", "unprintable",
    "no_key", "gone".
    """
    issued = issue_many([enrollment], design, by=by, at=at, despite_deceit=despite_deceit)
    for each in issued.refused:
        if each.refusal is not None:
            raise each.refusal
    if not issued.certificates:
        raise gone()
    return issued.certificates[0]


@transaction.atomic
def issue_many(
    enrollments: Iterable[Enrollment],
    design: CertificateDesign,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    despite_deceit: bool = False,
) -> Issued:
    """Of people of one edition: all who can be or nobody. A fixed number of queries, but for the
    constancias that are replaced."""
    pks = {enrollment.pk for enrollment in enrollments}
    cohorts = set(Enrollment.objects.filter(pk__in=pks).order_by().values_list("cohort", flat=True))
    if not pks:
        return Issued((), ())
    if len(cohorts) != 1:
        raise ValidationError(_("They are of different editions."), code="editions")
    cohort = locked_modules(cohorts.pop())
    people = list(
        Enrollment.objects.select_for_update(of=("self",))
        .filter(pk__in=pks)
        .select_related("participant")
        .order_by("pk")
    )
    in_force = {row.enrollment_id: row for row in locked_in_force(people)}
    had = {pk: row for pk, row in in_force.items() if row.kind == design.kind}
    wanting = [person for person in people if person.pk not in had]
    found = (
        eligibilities(cohort, design, by_name(wanting), at=at, despite_deceit=despite_deceit)
        if wanting
        else {}
    )
    drafts = [each.draft for each in found.values() if each.draft is not None]
    replaced = [in_force[pk] for pk, each in found.items() if each.draft and pk in in_force]
    for constancia in replaced:
        mark_revoked(constancia, reason=Revocation.REPLACED, note="", by=by, at=at)
    entered = enter(drafts, design, by=by, at=at)
    successors = {row.enrollment_id: row for row in entered}
    for constancia in replaced:
        mark_replaced(constancia, successors[constancia.enrollment_id], by=by)
    refused = tuple(each for each in found.values() if each.refusal is not None)
    return Issued((*had.values(), *entered), refused)


@transaction.atomic
def revoke(
    certificate: Certificate,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    note: str = "",
) -> Certificate:
    """No longer in force, for ever. Revoked again, it keeps the reason and moment of the first."""
    certificate = locked_certificate(certificate.pk)
    if certificate.is_revoked:
        return certificate
    return mark_revoked(certificate, reason=reason, note=note, by=by, at=at)


@transaction.atomic
def reissue(
    certificate: Certificate,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
    note: str = "",
    design: CertificateDesign | None = None,
) -> Certificate:
    """A new one, with what holds now and a number of its own; the old one is revoked and names it.

    By default in the newest version of its design. Asked for again, it is the same new one.
    Refused as issuing is, and: "revoked", where the old one was revoked and not replaced; "deceit",
    where that is the reason.
    """
    if certificate.enrollment_id is None:
        raise ValueError("A tutor's is issued anew by tutors/certifying.py.")
    locked_modules(certificate.cohort_id)
    enrollment = _locked_enrollment(certificate.enrollment_id)
    old = locked_certificate(certificate.pk)
    if (done := already_replaced(old)) is not None:
        return done
    mark_revoked(old, reason=reason, note=note, by=by, at=at)
    deceived = reason == Revocation.FRAUD
    new = issue(enrollment, design or newest(old.design), by=by, at=at, despite_deceit=not deceived)
    return mark_replaced(old, new, by=by)


@transaction.atomic
def issue_after_deceit(
    certificate: Certificate,
    design: CertificateDesign,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> Certificate:
    """A new one for the person whose last one, this, was revoked as obtained by deceit.

    The old one keeps that reason, names the new one, and its history has why it was issued. Asked
    for again, it is the same new one. Refused as issuing is, and: "no_reason", "no_deceit"; and
    "certified" where one of the kind is in force, which issuing would hand back.
    """
    if certificate.enrollment_id is None:
        raise ValueError("A tutor's is issued by tutors/certifying.py.")
    locked_modules(certificate.cohort_id)
    enrollment = _locked_enrollment(certificate.enrollment_id)
    old = locked_certificate(certificate.pk)
    if old.replaced_by is not None:
        return old.replaced_by
    refuse_no_deceit(old, last_certificates([enrollment]).values(), reason)
    refuse_in_force(locked_in_force([enrollment]), design)
    new = issue(enrollment, design, by=by, at=at, despite_deceit=True)
    return mark_replaced(old, new, by=by, reason=reason)


def newest(design: CertificateDesign) -> CertificateDesign:
    """The version of the design that is used now, or itself where none is."""
    usable = CertificateDesign.objects.usable().filter(name=design.name)
    return usable.order_by("-version").first() or design


def gone() -> ValidationError:
    """The enrollment was united with another one meanwhile."""
    return ValidationError(_("This person is not in this edition."), code="gone")


def _locked_enrollment(pk: int) -> Enrollment:
    try:
        return locked_enrollment(pk)
    except Enrollment.DoesNotExist as error:
        raise gone() from error


def by_name(people: list[Enrollment]) -> list[Enrollment]:
    """Numbers are given in the order of a list of names."""
    return sorted(people, key=lambda person: (person.participant.sorting_key, person.pk))


# ---- also for the certificates of tutors -----------------------------------------------------


def locked_modules(cohort_pk: int) -> Cohort:
    """The cohort with its program; no module of it is opened or closed until the transaction ends,
    and nobody else issues certificates of it."""
    hold_modules(cohort_pk)
    return Cohort.objects.select_related("program").get(pk=cohort_pk)


def locked_certificate(pk: int) -> Certificate:
    rows = Certificate.objects.select_for_update(of=("self",))
    return rows.select_related("design", "cohort", "replaced_by").get(pk=pk)


def locked_in_force(people: Iterable[Enrollment]) -> list[Certificate]:
    """None of them is revoked by another until the transaction ends."""
    live = Certificate.objects.live().select_for_update(of=("self",))
    return list(live.filter(enrollment__in=people).select_related("design").order_by("pk"))


def already_replaced(certificate: Certificate) -> Certificate | None:
    """What it was replaced with. Refused: "revoked", where it was revoked without another."""
    if certificate.replaced_by is not None:
        return certificate.replaced_by
    if certificate.is_revoked:
        raise ValidationError(
            _("It is revoked: issue a new one instead, if it is due."), code="revoked"
        )
    return None


def refuse_no_deceit(certificate: Certificate, lasts: Iterable[Certificate], reason: str) -> None:
    """Refused: "no_deceit" where nothing bars a new one, as it is none of the last or they were not
    revoked for that; "no_reason"."""
    if not certificate.asks_for_a_reason or certificate not in lasts:
        raise ValidationError(
            _("Nothing bars a new one: issue it with all others."), code="no_deceit"
        )
    if not reason.strip():
        raise ValidationError(_("Write why a new one is due all the same."), code="no_reason")


def refuse_in_force(live: Iterable[Certificate], design: CertificateDesign) -> None:
    if any(row.kind == design.kind for row in live):
        raise still_in_force()


def mark_revoked(
    certificate: Certificate,
    *,
    reason: str,
    note: str,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> Certificate:
    certificate.revocation, certificate.revocation_note = reason, note.strip()
    certificate.revoked_at = at
    certificate.revoked_by = by  # type: ignore[assignment]
    return _save(certificate, by)


def mark_replaced(
    old: Certificate, new: Certificate, *, by: AbstractBaseUser | None, reason: str = ""
) -> Certificate:
    """`reason` is kept in the history, 100 letters of it."""
    old.replaced_by = new
    old._change_reason = reason.strip()[:100] or None  # type: ignore[attr-defined]
    _save(old, by)
    return new


def _save(certificate: Certificate, by: AbstractBaseUser | None) -> Certificate:
    certificate._history_user = by  # type: ignore[attr-defined]
    certificate.full_clean(exclude=["design", "cohort", "enrollment", "issued_by"])
    certificate.save()
    return certificate
