import datetime as dt

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from participants.application_links import CONFIRM_DAYS, confirmation_token, to_confirm
from participants.applying import (
    KEPT_DAYS,
    Stale,
    Typed,
    clear_unconfirmed,
    confirm_application,
    how_it_stands,
    keep_draft,
    keep_letter,
    send_application,
    send_link_again,
    start_application,
    withdraw_application,
)
from participants.models import Application, Participant
from tests.factories import (
    MONDAY,
    ApplicationFactory,
    CohortFactory,
    EnrollmentFactory,
    FacilityFactory,
    ParticipantFactory,
    at,
)
from tests.participants.letters import PDF

pytestmark = pytest.mark.django_db
NOW = at(MONDAY, 12)
Status = Application.Status


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.PRIVATE_MEDIA_ROOT = tmp_path / "private"


@pytest.fixture
def called():
    return CohortFactory(
        status="open",
        applications_open_at=NOW - dt.timedelta(days=1),
        applications_close_at=NOW + dt.timedelta(days=1),
    )


@pytest.fixture
def draft(called):
    return start_application(called, at=NOW)


def typed(answers=None, version=0, tab="a") -> Typed:
    return Typed(answers or {"given_names": "Ana"}, version, tab)


def data(**changes):
    facility = changes.pop("facility", None) or FacilityFactory()
    return {
        "document_type": "dni",
        "document_number": "70123456",
        "paternal_surname": "Mamani",
        "maternal_surname": "",
        "given_names": "Ana",
        "sex": "F",
        "birth_date": dt.date(1990, 3, 25),
        "email": "ana@salud.example",
        "mobile": "",
        "profession": "nursing",
        "licence_board": "",
        "licence_number": "",
        "employment_regime": "cas",
        "service": "csmc",
        "facility": facility,
        "facility_written": "",
    } | changes


def send(application, at_=NOW, **changes) -> Application:
    given = typed(version=application.version)
    return send_application(
        application.key, given, data(**changes), notice_version="2026-11", at=at_
    )


def confirmed(called, at_=NOW, **changes) -> Application:
    sent = send(start_application(called, at=NOW), **changes)
    found = confirm_application(confirmation_token(sent), at=at_)
    assert found is not None
    return found


# ---- the call --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"applications_close_at": None}, True),
        ({"applications_open_at": NOW}, True),
        ({"applications_open_at": NOW + dt.timedelta(seconds=1)}, False),
        ({"applications_close_at": NOW}, False),
        ({"applications_open_at": None, "applications_close_at": None}, False),
        ({"status": "draft"}, False),
        ({"status": "running"}, False),
        ({"status": "closed"}, False),
    ],
)
def test_application_is_started_while_the_call_is_open(called, changes, is_open):
    for name, value in changes.items():
        setattr(called, name, value)
    called.save()

    if is_open:
        assert start_application(called, at=NOW).status == Status.DRAFT
    else:
        with pytest.raises(ValidationError) as refused:
            start_application(called, at=NOW)
        assert refused.value.code == "closed"


def test_applying_after_closing_says_when_it_closed(called, draft):
    closing = called.applications_close_at
    for call in (
        lambda: start_application(called, at=closing),
        lambda: keep_draft(draft.key, typed(), at=closing),
        lambda: send(draft, at_=closing),
    ):
        with pytest.raises(ValidationError) as refused:
            call()
        assert refused.value.code == "closed"
        assert "03/03/2026" in refused.value.messages[0]


# ---- the draft -------------------------------------------------------------------------------


def test_draft_keeps_what_is_typed_right_or_wrong(draft):
    keep_draft(draft.key, typed({"birth_date": "31/02/1990"}), at=NOW)

    draft.refresh_from_db()
    assert draft.answers == {"birth_date": "31/02/1990"}
    assert draft.version == 1


