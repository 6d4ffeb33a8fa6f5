"""A certificate as it would be printed for one person, before it exists."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.models import Cohort
from courses.typesetting import typeset
from participants.certificate_codes import LENGTH
from participants.certificate_eligibility import TOOK_PART, edition_hours
from participants.certificate_facts import Draft, composed, facts_of, masked
from participants.certificate_letters import refuse_undrawable
from participants.certificate_pdf import sheet_of
from participants.certifying import by_name
from participants.models import CertificateDesign, CertificateKind, Enrollment, Recipient
from participants.printed_names import confirmation_of, printed_name
from tutors.certifying import tutors_of

Status = Enrollment.Status
NO_CODE = "0" * LENGTH  # no code has a zero
NO_NUMBER = "0000-0000"


def preview_pdf(cohort: Cohort, design: CertificateDesign, *, at: dt.datetime) -> bytes:
    """Of the first by name whom it is for, or of anybody. Refused: "nobody", "no_hours",
    "undrawable". The cohort comes with its program."""
    draft = _draft(cohort, design)
    refuse_undrawable(draft.name)
    facts = facts_of(draft, design, "", number=NO_NUMBER, code=NO_CODE, at=at)
    with override(design.language):
        data = sheet_of(facts, design.logos.all(), design.signatories.all())
        return typeset("certificate.typ", data, at=at, standard="a-3a")


def _draft(cohort: Cohort, design: CertificateDesign) -> Draft:
    hours = edition_hours(cohort, design)
    if design.recipient == Recipient.TUTORS:
        tutors = tutors_of(cohort)
        if not tutors:
            raise _nobody()
        name, document = composed(tutors[0].full_name), masked(tutors[0])
    else:
        person = _person(cohort, design)
        name = printed_name(person, confirmation_of(person))
        document = masked(person.participant)
    return Draft(
        cohort=cohort,
        name=name,
        document=document,
        hours=hours,
        starts_on=cohort.starts_on,
        ends_on=cohort.ends_on,
    )


def _person(cohort: Cohort, design: CertificateDesign) -> Enrollment:
    own = Enrollment.objects.for_cohort(cohort).select_related("participant")
    statuses = (
        (Status.COMPLETED,) if design.kind == CertificateKind.CERTIFICATE else tuple(TOOK_PART)
    )
    people = list(own.filter(status__in=statuses)) or list(
        own.filter(status__in=Enrollment.ATTENDED)
    )
    if not people:
        raise _nobody()
    return by_name(people)[0]


def _nobody() -> ValidationError:
    return ValidationError(_("There is nobody to issue it to."), code="nobody")
