import datetime as dt
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction

from courses.models import CohortModule
from participants import certifying
from participants.certificate_eligibility import eligibilities
from participants.certificate_runs import start_run
from participants.certificate_signing import is_genuine, public_keys
from participants.certifying import issue, issue_after_deceit, issue_many, reissue, revoke
from participants.models import (
    Certificate,
    CertificateDesign,
    CertificateRegister,
    Enrollment,
    IssueRun,
)
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CertificateDesignFactory,
    CohortModuleFactory,
    DesignLogoFactory,
    GroupFactory,
    ModuleCompletionFactory,
    NameConfirmationFactory,
    ProgramFactory,
    SessionFactory,
    UserFactory,
)
from tests.participants.certified import AFTER, certified, closed_edition, person
from tests.participants.letters import png

pytestmark = pytest.mark.django_db
BY_NOBODY = {"by": None, "at": AFTER}


@pytest.fixture
def design():
    return CertificateDesignFactory()


@pytest.fixture
def edition():
    return closed_edition()


def refusal(call) -> str:
    with pytest.raises(ValidationError) as refused:
        call()
    return refused.value.code


def issued(enrollment, design, at=AFTER):
    return issue(enrollment, design, by=None, at=at)


def test_certificate_says_what_held_when_it_was_issued(edition, design, coordinator):
    who = person(edition, participant__given_names="Rosa", participant__paternal_surname="Ñahui")
    who.participant.maternal_surname, who.participant.document_number = "Quispe", "40123456"
    who.participant.save()
    certificate = issue(who, design, by=coordinator, at=AFTER)
    edition.program.title_es = "Otro"
    edition.program.save()
    certificate = Certificate.objects.get()
    facts = certificate.facts
    assert (facts["name"], facts["document"]) == ("Rosa Ñahui Quispe", "DNI •••••456")
    assert facts["program"] == "Programa de formación"
    assert (facts["starts_on"], facts["ends_on"], facts["hours"]) == (
        "2026-03-02",
        "2026-03-29",
        96,
    )
    assert facts["text"] == (
        "con DNI •••••456, por completar Programa de formación del 2 de marzo de 2026 al 29 de"
        " marzo de 2026: 96 horas"
    )
    assert facts["place_and_day"] == "Lima, 11 de abril de 2026"
    assert (certificate.full_number, facts["number"]) == ("0001-2026", "0001-2026")
    assert facts["code"].replace("-", "") == certificate.code
    assert certificate.issued_by == coordinator
    assert certificate.history.get().history_user == coordinator
    assert is_genuine(certificate.facts_text, certificate.signature, public_keys())


def test_issued_twice_it_is_one(edition, design):
    who = person(edition)
    assert issued(who, design) == issued(who, design, AFTER + dt.timedelta(days=1))
    assert CertificateRegister.objects.get().last_number == 1


def test_numbers_follow_the_list_of_names_and_begin_anew_each_year(edition, design):
    names = ["Zea", "Álvarez", "Ñaupa", "Nina"]
    people = [person(edition, participant__paternal_surname=name) for name in names]
    outcome = issue_many(people, design, by=None, at=AFTER)
    assert outcome.refused == ()
    by_number = Certificate.objects.order_by("number")
    surnames = [row.enrollment.participant.paternal_surname for row in by_number]
    assert surnames == ["Álvarez", "Nina", "Ñaupa", "Zea"]
    assert [row.number for row in by_number] == [1, 2, 3, 4]
    # Still the last evening of 2026 in Lima.
    evening = dt.datetime(2027, 1, 1, 4, tzinfo=dt.UTC)
    assert issued(person(edition), design, evening).full_number == "0005-2026"
    later = evening + dt.timedelta(hours=2)
    assert issued(person(edition), design, later).full_number == "0001-2027"


def test_number_of_what_was_taken_back_is_given_again(edition, design):
    before = transaction.savepoint_create()
    assert issued(person(edition), design).number == 1
    transaction.savepoint_rollback(before)
    assert issued(person(edition), design).number == 1