def test_second_tab_is_told_that_the_first_has_saved(draft):
    keep_draft(draft.key, typed({"given_names": "Ana"}, version=0, tab="a"), at=NOW)

    with pytest.raises(Stale):
        keep_draft(draft.key, typed({"given_names": "Eva"}, version=0, tab="b"), at=NOW)
    given = typed(version=0, tab="b")
    with pytest.raises(Stale):
        send_application(draft.key, given, data(), notice_version="2026-11", at=NOW)
    draft.refresh_from_db()
    assert draft.answers == {"given_names": "Ana"}
    assert draft.status == Status.DRAFT


def test_own_tab_saves_on_though_it_never_heard_of_its_last_save(draft):
    for name in ("Ana", "Ana M", "Ana María"):
        keep_draft(draft.key, typed({"given_names": name}, version=0, tab="a"), at=NOW)

    draft.refresh_from_db()
    assert draft.answers == {"given_names": "Ana María"}


def test_first_tab_is_stale_once_the_second_has_saved(draft):
    keep_draft(draft.key, typed(version=0, tab="a"), at=NOW)
    keep_draft(draft.key, typed(version=1, tab="b"), at=NOW)

    with pytest.raises(Stale):
        keep_draft(draft.key, typed(version=0, tab="a"), at=NOW)


