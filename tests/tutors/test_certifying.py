import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from participants.certifying import revoke
from participants.models import Certificate, CertificateRegister
from tests.factories import (
    MONDAY,
    CertificateDesignFactory,
    CohortModuleFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
    at,
)
from tests.participants.certified import AFTER, closed_edition
from tutors.certificate_runs import start_tutor_run
from tutors.certifying import (
    issue_to_tutor_after_deceit,
    issue_to_tutors,
    reissue_to_tutor,
    tutor_eligibilities,
    tutors_of,
)
from tutors.models import TutorCertificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return closed_edition()


@pytest.fixture
def design():
    return CertificateDesignFactory(kind="constancia", recipient="tutors")


@pytest.fixture
def guide(edition):
    """For some days, in two groups."""
    assigned = TutorAssignmentFactory(
        group=GroupFactory(cohort=edition),
        starts_on=MONDAY - dt.timedelta(days=9),
        ends_on=MONDAY + dt.timedelta(days=6),
    )
    TutorAssignmentFactory(
        tutor=assigned.tutor,
        group=GroupFactory(cohort=edition),
        starts_on=MONDAY + dt.timedelta(days=7),
        ends_on=MONDAY + dt.timedelta(days=13),
    )
    return assigned.tutor


def issued(edition, design, guide) -> Certificate:
    [certificate] = issue_to_tutors(edition, design, [guide], by=None, at=AFTER).certificates
    return certificate


def test_tutor_is_certified_for_the_days_of_guiding(edition, design, guide):
    first, second = (issued(edition, design, guide) for _turn in range(2))
    assert first == second
    assert first.enrollment is None
    facts = first.facts
    assert (facts["name"], facts["recipient"]) == (guide.full_name, "tutors")
    assert (facts["starts_on"], facts["ends_on"]) == ("2026-03-02", "2026-03-15")
    assert TutorCertificate.objects.get().certificate == first
    assert CertificateRegister.objects.get().last_number == 1


def test_only_who_guides_in_a_closed_edition_is_certified(edition, design, guide):
    stranger = TutorFactory()
    found = tutor_eligibilities(edition, design, [guide, stranger], at=AFTER)
    assert found[guide.pk].refusal is None
    assert found[stranger.pk].refusal.code == "no_assignment"
    assert tutors_of(edition) == [guide]
    CohortModuleFactory(cohort=edition, module__number=2, first_week=5, last_week=5)
    [refused] = issue_to_tutors(edition, design, [guide], by=None, at=AFTER).refused
    assert refused.refusal.code == "modules_open"


def test_only_guiding_inside_the_edition_counts(edition, design):
    group = GroupFactory(cohort=edition)
    after = TutorAssignmentFactory(group=group, starts_on=edition.ends_on + dt.timedelta(days=5))
    before = TutorAssignmentFactory(
        group=group,
        starts_on=edition.starts_on - dt.timedelta(days=9),
        ends_on=edition.starts_on - dt.timedelta(days=1),
    )
    both = TutorAssignmentFactory(
        tutor=before.tutor, group=group, starts_on=MONDAY + dt.timedelta(days=7)
    )
    assert tutors_of(edition) == [both.tutor]
    found = tutor_eligibilities(edition, design, [after.tutor, both.tutor], at=AFTER)
    assert found[after.tutor_id].refusal.code == "no_assignment"
    draft = found[both.tutor_id].draft
    assert (draft.starts_on, draft.ends_on) == (both.starts_on, edition.ends_on)


def test_hours_are_of_the_modules_during_which_the_tutor_guided(edition):
    design = CertificateDesignFactory(
        kind="constancia", recipient="tutors", hours_from="edition", fixed_hours=None
    )
    edition.cohort_modules.update(last_week=1)
    CohortModuleFactory(
        cohort=edition,
        module__number=2,
        module__academic_hours=30,
        first_week=2,
        last_week=2,
        closed_at=AFTER,
    )
    group = GroupFactory(cohort=edition)
    one, both, none = (
        TutorAssignmentFactory(
            group=group,
            starts_on=MONDAY + dt.timedelta(days=first),
            ends_on=MONDAY + dt.timedelta(days=last),
        ).tutor
        for first, last in [(7, 7), (6, 7), (14, 20)]
    )
    found = tutor_eligibilities(edition, design, [one, both, none], at=AFTER)
    assert [found[each.pk].draft.hours for each in (one, both)] == [30, 54]
    assert found[none.pk].refusal.code == "no_assignment"