@pytest.mark.parametrize("status", ["enrolled", "transferred", "waitlisted"])
def test_nobody_is_certified_before_it_is_decided(edition, design, status):
    fields = {"ended_on": MONDAY} if status == "transferred" else {}
    who = person(edition, status, **fields)
    assert refusal(lambda: issued(who, design)) == "undecided"
    assert not CertificateRegister.objects.filter(last_number__gt=0).exists()


def test_nobody_is_certified_before_all_modules_are_closed(edition, design):
    who = person(edition)
    CohortModuleFactory(cohort=edition, module__number=2, first_week=5, last_week=5)
    assert refusal(lambda: issued(who, design)) == "modules_open"
    CohortModule.objects.all().delete()
    assert refusal(lambda: issued(who, design)) == "no_modules"


def test_certificate_and_constancia_are_for_different_people(edition, design):
    constancia = CertificateDesignFactory(kind="constancia")
    completed, failed = person(edition), person(edition, "not_completed")
    assert refusal(lambda: issued(completed, constancia)) == "completed"
    assert refusal(lambda: issued(failed, design)) == "not_completed"


def test_constancia_is_not_issued_beside_a_certificate_in_force(edition, design):
    constancia = CertificateDesignFactory(kind="constancia")
    who = person(edition)
    certificate = issued(who, design)
    Enrollment.objects.filter(pk=who.pk).update(status="not_completed")
    assert refusal(lambda: issued(who, constancia)) == "certified"
    revoke(certificate, reason="decision", by=None, at=AFTER)
    assert refusal(lambda: issued(who, constancia)) == "attendance"


def test_certificate_replaces_the_constancia_of_who_completed_after_all(
    edition, design, coordinator
):
    who, other = person(edition, "not_completed"), person(edition)
    constancia = certified(who, design=CertificateDesignFactory(kind="constancia"))
    Enrollment.objects.filter(pk=who.pk).update(status="completed")
    outcome = issue_many([who, other], design, by=coordinator, at=AFTER)
    certificate = next(row for row in outcome.certificates if row.enrollment == who)
    constancia.refresh_from_db()
    assert (constancia.revocation, constancia.revoked_at) == ("replaced", AFTER)
    assert (constancia.revoked_by, constancia.replaced_by) == (coordinator, certificate)
    assert Certificate.objects.live().get(enrollment=who) == certificate
    assert issued(who, design) == certificate
    assert [row.history_user for row in constancia.history.all()[:2]] == [coordinator] * 2


def test_constancia_of_who_cannot_be_certified_stays_in_force(edition, design, settings):
    who = person(edition, "not_completed")
    constancia = certified(who, design=CertificateDesignFactory(kind="constancia"))
    Enrollment.objects.filter(pk=who.pk).update(status="completed")
    settings.CERTIFICATE_SIGNING_KEY = ""
    assert refusal(lambda: issued(who, design)) == "no_key"
    assert Certificate.objects.live().get() == constancia


def test_constancia_asks_for_part_of_the_whole_edition(edition):
    """Who left early attended all of the few own sessions, and little of the edition."""
    design = CertificateDesignFactory(kind="constancia", least_attendance_percent=50)
    group, other = GroupFactory(cohort=edition), GroupFactory(cohort=edition)
    days = [MONDAY + dt.timedelta(days=n) for n in (0, 1, 2, 10)]
    own = [SessionFactory(cohort=edition, starts_at=at_noon(day)) for day in days]
    SessionFactory(cohort=edition, group=other, starts_at=at_noon(days[0]))
    SessionFactory(
        cohort=edition,
        starts_at=at_noon(days[1]),
        status="cancelled",
        cancellation_reason="Feriado",
    )
    enough, little = (person(edition, "withdrawn", group=group) for _turn in range(2))
    for session in own[:2]:
        AttendanceRecordFactory(enrollment=enough, session=session, state="late")
        AttendanceRecordFactory(enrollment=little, session=session, state="absent")
    AttendanceRecordFactory(enrollment=little, session=own[2])
    assert issued(enough, design).kind == "constancia"
    assert refusal(lambda: issued(little, design)) == "attendance"


def at_noon(day):
    return dt.datetime.combine(day, dt.time(12), AFTER.tzinfo)