def test_letter_takes_the_place_of_the_one_before(draft, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = keep_letter(draft.key, ContentFile(PDF, "letter.pdf"), at=NOW).letter
        second = keep_letter(draft.key, ContentFile(PDF, "letter.pdf"), at=NOW).letter

    assert first.name != second.name
    assert "letter" not in second.name.removeprefix("letters/").removesuffix(".pdf")
    assert not first.storage.exists(first.name)
    with django_capture_on_commit_callbacks(execute=True):
        keep_letter(draft.key, None, at=NOW)
    assert not second.storage.exists(second.name)


# ---- sending and confirming ------------------------------------------------------------------


def test_sent_application_waits_for_the_mailed_link(draft, run_tasks):
    sent = send(draft)
    run_tasks()

    assert sent.status == Status.SUBMITTED
    assert (sent.notice_version, sent.notice_accepted_at) == ("2026-11", NOW)
    [message] = mail.outbox
    assert message.to == ["ana@salud.example"]
    assert "/convocatorias/confirmar/" in message.body
    assert sent.key in message.body
    assert sent.document_number not in message.body


def test_double_tap_sends_and_mails_once(draft, run_tasks):
    facility = FacilityFactory()
    send(draft, facility=facility)
    draft.refresh_from_db()
    send(draft, facility=facility)
    run_tasks()

    assert len(mail.outbox) == 1


def test_corrected_address_voids_the_link_to_the_wrong_one(draft):
    wrong = confirmation_token(send(draft, email="otra@salud.example"))
    draft.refresh_from_db()
    right = confirmation_token(send(draft, email="ana@salud.example"))

    assert to_confirm(wrong) is None
    assert confirm_application(wrong, at=NOW) is None
    found = confirm_application(right, at=NOW)
    assert found is not None
    assert found.status == Status.CONFIRMED


def test_confirming_again_changes_nothing(called):
    first = confirmed(called)
    again = confirm_application(confirmation_token(first), at=NOW + dt.timedelta(hours=1))

    assert again is not None
    assert (again.status, again.confirmed_at) == (Status.CONFIRMED, NOW)
    assert again.answers == {}


def test_link_is_confirmed_after_closing_when_sent_in_time(called):
    assert confirmed(called, at_=NOW + dt.timedelta(days=2)).status == Status.CONFIRMED


def test_link_lasts_its_days(draft, clock):
    clock.move_to(NOW)
    token = confirmation_token(send(draft))
    clock.move_to(NOW + dt.timedelta(days=CONFIRM_DAYS, seconds=1))

    assert to_confirm(token) is None


@pytest.mark.parametrize("token", ["", "x", "x:y:z"])
def test_link_made_up_confirms_nothing(token, db):
    assert confirm_application(token, at=NOW) is None


@pytest.mark.parametrize("same", [{"email": "otra@salud.example"}, {"document_number": "70999999"}])
def test_second_of_a_document_or_of_an_email_is_repeated(called, same):
    assert confirmed(called).status == Status.CONFIRMED

    assert confirmed(called, **same).status == Status.DUPLICATE


def test_unconfirmed_application_blocks_nobody(called):
    send(start_application(called, at=NOW), email="extrano@salud.example")

    assert confirmed(called).status == Status.CONFIRMED


def test_other_edition_and_withdrawn_application_block_nobody(called):
    ApplicationFactory(document_number="70123456", email="ana@salud.example")
    first = confirmed(called)
    withdraw_application(first.key, at=NOW)

    assert confirmed(called).status == Status.CONFIRMED


def test_application_writes_to_no_participant(called):
    known = ParticipantFactory(document_number="70123456", given_names="Anita")

    confirmed(called, given_names="Otra")

    known.refresh_from_db()
    assert known.given_names == "Anita"
    assert Participant.objects.count() == 1


def test_confirmed_application_is_changed_by_its_address_no_more(called):
    found = confirmed(called)

    for call in (
        lambda: keep_draft(found.key, typed(version=found.version), at=NOW),
        lambda: keep_letter(found.key, None, at=NOW),
        lambda: send(found, given_names="Otra"),
    ):
        with pytest.raises(ValidationError) as refused:
            call()
        assert refused.value.code == "sent"
    assert send_link_again(found) is False


@pytest.mark.parametrize("status", [Status.APPROVED, Status.WAITLISTED, Status.DECLINED])
def test_decided_application_is_not_withdrawn_by_the_person(status):
    decided = ApplicationFactory(status=status)

    assert withdraw_application(decided.key, at=NOW).status == status


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_confirmed_at_once_one_is_in_force(called, at_once):
    tokens = [
        confirmation_token(send(start_application(called, at=NOW), email=f"a{n}@salud.example"))
        for n in range(4)
    ]

    found = at_once(lambda index: confirm_application(tokens[index], at=NOW).status, 4)

    assert sorted(found) == [Status.CONFIRMED] + [Status.DUPLICATE] * 3


def test_what_is_not_confirmed_is_deleted_after_its_days(called, draft):
    keep_letter(draft.key, ContentFile(PDF, "letter.pdf"), at=NOW)
    draft.refresh_from_db()
    kept = ApplicationFactory(cohort=called, saved_at=NOW)
    later = NOW + dt.timedelta(days=KEPT_DAYS)

    assert clear_unconfirmed(now=later) == 0
    assert clear_unconfirmed(now=later + dt.timedelta(seconds=1)) == 1
    assert list(Application.objects.all()) == [kept]
    assert not draft.letter.storage.exists(draft.letter.name)


# ---- how it stands ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("confirmed", "received"),
        ("duplicate", "received"),
        ("withdrawn", "withdrawn"),
        ("declined", "declined"),
        ("approved", "approved"),
        ("waitlisted", "waiting"),
    ],
)
def test_application_stands_as_decided(called, status, standing):
    assert how_it_stands(ApplicationFactory(cohort=called, status=status)) == standing


@pytest.mark.parametrize("status", ["approved", "waitlisted"])
@pytest.mark.parametrize(
    ("since", "standing"),
    [
        ("enrolled", "approved"),
        ("completed", "approved"),
        ("waitlisted", "waiting"),
        ("offered", "offered"),
        ("declined", "left"),
        ("withdrawn", "left"),
    ],
)
def test_what_became_of_the_place_since_is_told(called, status, since, standing):
    ended_on = called.ends_on if since == "withdrawn" else None
    enrollment = EnrollmentFactory(cohort=called, status=since, ended_on=ended_on)
    application = ApplicationFactory(
        cohort=called, status=status, participant=enrollment.participant
    )
    assert how_it_stands(application) == standing
