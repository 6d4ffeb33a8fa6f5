import pytest
from django.core.exceptions import ValidationError

from courses.models import Cohort
from participants.certifying import issue
from participants.models import NameConfirmation
from participants.printed_names import (
    answer_name,
    ask_name,
    confirm_name,
    confirmation_of,
    printed_name,
    set_names_until,
)
from tests.factories import MONDAY, CertificateDesignFactory
from tests.participants.certified import AFTER, closed_edition, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def who():
    cohort = closed_edition()
    return person(
        cohort,
        participant__given_names="Jose  Luis",
        participant__paternal_surname="Ñahui",
        participant__maternal_surname="",
    )


def ask(who, wished):
    return ask_name(who, wished, by=None, at=AFTER)


def shown(who) -> str:
    return printed_name(who, confirmation_of(who))


def code_of(call) -> str:
    with pytest.raises(ValidationError) as refused:
        call()
    error = refused.value
    return error.error_dict["wished"][0].code if hasattr(error, "error_dict") else error.code


def test_name_is_confirmed_as_it_is_shown(who, participant):
    assert shown(who) == "Jose Luis Ñahui"
    row = confirm_name(who, "Jose Luis Ñahui", by=participant, at=AFTER)
    assert (row.state, row.history.get().history_user) == ("confirmed", participant)
    who.participant.paternal_surname = "Otro"
    who.participant.save()
    assert shown(who) == "Jose Luis Ñahui"
    assert confirm_name(who, "Jose Luis Ñahui", by=participant, at=AFTER) == row
    assert row.history.count() == 1


def test_another_name_than_the_one_to_be_printed_is_not_confirmed(who):
    assert code_of(lambda: confirm_name(who, "José Luis", by=None, at=AFTER)) == "stale"
    assert not NameConfirmation.objects.exists()


def test_correction_is_asked_for_and_accepted(who, coordinator):
    row = ask(who, " José   Luis Ñahui ")
    assert (row.state, row.wished, shown(who)) == ("asked", "José Luis Ñahui", "Jose Luis Ñahui")
    assert ask(who, "José Luis Ñahui").history.count() == 1
    for _turn in range(2):
        row = answer_name(who, wished=row.wished, accept=True, by=coordinator, at=AFTER)
    assert (row.state, row.answered_by, shown(who)) == ("corrected", coordinator, "José Luis Ñahui")
    assert row.history.count() == 2


def test_correction_refused_leaves_the_name_to_be_confirmed(who, coordinator):
    row = ask(who, "Doctor José")
    answer_name(who, wished=row.wished, accept=False, by=coordinator, at=AFTER)
    assert shown(who) == "Jose Luis Ñahui"
    assert not confirmation_of(who).is_settled
    assert confirm_name(who, shown(who), by=None, at=AFTER).is_settled


@pytest.mark.parametrize("corrected", [True, False])
def test_second_wish_leaves_the_name_settled_before(who, coordinator, corrected):
    name = "José Luis Ñahui" if corrected else "Jose Luis Ñahui"
    if corrected:
        ask(who, name)
        answer_name(who, wished=name, accept=True, by=coordinator, at=AFTER)
    else:
        confirm_name(who, name, by=None, at=AFTER)
    who.participant.paternal_surname = "Otro"
    who.participant.save()
    for wished in ("Dr. José", "Doctor José"):
        ask(who, wished)
        assert (shown(who), confirmation_of(who).is_settled) == (name, False)
    answer_name(who, wished=wished, accept=False, by=coordinator, at=AFTER)
    assert (shown(who), confirmation_of(who).is_settled) == (name, True)
    certificate = issue(who, CertificateDesignFactory(), by=None, at=AFTER)
    assert certificate.facts["name"] == name


def test_second_wish_accepted_or_taken_back_settles_the_name(who, coordinator):
    for wished in ("José", "José Luis"):
        ask(who, wished)
        row = answer_name(who, wished=wished, accept=True, by=coordinator, at=AFTER)
    assert (row.was_settled, shown(who)) == (False, "José Luis")
    ask(who, "Luis")
    row = confirm_name(who, "José Luis", by=None, at=AFTER)
    assert (row.state, row.was_settled, shown(who)) == ("confirmed", False, "José Luis")


def test_answer_is_to_the_spelling_that_was_read(who, coordinator):
    def answer(wished):
        return answer_name(who, wished=wished, accept=True, by=coordinator, at=AFTER)

    assert code_of(lambda: answer("Ana")) == "not_asked"
    ask(who, "Ana")
    ask(who, "Ana María")
    assert code_of(lambda: answer("Ana")) == "stale"


@pytest.mark.parametrize(
    ("wished", "code"),
    [(" ", "empty"), ("Jose Luis  Ñahui", "same"), ("A" * 243, "long"), ("Li 李", "undrawable")],
)
def test_wish_that_makes_no_sense_is_refused(who, wished, code):
    assert code_of(lambda: ask(who, wished)) == code


def test_name_of_an_issued_certificate_is_changed_by_a_coordinator_alone(who):
    issue(who, CertificateDesignFactory(), by=None, at=AFTER)
    assert code_of(lambda: ask(who, "Ana")) == "issued"
    assert code_of(lambda: confirm_name(who, shown(who), by=None, at=AFTER)) == "issued"


def test_day_after_which_unconfirmed_names_are_printed_is_set_once(coordinator):
    cohort = closed_edition(names_until=None)
    for _turn in range(2):
        set_names_until(cohort, MONDAY, by=coordinator)
    assert Cohort.objects.get(pk=cohort.pk).names_until == MONDAY
    assert cohort.history.first().history_user == coordinator
    assert cohort.history.count() == 2
