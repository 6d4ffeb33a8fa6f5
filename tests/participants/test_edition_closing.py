import pytest
from django.core.exceptions import ValidationError

from courses.models import Cohort
from participants.edition_closing import close_edition, reopen_edition
from participants.models import Enrollment
from participants.scoring import Mark, record_scores
from tests.factories import MONDAY, AssessmentFactory, EnrollmentFactory, UserFactory, at

NOON = at(MONDAY, 12)


@pytest.fixture
def user(db):
    return UserFactory()


def status_of(cohort: Cohort) -> str:
    return Cohort.objects.values_list("status", flat=True).get(pk=cohort.pk)


def test_edition_with_an_open_module_is_not_closed_even_with_a_reason(cohort, cohort_module, user):
    with pytest.raises(ValidationError) as refused:
        close_edition(cohort, by=user, at=NOON, reason="Acta 12")
    assert refused.value.code == "modules"
    assert status_of(cohort) == "running"


def test_edition_with_something_open_is_closed_with_a_reason_alone(cohort, enrollment, user):
    with pytest.raises(ValidationError) as refused:
        close_edition(cohort, by=user, at=NOON, reason="  ")
    assert len(refused.value.messages) == 2
    close_edition(cohort, by=user, at=NOON, reason="Acta 12")
    kept = cohort.history.first()
    assert (kept.status, kept.history_user, kept.history_change_reason) == (
        "closed",
        user,
        "Acta 12",
    )


def test_complete_edition_is_closed_once(cohort, user):
    close_edition(cohort, by=user, at=NOON)
    rows = cohort.history.count()
    close_edition(cohort, by=UserFactory(), at=NOON, reason="otra vez")
    assert (status_of(cohort), cohort.history.count()) == ("closed", rows)


def test_draft_is_not_closed(cohort, user):
    Cohort.objects.update(status="draft")
    with pytest.raises(ValidationError) as refused:
        close_edition(cohort, by=user, at=NOON, reason="Acta 12")
    assert refused.value.code == "draft"


def test_edition_is_opened_again_with_a_reason_and_its_modules_stay_closed(
    cohort, cohort_module, user
):
    cohort_module.closed_at = NOON
    cohort_module.save()
    close_edition(cohort, by=user, at=NOON)
    with pytest.raises(ValidationError):
        reopen_edition(cohort, by=user, reason=" ")
    reopen_edition(cohort, by=user, reason="Se corrige una nota")
    cohort_module.refresh_from_db()
    assert (status_of(cohort), cohort_module.closed_at) == ("running", NOON)
    rows = cohort.history.count()
    reopen_edition(cohort, by=user, reason="otra vez")
    assert cohort.history.count() == rows


@pytest.mark.postgres
def test_score_of_the_edition_and_its_closing_at_once_leave_no_score_unseen(
    at_once, cohort, group, user
):
    person = EnrollmentFactory(cohort=cohort, group=group)
    Enrollment.objects.update(status="not_completed")
    assessment = AssessmentFactory(cohort=cohort, cohort_module=None)

    def close() -> Cohort:
        return close_edition(cohort, by=user, at=NOON)

    def score() -> object:
        return record_scores(assessment, {person.pk: Mark(value=15)}, by=user, at=NOON)

    closed, scored = at_once(lambda index: (close, score)[index](), 2)
    # Whichever was first: closed without it is refused for want of a reason, or nothing is scored
    # any more.
    if isinstance(closed, ValidationError):
        assert not isinstance(scored, Exception)
        assert status_of(cohort) == "running"
    else:
        assert status_of(cohort) == "closed"
        assert not isinstance(scored, Exception) or scored.code == "closed"
