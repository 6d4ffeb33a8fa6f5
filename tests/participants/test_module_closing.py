"""A register and the closing of its module, at once."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from participants.models import AttendanceRecord
from participants.module_closing import close_module
from participants.register import Mark, take_register
from tests.factories import EnrollmentFactory, SessionFactory, UserFactory
from tests.waiting import somebody_waits


@pytest.mark.postgres
def test_register_saved_while_its_module_closes_is_refused(
    at_once, cohort, cohort_module, group
) -> None:
    session = SessionFactory(cohort=cohort, cohort_module=cohort_module)
    person = EnrollmentFactory(cohort=cohort, group=group)
    user = UserFactory()
    closed, saved = threading.Event(), threading.Event()

    def close() -> None:
        with transaction.atomic():
            close_module(cohort_module, by=user, at=session.ends_at, reason="cierre")
            closed.set()
            while not (saved.is_set() or somebody_waits()):
                pass

    def save() -> None:
        closed.wait(timeout=30)
        try:
            take_register(session, {person.pk: Mark("present")}, by=user, at=session.ends_at)
        finally:
            saved.set()

    outcomes = at_once(lambda index: (close, save)[index](), 2)
    assert outcomes[0] is None
    assert getattr(outcomes[1], "code", None) == "module_closed"
    assert not AttendanceRecord.objects.exists()


@pytest.mark.postgres
def test_module_closes_only_when_the_register_being_saved_is_in(
    at_once, cohort, cohort_module, group
) -> None:
    session = SessionFactory(cohort=cohort, cohort_module=cohort_module)
    person = EnrollmentFactory(cohort=cohort, group=group)
    user = UserFactory()
    saved, closed = threading.Event(), threading.Event()

    def save() -> None:
        with transaction.atomic():
            take_register(session, {person.pk: Mark("present")}, by=user, at=session.ends_at)
            saved.set()
            while not (closed.is_set() or somebody_waits()):
                pass

    def close() -> int:
        saved.wait(timeout=30)
        try:
            close_module(cohort_module, by=user, at=session.ends_at)
        except ValidationError as error:
            return len(error.messages)
        finally:
            closed.set()
        return 0

    # No mark is missing: what is asked for is the decision, and why it is closed without.
    assert at_once(lambda index: (save, close)[index](), 2) == [None, 2]
