"""The first edition's 132 people and a session of it, and reports written in a test."""

import datetime as dt
from pathlib import Path

import pytest

from courses.models import Cohort, Session
from participants.facility_import import FacilityImport
from participants.roster_import import RosterImport
from tests.factories import CohortFactory, SessionFactory

TODAY = dt.date(2021, 10, 20)


@pytest.fixture
def reports(data) -> Path:
    return data / "meeting-reports"


@pytest.fixture
def first_edition(db, data) -> Cohort:
    cohort = CohortFactory(
        code="ATN-2021-1",
        starts_on=dt.date(2021, 11, 8),
        ends_on=dt.date(2022, 4, 8),
        status=Cohort.Status.RUNNING,
    )
    for kind, name, options in (
        (FacilityImport, "facilities.csv", {}),
        (RosterImport, "participants-132.xlsx", {"cohort": cohort}),
    ):
        sheet = kind.open((data / name).read_bytes(), name)
        kind(sheet, kind.find_columns(sheet), today=TODAY, **options).apply(by=None)
    return cohort


@pytest.fixture
def session_on(first_edition):
    """The plenary of a day, from 18:00 to 20:00."""

    def make(day: str) -> Session:
        days = (dt.date.fromisoformat(day) - first_edition.starts_on).days
        return SessionFactory(cohort=first_edition, day=days)

    return make
