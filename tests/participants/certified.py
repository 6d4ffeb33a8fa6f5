"""An edition that is over, with people who may be certified."""

import datetime as dt

from courses.models import Cohort
from tests.factories import (
    MONDAY,
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
