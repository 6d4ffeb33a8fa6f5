import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from courses.models import Cohort
from participants.module_closing import close_module, reopen_module, still_missing
from participants.register import Mark, take_register
from tests.factories import MONDAY, SessionFactory, at

NOW = at(MONDAY + dt.timedelta(days=11), 12)


@pytest.fixture
def session(cohort_module):
    return SessionFactory(cohort=cohort_module.cohort, cohort_module=cohort_module)


def test_module_with_marks_missing_is_not_closed_without_a_reason(
    cohort_module, session, enrollment
):
    with pytest.raises(ValidationError) as refused:
        close_module(cohort_module, by=None, at=NOW)
    assert {error.code for error in refused.value.error_list} == {"incomplete"}
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at is None


def test_module_is_closed_all_the_same_with_a_reason(
    cohort_module, session, enrollment, coordinator
):
    close_module(cohort_module, by=coordinator, at=NOW, reason=" Acta 12 ")
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at == NOW
    version = cohort_module.history.first()
    assert (version.history_user, version.history_change_reason) == (coordinator, "Acta 12")


def test_module_without_anything_missing_is_closed(cohort_module, coordinator):
    assert still_missing(cohort_module, at=NOW) == ()
    close_module(cohort_module, by=coordinator, at=NOW)
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at == NOW


def test_closed_module_stays_closed_since_the_first_time(cohort_module):
    close_module(cohort_module, by=None, at=NOW)
    close_module(cohort_module, by=None, at=NOW + dt.timedelta(days=1))
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at == NOW
    assert cohort_module.history.count() == 2


def test_what_is_missing_is_counted(cohort_module, session, enrollment, other_enrollment):
    SessionFactory(cohort=session.cohort, cohort_module=cohort_module, day=13)
    take_register(session, {enrollment.pk: Mark("present")}, by=None, at=session.ends_at)
    marks, to_come, undecided = still_missing(cohort_module, at=NOW)
    assert (marks.count, to_come.count, undecided.count) == (1, 1, 2)


def test_register_of_a_closed_module_no_longer_changes(cohort_module, session, enrollment):
    close_module(cohort_module, by=None, at=NOW, reason="Acta")
    with pytest.raises(ValidationError):
        take_register(session, {enrollment.pk: Mark("present")}, by=None, at=NOW)


def test_module_is_opened_again_with_a_reason(cohort_module, coordinator):
    close_module(cohort_module, by=None, at=NOW)
    with pytest.raises(ValidationError):
        reopen_module(cohort_module, by=coordinator, reason="  ")
    reopen_module(cohort_module, by=coordinator, reason="Falta un registro")
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at is None
    version = cohort_module.history.first()
    assert (version.history_user, version.history_change_reason) == (
        coordinator,
        "Falta un registro",
    )


def test_open_module_opened_again_stays_as_it_is(cohort_module):
    reopen_module(cohort_module, by=None, reason="")
    assert cohort_module.history.count() == 1


def test_module_of_a_closed_edition_stays_closed(cohort_module, coordinator):
    close_module(cohort_module, by=None, at=NOW)
    Cohort.objects.update(status="closed")
    with pytest.raises(ValidationError) as refused:
        reopen_module(cohort_module, by=coordinator, reason="Falta un registro")
    assert refused.value.code == "edition_closed"
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at == NOW
