"""An edition that is over, with people who may be certified."""

import datetime as dt

from courses.models import Cohort
from participants.certificate_codes import new_code
from participants.certificate_facts import Draft, canonical, design_digest, facts_of, masked
from participants.certificate_signing import current_key_id, sign
from participants.models import Certificate, Enrollment, Participant
from tests.factories import (
    MONDAY,
    CertificateDesignFactory,
    CertificateFactory,
    CohortFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    TutorCertificateFactory,
    at,
)
from tutors.models import Tutor

AFTER = at(MONDAY + dt.timedelta(days=40), 10)


def closed_edition(**fields) -> Cohort:
    """Its module is closed, and names are printed unconfirmed."""
    last_day = MONDAY + dt.timedelta(days=30)
    cohort = CohortFactory(**{"status": "closed", "names_until": last_day} | fields)
    CohortModuleFactory(
        cohort=cohort, closed_at=at(last_day, 9), module__academic_hours=24, module__number=1
    )
    return cohort


def person(cohort: Cohort, status: str = "completed", **fields):
    if status == "withdrawn":
        fields |= {"ended_on": MONDAY + dt.timedelta(days=9)}
    return EnrollmentFactory(cohort=cohort, status=status, **fields)


def certified(enrollment: Enrollment, **fields) -> Certificate:
    """One in force as the verb would have written it, of an edition that may still run."""
    number = fields.pop("number", 7)
    return _entered(
        enrollment.participant, enrollment.cohort, number, enrollment=enrollment, **fields
    )


def certified_tutor(tutor: Tutor, cohort: Cohort) -> Certificate:
    design = CertificateDesignFactory(recipient="tutors", kind="constancia")
    certificate = _entered(tutor, cohort, 8, enrollment=None, design=design)
    TutorCertificateFactory(tutor=tutor, cohort=cohort, certificate=certificate)
    return certificate


def _entered(who: Participant | Tutor, cohort: Cohort, number: int, **fields) -> Certificate:
    design = fields.pop("design", None) or CertificateDesignFactory()
    draft = Draft(
        cohort=cohort,
        name=who.full_name,
        document=masked(who),
        hours=96,
        starts_on=cohort.starts_on,
        ends_on=cohort.ends_on,
    )
    code, digest = new_code(), design_digest(design)
    facts = facts_of(draft, design, digest, number=f"{number:04}-2026", code=code, at=AFTER)
    text = canonical(facts | {"key": current_key_id()})
    return CertificateFactory(
        cohort=cohort,
        number=number,
        code=code,
        kind=design.kind,
        design=design,
        facts_text=text,
        signature=sign(text),
        **fields,
    )
