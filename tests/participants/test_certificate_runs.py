import pytest
from django.core.exceptions import ValidationError

from participants import certificate_runs
from participants.certificate_runs import issue_next, start_run
from participants.models import Certificate, IssueRun
from tests.factories import CertificateDesignFactory
from tests.participants.certified import AFTER, closed_edition, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return closed_edition()


@pytest.fixture
def design():
    return CertificateDesignFactory()


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch):
    monkeypatch.setattr(certificate_runs, "AT_A_TIME", 2)


def test_all_are_issued_bit_by_bit_and_who_is_not_has_the_reason(
    edition, design, coordinator, run_tasks
):
    people = [person(edition) for _turn in range(4)] + [person(edition, "enrolled")]
    run = start_run(edition, design, people, by=coordinator, at=AFTER)
    assert (run.total, run.handled, run.is_finished) == (5, 0, False)
    issue_next.call(run.pk)
    run.refresh_from_db()
    assert (run.handled, run.is_finished) == (2, False)
    run_tasks()
    run.refresh_from_db()
    assert (run.done, run.handled, run.is_finished) == (4, 5, True)
    [failed] = run.failed
    assert (failed["holder"], failed["code"]) == (people[4].pk, "undecided")
    assert failed["message"]
    assert Certificate.objects.filter(issued_by=coordinator).count() == 4


def test_started_twice_it_is_one_run(edition, design, run_tasks):
    people = [person(edition) for _turn in range(3)]
    first, second = (start_run(edition, design, people, by=None, at=AFTER) for _turn in range(2))
    assert first == second
    run_tasks()
    issue_next.call(first.pk)
    assert Certificate.objects.count() == 3
    again = start_run(edition, design, people, by=None, at=AFTER)
    run_tasks()
    again.refresh_from_db()
    assert (again.done, Certificate.objects.count()) == (3, 3)


def test_run_whose_worker_failed_goes_on_when_it_is_asked_for_again(
    edition, design, settings, run_tasks
):
    people, key = [person(edition) for _turn in range(3)], settings.CERTIFICATE_SIGNING_KEY
    run = start_run(edition, design, people, by=None, at=AFTER)
    settings.CERTIFICATE_SIGNING_KEY = ""
    with pytest.raises(ValidationError):
        issue_next.call(run.pk)
    run.refresh_from_db()
    assert (run.handled, Certificate.objects.count()) == (0, 0)
    settings.CERTIFICATE_SIGNING_KEY = key
    start_run(edition, design, people, by=None, at=AFTER)
    run_tasks()
    run.refresh_from_db()
    assert (run.done, run.is_finished) == (3, True)


def test_run_is_not_begun_without_a_key(edition, design, settings):
    settings.CERTIFICATE_SIGNING_KEY = ""
    with pytest.raises(ValidationError) as refused:
        start_run(edition, design, [person(edition)], by=None, at=AFTER)
    assert refused.value.code == "no_key"
    assert not IssueRun.objects.exists()


def test_run_needs_people_and_their_design(edition, design):
    with pytest.raises(ValidationError):
        start_run(edition, design, [], by=None, at=AFTER)
    for_tutors = CertificateDesignFactory(recipient="tutors")
    with pytest.raises(ValidationError):
        start_run(edition, for_tutors, [person(edition)], by=None, at=AFTER)
    assert not IssueRun.objects.exists()