def test_hours_are_counted_as_the_design_says(edition):
    other = CohortModuleFactory(
        cohort=edition,
        module__academic_hours=10,
        module__number=2,
        first_week=5,
        last_week=5,
        closed_at=AFTER,
    )
    who = person(edition)
    ModuleCompletionFactory(enrollment=who, cohort_module=other)
    of_all = CertificateDesignFactory(hours_from="edition")
    of_completed = CertificateDesignFactory(hours_from="completed")
    found = [
        eligibilities(edition, design, [who], at=AFTER)[who.pk].draft.hours
        for design in (of_all, of_completed)
    ]
    assert found == [34, 10]
    other.module.academic_hours = None
    other.module.save()
    assert refusal(lambda: issued(who, of_all)) == "no_hours"


def test_design_of_others_is_refused(edition, design):
    who = person(edition)
    foreign = CertificateDesignFactory(program=ProgramFactory())
    for_tutors = CertificateDesignFactory(recipient="tutors")
    assert refusal(lambda: issued(who, foreign)) == "other_design"
    assert refusal(lambda: issued(who, for_tutors)) == "other_design"
    design.retired_at = AFTER
    design.save()
    assert refusal(lambda: issued(who, design)) == "retired"
    mine = CertificateDesignFactory(program=edition.program)
    assert set(CertificateDesign.objects.for_cohort(edition)) == {mine, for_tutors}


def test_name_is_confirmed_or_its_day_is_over(design):
    edition = closed_edition(names_until=None)
    who = person(edition)
    assert refusal(lambda: issued(who, design)) == "unconfirmed"
    edition.names_until = AFTER.date()
    edition.save()
    assert refusal(lambda: issued(who, design)) == "unconfirmed"
    row = NameConfirmationFactory(enrollment=who, name="Ana Lía Ríos")
    assert issued(who, design).facts["name"] == "Ana Lía Ríos"
    other = person(edition)
    row = NameConfirmationFactory(enrollment=other, state="asked", wished="Ana")
    edition.names_until = MONDAY
    edition.save()
    assert refusal(lambda: issued(other, design)) == "name_asked"
    row.state, row.answered_at = "refused", AFTER
    row.save()
    assert issued(other, design).facts["name"] == other.participant.full_name


def test_name_that_no_typeface_draws_is_refused_by_its_signs(edition, design):
    good = person(edition)
    bad = person(edition, participant__given_names="Li 李 Na 娜 Ⴀ")
    outcome = issue_many([good, bad], design, by=None, at=AFTER)
    assert [each.enrollment for each in outcome.certificates] == [good]
    [refused] = outcome.refused
    assert refused.refusal.code == "undrawable"
    assert all(sign in refused.reason for sign in ("李 (U+674E)", "娜 (U+5A1C)", "Ⴀ (U+10A0)"))
    assert CertificateRegister.objects.get().last_number == 1


def test_nothing_is_issued_without_a_key(edition, design, settings):
    settings.CERTIFICATE_SIGNING_KEY = ""
    assert refusal(lambda: issued(person(edition), design)) == "no_key"
    assert not Certificate.objects.exists()


def test_design_that_no_pdf_can_be_made_of_gives_no_number(edition, design):
    logo = DesignLogoFactory(design=design, image=b"<svg", image_format="svg")
    who = person(edition)
    assert refusal(lambda: issued(who, design)) == "unprintable"
    assert refusal(lambda: start_run(edition, design, [who], by=None, at=AFTER)) == "unprintable"
    assert not Certificate.objects.exists()
    assert not IssueRun.objects.exists()
    logo.image, logo.image_format = png(), "png"
    logo.save()
    assert issued(who, design).number == 1


def test_people_of_two_editions_are_not_certified_together(edition, design):
    others = [person(edition), person(closed_edition())]
    assert refusal(lambda: issue_many(others, design, by=None, at=AFTER)) == "editions"
    assert issue_many([], design, by=None, at=AFTER).certificates == ()


