"""What is written in a module and its closing, at once."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from participants.completing import decide
from participants.completion_rules import publish, save_draft
from participants.models import AttendanceRecord, ModuleCompletion
from participants.models import Score as ScoreRow
from participants.module_closing import close_module
from participants.register import Mark, take_register
from participants.score_import import score_import
from participants.scoring import Mark as Score
from participants.scoring import record_scores
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    EnrollmentFactory,
    SessionFactory,
    UserFactory,
    at,
)
from tests.sheets import sheet_of
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
@pytest.mark.parametrize("act", ["score", "import", "draft", "publish", "decide"])
def test_nothing_is_written_in_a_module_that_closes_at_once(
    at_once, cohort, cohort_module, group, act
) -> None:
    exam = AssessmentFactory(cohort_module=cohort_module, title="Examen")
    person, user = EnrollmentFactory(cohort=cohort, group=group), UserFactory()
    noon = at(MONDAY, 12)
    known = {"based_on": None, "by": user, "at": noon}
    asked = {"scores": {}, "prerequisites": []}
    asks = {"minimum_attendance_percent": 90}
    draft = save_draft(cohort, cohort_module, asks, **asked, **known) if act == "publish" else None
    kind = score_import(cohort)
    document = person.participant.document_number
    sheet = sheet_of((document, 12), header=("DNI", "Examen"))
    acts = {
        "score": lambda: record_scores(exam, {person.pk: Score(value=12)}, by=user, at=noon),
        "import": lambda: kind(sheet, kind.find_columns(sheet), today=MONDAY).apply(by=user),
        "draft": lambda: save_draft(cohort, cohort_module, asks, **asked, **known),
        "publish": lambda: publish(
            draft, effective_on=MONDAY, reason="Acuerdo", **known | {"based_on": noon}
        ),
        "decide": lambda: decide(
            person, cohort_module, "completed", override_reason="other", as_tutor=True, **known
        ),
    }
    closed, done = threading.Event(), threading.Event()

    def close() -> None:
        with transaction.atomic():
            close_module(cohort_module, by=user, at=noon, reason="cierre")
            closed.set()
            while not (done.is_set() or somebody_waits()):
                pass

    def write() -> object:
        closed.wait(timeout=30)
        try:
            return acts[act]()
        finally:
            done.set()

    outcomes = at_once(lambda index: (close, write)[index](), 2)
    assert outcomes[0] is None
    assert getattr(outcomes[1], "code", None) == "closed", outcomes
    assert not ScoreRow.objects.exists()
    assert not ModuleCompletion.objects.exists()
    assert cohort_module.rules.published().count() == 1


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