def test_hours_are_of_the_sessions_held_while_the_tutor_guided(edition):
    """Of the own group and the plenaries, in academic hours of 45 minutes, rounded down."""
    design = CertificateDesignFactory(
        kind="constancia", recipient="tutors", hours_from="sessions", fixed_hours=None
    )
    own, other = GroupFactory(cohort=edition), GroupFactory(cohort=edition)
    days = {"group": own, "starts_on": MONDAY, "ends_on": MONDAY + dt.timedelta(days=6)}
    guide = TutorAssignmentFactory(**days).tutor
    idle = TutorAssignmentFactory(**(days | {"starts_on": days["ends_on"]})).tutor
    for day, group, status in (
        (0, None, "scheduled"),
        (1, own, "scheduled"),
        (1, other, "scheduled"),
        (2, own, "cancelled"),
        (7, own, "scheduled"),
    ):
        starts = at(MONDAY + dt.timedelta(days=day), 9)
        SessionFactory(
            cohort=edition,
            group=group,
            status=status,
            cancellation_reason="Feriado" if status == "cancelled" else "",
            starts_at=starts,
            ends_at=starts + dt.timedelta(minutes=80),
        )
    found = tutor_eligibilities(edition, design, [guide, idle], at=AFTER)
    assert found[guide.pk].draft.hours == 3
    assert found[idle.pk].refusal.code == "no_hours"
    before = at(MONDAY, 10)  # the first session is not over
    refused = tutor_eligibilities(edition, design, [guide], at=before)
    assert refused[guide.pk].refusal.code == "no_hours"


def test_issued_anew_and_after_a_revocation(edition, design, guide):
    old = issued(edition, design, guide)
    new = reissue_to_tutor(old, reason="data", by=None, at=AFTER)
    assert reissue_to_tutor(old, reason="data", by=None, at=AFTER) == new
    old.refresh_from_db()
    assert (old.replaced_by, new.number) == (new, 2)
    revoke(new, reason="other", by=None, at=AFTER)
    with pytest.raises(ValidationError):
        reissue_to_tutor(new, reason="data", by=None, at=AFTER)
    assert issued(edition, design, guide).number == 3
    assert TutorCertificate.objects.get().history.count() == 3


def test_tutor_who_deceived_is_left_out_until_named_with_a_reason(edition, design, guide):
    old = revoke(issued(edition, design, guide), reason="fraud", by=None, at=AFTER)
    together = issue_to_tutors(edition, design, [guide], by=None, at=AFTER)
    assert not together.certificates
    assert [each.refusal.code for each in together.refused] == ["deceit"]
    new, again = (
        issue_to_tutor_after_deceit(old, design, reason=reason, by=None, at=AFTER)
        for reason in ("No hubo engaño", "")
    )
    assert new == again == TutorCertificate.objects.get().certificate
    old.refresh_from_db()
    assert (old.replaced_by, old.history.first().history_change_reason) == (new, "No hubo engaño")


def refusal(call) -> str:
    with pytest.raises(ValidationError) as refused:
        call()
    return refused.value.code


def test_no_tutor_is_issued_one_after_deceit_beside_one_of_the_kind(edition, design, guide):
    certificate = CertificateDesignFactory(recipient="tutors")
    first = issued(edition, certificate, guide)
    old = revoke(issued(edition, design, guide), reason="fraud", by=None, at=AFTER)

    def again(chosen):
        return issue_to_tutor_after_deceit(old, chosen, reason="Vale", by=None, at=AFTER)

    assert refusal(lambda: again(certificate)) == "certified"
    old.refresh_from_db()
    assert old.replaced_by is None
    assert again(design).number == 3
    assert set(Certificate.objects.live()) == {first, again(design)}


def test_deceit_of_one_kind_bars_though_the_other_kind_was_issued_later(edition, design, guide):
    certificate = CertificateDesignFactory(recipient="tutors")
    old = issued(edition, certificate, guide)
    issued(edition, design, guide)
    revoke(old, reason="fraud", by=None, at=AFTER)
    together = issue_to_tutors(edition, certificate, [guide], by=None, at=AFTER)
    assert [each.refusal.code for each in together.refused] == ["deceit"]
    assert issue_to_tutor_after_deceit(old, certificate, reason="Vale", by=None, at=AFTER)


def test_tutors_are_certified_by_the_task_queue(edition, design, guide, run_tasks):
    people = [guide, TutorFactory()]
    run = start_tutor_run(edition, design, people, by=None, at=AFTER)
    assert start_tutor_run(edition, design, people, by=None, at=AFTER) == run
    run_tasks()
    run.refresh_from_db()
    assert (run.done, run.is_finished) == (1, True)
    assert [each["code"] for each in run.failed] == ["no_assignment"]
    with pytest.raises(ValidationError):
        start_tutor_run(edition, CertificateDesignFactory(), people, by=None, at=AFTER)
