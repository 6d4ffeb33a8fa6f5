"""An edition that is over, with people who may be certified."""

import datetime as dt

from courses.models import Cohort
from participants.certificate_codes import new_code
from participants.certificate_facts import Draft, canonical, facts_of, masked
from participants.certificate_signing import current_key_id, sign
from participants.models import Certificate, Enrollment
from tests.factories import (
    MONDAY,
    CertificateDesignFactory,
    CertificateFactory,
    CohortFactory,
    CohortModuleFactory,
    EnrollmentFactory,
    at,
)

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
    design = fields.pop("design", None) or CertificateDesignFactory()
    number, code = fields.pop("number", 7), new_code()
    cohort = enrollment.cohort
    draft = Draft(
        cohort=cohort,
        name=enrollment.participant.full_name,
        document=masked(enrollment.participant),
        hours=96,
        starts_on=cohort.starts_on,
        ends_on=cohort.ends_on,
    )
    facts = facts_of(draft, design, "", number=f"{number:04}-2026", code=code, at=AFTER)
    text = canonical(facts | {"key": current_key_id()})
    return CertificateFactory(
        enrollment=enrollment,
        number=number,
        code=code,
        kind=design.kind,
        design=design,
        facts_text=text,
        signature=sign(text),
        **fields,
    )