def test_revoked_twice_it_keeps_the_first_reason(edition, design, coordinator):
    certificate = issued(person(edition), design)
    revoke(certificate, reason="data", note=" dos ", by=coordinator, at=AFTER)
    later = AFTER + dt.timedelta(days=1)
    revoke(certificate, reason="fraud", by=UserFactory(), at=later)
    certificate.refresh_from_db()
    assert (certificate.revocation, certificate.revocation_note) == ("data", "dos")
    assert (certificate.revoked_at, certificate.revoked_by) == (AFTER, coordinator)
    assert certificate.history.count() == 2


def test_revocation_without_a_reason_is_refused(edition, design):
    certificate = issued(person(edition), design)
    with pytest.raises(ValidationError) as refused:
        revoke(certificate, reason="", by=None, at=AFTER)
    assert "revocation" in refused.value.message_dict
    certificate.refresh_from_db()
    assert not certificate.is_revoked


def test_revoked_one_makes_room_for_a_new_one(edition, design):
    who = person(edition)
    first = revoke(issued(who, design), reason="other", by=None, at=AFTER)
    second = issued(who, design)
    assert (first.number, second.number) == (1, 2)
    assert refusal(lambda: reissue(first, reason="name", by=None, at=AFTER)) == "revoked"


def test_who_deceived_is_left_out_until_named_with_a_reason(edition, design, coordinator):
    other, who = person(edition), person(edition)
    old = revoke(issued(who, design), reason="fraud", by=None, at=AFTER)
    together = issue_many([other, who], design, by=None, at=AFTER)
    assert [each.enrollment for each in together.certificates] == [other]
    assert [each.refusal.code for each in together.refused] == ["deceit"]
    assert old.full_number in together.refused[0].reason
    for reason in ("", " "):
        assert (
            refusal(lambda text=reason: issue_after_deceit(old, design, reason=text, **BY_NOBODY))
            == "no_reason"
        )
    new = issue_after_deceit(old, design, reason="No hubo engaño", by=coordinator, at=AFTER)
    old.refresh_from_db()
    last = old.history.first()
    assert (old.revocation, old.replaced_by) == ("fraud", new)
    assert (last.history_change_reason, last.history_user) == ("No hubo engaño", coordinator)
    assert issue_after_deceit(old, design, reason="Otra vez", **BY_NOBODY) == new
    revoke(new, reason="name", by=None, at=AFTER)
    assert issued(who, design).number == 4


def test_only_the_last_one_obtained_by_deceit_asks_for_a_reason(edition, design):
    who = person(edition)
    first = revoke(issued(who, design), reason="data", by=None, at=AFTER)
    assert (
        refusal(lambda: issue_after_deceit(first, design, reason="Vale", **BY_NOBODY))
        == "no_deceit"
    )
    second = issued(who, design)
    assert refusal(lambda: reissue(second, reason="fraud", by=None, at=AFTER)) == "deceit"
    second.refresh_from_db()
    assert not second.is_revoked
    # As where two records of one person were merged.
    certified(who, number=9, revoked_at=AFTER, revocation="fraud")
    assert reissue(second, reason="name", by=None, at=AFTER).number == 3


def test_none_is_issued_after_deceit_beside_one_in_force(edition, design):
    """As where two records of one person were merged."""
    who = person(edition)
    first = issued(who, design)
    deceitful = certified(who, number=9, revoked_at=AFTER, revocation="fraud")

    def again():
        return issue_after_deceit(deceitful, design, reason="Vale", **BY_NOBODY)

    assert refusal(again) == "certified"
    deceitful.refresh_from_db()
    assert deceitful.replaced_by is None
    revoke(first, reason="double", by=None, at=AFTER)
    assert again().number == 2


def test_issued_anew_with_what_holds_now_and_a_number_of_its_own(edition, design, coordinator):
    who = person(edition)
    old = issued(who, design)
    NameConfirmationFactory(enrollment=who, name="Ana Lía Ríos")
    new = reissue(old, reason="name", by=coordinator, at=AFTER)
    old.refresh_from_db()
    assert (old.revocation, old.replaced_by, old.revoked_by) == ("name", new, coordinator)
    assert (new.number, new.facts["name"]) == (2, "Ana Lía Ríos")
    assert new.code != old.code
    assert reissue(old, reason="data", by=None, at=AFTER) == new
    assert Certificate.objects.live().get() == new


def test_what_cannot_be_issued_anew_stays_in_force(edition, design):
    who = person(edition)
    old = issued(who, design)
    Enrollment.objects.filter(pk=who.pk).update(status="enrolled")
    assert refusal(lambda: reissue(old, reason="data", by=None, at=AFTER)) == "undecided"
    old.refresh_from_db()
    assert not old.is_revoked


def test_costs_the_same_for_one_and_for_many(edition, design, django_assert_num_queries):
    issued(person(edition), design)  # the year's register is begun
    people = [person(edition) for _turn in range(4)]
    for some in (people[:1], people[1:]):
        with django_assert_num_queries(22):
            assert len(issue_many(some, design, by=None, at=AFTER).certificates) == len(some)


@pytest.mark.django_db(transaction=True)
def test_two_who_issue_to_the_same_person_at_once_issue_one(at_once):
    who, design = person(closed_edition()), CertificateDesignFactory()
    outcomes = at_once(lambda _turn: issued(who, design), 4)
    assert {each.pk for each in outcomes} == {Certificate.objects.get().pk}
    assert CertificateRegister.objects.get().last_number == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("editions", ["one", "each its own"])
def test_issued_at_once_no_number_is_missing_and_none_is_double(at_once, editions):
    design, one = CertificateDesignFactory(), closed_edition()
    people = [person(one if editions == "one" else closed_edition()) for _turn in range(6)]
    people[2].participant.given_names = "李"
    people[2].participant.save()

    def act(turn):
        if turn == 4:
            with transaction.atomic():
                issued(people[turn], design)
                raise RuntimeError
        return issued(people[turn], design)

    outcomes = at_once(act, 6)
    assert [type(outcomes[turn]) for turn in (2, 4)] == [ValidationError, RuntimeError]
    assert sorted(Certificate.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert CertificateRegister.objects.get().last_number == 4


@pytest.mark.parametrize("verb", ["issue", "reissue", "issue_after_deceit"])
def test_whose_record_was_united_with_another_meanwhile_is_refused(
    edition, design, monkeypatch, verb
):
    who, other = person(edition), person(edition)
    revoked = {"revoked_at": AFTER, "revocation": "fraud"} if verb == "issue_after_deceit" else {}
    old = Certificate.objects.get(pk=certified(who, **revoked).pk)
    locked = certifying.locked_modules

    def too_late(pk):
        Certificate.objects.update(enrollment=other)
        Enrollment.objects.filter(pk=who.pk).delete()
        return locked(pk)

    monkeypatch.setattr(certifying, "locked_modules", too_late)
    call = {
        "issue": lambda: issued(who, design),
        "reissue": lambda: reissue(old, reason="name", **BY_NOBODY),
        "issue_after_deceit": lambda: issue_after_deceit(old, design, reason="Vale", **BY_NOBODY),
    }[verb]
    assert refusal(call) == "gone"
    assert Certificate.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_constancia_revoked_while_it_is_replaced_keeps_one_true_reason(at_once, monkeypatch):
    who, design = person(closed_edition(), "not_completed"), CertificateDesignFactory()
    constancia = certified(who, design=CertificateDesignFactory(kind="constancia"))
    Enrollment.objects.filter(pk=who.pk).update(status="completed")
    has_read, tried = threading.Event(), threading.Event()

    def slowly(*args, **kwargs):
        has_read.set()
        assert tried.wait(30)
        return eligibilities(*args, **kwargs)

    def revoke_between():
        assert has_read.wait(30)
        try:
            with transaction.atomic():
                Certificate.objects.select_for_update(nowait=True).get(pk=constancia.pk)
                return revoke(constancia, reason="fraud", by=None, at=AFTER)
        except OperationalError:  # issuing has it locked
            tried.set()
            return revoke(constancia, reason="fraud", by=None, at=AFTER)
        finally:
            tried.set()

    monkeypatch.setattr(certifying, "eligibilities", slowly)
    new, told = at_once(lambda turn: revoke_between() if turn else issued(who, design))
    constancia.refresh_from_db()
    assert told.revocation == constancia.revocation == "replaced"
    assert constancia.replaced_by == new
