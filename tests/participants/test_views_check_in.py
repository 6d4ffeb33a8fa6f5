import datetime as dt
import gzip
from pathlib import Path

import pytest
from django.urls import reverse

from courses.models import Session
from participants.arrivals import Arrivals
from participants.check_in_codes import link_code
from participants.models import AttendanceEvidence, AttendanceRecord, CheckInWindow, MakeUp
from participants.rotating_codes import code_of, step_at, step_ends_at
from tests.cast import account
from tests.factories import (
    MONDAY,
    CheckInWindowFactory,
    EnrollmentFactory,
    MakeUpFactory,
    ParticipantFactory,
    SessionFactory,
    at,
)
from trainingprog.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NOON = at(MONDAY + dt.timedelta(days=11), 12)
SECOND = dt.timedelta(seconds=1)
# What one comes to have in hand on the thinnest of lines.
MOST_BYTES = 6_000


@pytest.fixture
def session(cohort, group) -> Session:
    return SessionFactory(cohort=cohort, group=group, starts_at=NOON - dt.timedelta(minutes=5))


@pytest.fixture
def window(session, tutor) -> CheckInWindow:
    return CheckInWindowFactory(session=session, opened_by=tutor)


@pytest.fixture
def colleague(cohort, group) -> User:
    user = account(email="colega@salud.example")
    EnrollmentFactory(
        participant=ParticipantFactory(user=user, email=user.email), cohort=cohort, group=group
    )
    return user


def page_of(session: Session) -> str:
    return reverse("participants:check_in", args=[session.pk])


def link_of(window: CheckInWindow, moment: dt.datetime = NOON) -> str:
    return reverse("participants:scan", args=[window.pk, link_code(window, at=moment)])


def shown(window: CheckInWindow, moment: dt.datetime = NOON) -> str:
    return code_of(window.secret, step_at(moment))


def kept() -> int:
    assert AttendanceEvidence.objects.count() == AttendanceRecord.objects.count()
    return AttendanceRecord.objects.count()


# ---- typing ----------------------------------------------------------------------------------


def test_code_typed_marks_the_person_and_says_so_in_words(window, participant, log_in):
    client = log_in(participant)
    page = client.get(page_of(window.session)).text
    assert 'autocapitalize="characters"' in page
    assert "Código que se ve en la pantalla" in page

    code = shown(window)
    answer = client.post(
        page_of(window.session), {"code": f"{code[:3]} {code[3:]}".lower()}, follow=True
    )

    assert answer.redirect_chain == [(page_of(window.session), 302)]
    assert "Asistencia registrada a las 12:00" in answer.text
    assert "presente" in answer.text
    assert 'id="code"' not in answer.text
    assert kept() == 1


def test_code_sent_twice_says_that_it_was_registered_already(window, participant, log_in):
    client = log_in(participant)
    data = {"code": shown(window)}
    client.post(page_of(window.session), data)
    answer = client.post(page_of(window.session), data, follow=True)
    assert "Su asistencia ya estaba registrada: no se cambió nada." in answer.text
    assert kept() == 1
    assert AttendanceRecord.history.count() == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "Escriba el código que se ve en la pantalla"),
        ("MALO22", "“MALO22” no es el código de esta sesión"),
        ("<script>", "“SCRIPT” no es el código de esta sesión"),
        ("yesterday", "no es el código de esta sesión"),
        ("other", "no es el código de esta sesión"),
        ("old", "Este código se mostró hasta las 11:58:30 y ya no vale"),
    ],
)
def test_wrong_code_is_told_at_the_field_and_stays_there(
    window, participant, log_in, cohort, code, told
):
    elsewhere = CheckInWindowFactory(session=SessionFactory(starts_at=NOON), secret="otro")
    written = {
        "yesterday": shown(window, NOON - dt.timedelta(days=1)),
        "other": shown(elsewhere),
        "old": shown(window, NOON - 91 * SECOND),
    }.get(code, code)

    answer = log_in(participant).post(page_of(window.session), {"code": written})

    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{written}"' in answer.text or code == "<script>"
    assert kept() == 0


def test_guesses_are_limited_by_account_and_not_by_address(window, participant, colleague, log_in):
    client = log_in(participant)
    answers = [
        client.post(page_of(window.session), {"code": f"MAL{number:03d}"}) for number in range(11)
    ]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "Espere un minuto" in answers[-1].text

    answer = log_in(colleague).post(page_of(window.session), {"code": shown(window)})
    assert answer.status_code == 302
    assert kept() == 1


@pytest.mark.parametrize(("mode", "told"), [("in_person", "presencial"), ("online", "virtual")])
def test_in_a_hybrid_session_one_tap_says_how(window, participant, log_in, mode, told):
    Session.objects.update(modality="hybrid")
    client = log_in(participant)
    assert client.get(page_of(window.session)).text.count('name="mode"') == 2

    asked = client.post(page_of(window.session), {"code": shown(window)})
    assert asked.status_code == 422
    assert "Indique si está en la sala" in asked.text
    assert f'value="{shown(window)}"' in asked.text

    answer = client.post(
        page_of(window.session), {"code": shown(window), "mode": mode}, follow=True
    )
    assert told in answer.text


# ---- when it is not open ---------------------------------------------------------------------


def test_before_it_is_opened_the_page_says_so_and_takes_nothing(session, participant, log_in):
    client = log_in(participant)
    for answer in (client.get(page_of(session)), client.post(page_of(session), {"code": "K7QM9X"})):
        assert "Todavía no se abre la marcación" in answer.text
        assert 'id="code"' not in answer.text
    assert answer.status_code == 403
    assert kept() == 0


def test_after_it_was_closed_the_page_says_when(window, participant, log_in):
    CheckInWindow.objects.update(closed_at=NOON)
    answer = log_in(participant).post(page_of(window.session), {"code": shown(window)})
    assert answer.status_code == 403
    assert "La marcación se cerró a las 12:00" in answer.text
    assert kept() == 0


def test_cancelled_session_says_why(window, participant, log_in):
    Session.objects.update(status="cancelled", cancellation_reason="Paro regional")
    answer = log_in(participant).post(page_of(window.session), {"code": shown(window)})
    assert answer.status_code == 403
    assert "Paro regional" in answer.text
    assert kept() == 0


def test_who_withdrew_is_told_and_not_marked(window, enrollment, participant, log_in):
    enrollment.status = "withdrawn"
    enrollment.ended_on = NOON.date() - dt.timedelta(days=1)
    enrollment.save()
    client = log_in(participant)
    for page in (page_of(window.session), link_of(window)):
        answer = client.get(page)
        assert answer.status_code == 403
        assert "Usted dejó la edición el 12/03/2026" in answer.text
    assert client.post(page_of(window.session), {"code": shown(window)}).status_code == 403
    assert kept() == 0


# ---- scanning --------------------------------------------------------------------------------


def test_scan_of_who_is_logged_in_asks_for_one_tap(window, participant, log_in):
    client = log_in(participant)
    page = client.get(link_of(window))
    assert page.status_code == 200
    assert 'id="code"' not in page.text
    action = reverse("participants:scanned", args=[page.context["ticket"]])
    assert f'action="{action}"' in page.text
    assert kept() == 0

    answer = client.post(action, follow=True)

    assert "Asistencia registrada a las 12:00" in answer.text
    assert kept() == 1


def test_scan_of_who_is_not_logged_in_counts_after_the_log_in(window, participant, client, clock):
    to_log_in = client.get(link_of(window), follow=True)
    assert to_log_in.redirect_chain[-1][0].startswith(reverse("account_login"))

    clock.shift(45 * SECOND)
    data = {"login": participant.email, "password": "una-clave-larga"}
    page = client.post(to_log_in.redirect_chain[-1][0], data, follow=True)
    assert page.status_code == 200
    client.post(page.request["PATH_INFO"])

    evidence = AttendanceEvidence.objects.get()
    assert (evidence.starts_at, evidence.code_age) == (NOON, 15)


def test_scan_that_took_longer_than_its_minute_leads_to_typing(window, participant, log_in, clock):
    client = log_in(participant)
    ticket = client.get(link_of(window)).context["ticket"]
    clock.shift(60 * SECOND)
    page = reverse("participants:scanned", args=[ticket])
    for answer in (client.get(page), client.post(page)):
        assert "Usted escaneó a las 12:00:00, hace más de un minuto" in answer.text
        assert 'id="code"' in answer.text
    assert answer.status_code == 422
    assert kept() == 0


def test_scan_that_was_passed_on_is_not_another_s(window, participant, colleague, log_in):
    ticket = log_in(participant).get(link_of(window)).context["ticket"]
    page = reverse("participants:scanned", args=[ticket])
    client = log_in(colleague)
    for answer in (client.get(page), client.post(page)):
        assert answer.status_code == 410
        assert "Otra persona escaneó este código" in answer.text
    assert kept() == 0


def test_scans_used_long_after_their_code_was_shown_are_pointed_out(
    window, group, participant, colleague, log_in, clock
):
    scans = []
    for client in (log_in(participant), log_in(colleague)):
        ticket = client.get(link_of(window, NOON - SECOND)).context["ticket"]
        scans.append((client, reverse("participants:scanned", args=[ticket])))
    clock.shift(45 * SECOND)
    for client, page in scans:
        assert client.post(page).status_code == 302
    told = Arrivals.of(window.session, group).old_codes
    assert [row.evidence.code_age for row in told] == [45, 45]


def test_scan_begun_in_time_counts_though_the_tutor_closes(window, participant, log_in, clock):
    client = log_in(participant)
    ticket = client.get(link_of(window)).context["ticket"]
    clock.shift(20 * SECOND)
    CheckInWindow.objects.update(closed_at=NOON + 10 * SECOND)
    page = reverse("participants:scanned", args=[ticket])
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 302
    assert kept() == 1


def test_link_that_was_passed_on_or_made_up_opens_nothing(window, participant, log_in, client):
    passed_on = link_of(window, NOON - 61 * SECOND)
    made_up = reverse("participants:scan", args=[window.pk, "AAAAAAAAAAAA"])
    nowhere = reverse("participants:scan", args=[window.pk + 1, "AAAAAAAAAAAA"])
    for visitor in (client, log_in(participant)):
        for link in (passed_on, made_up, nowhere):
            answer = visitor.get(link)
            assert answer.status_code == 410
            assert 'role="alert"' in answer.text


def test_link_counts_by_the_servers_clock_to_the_second(window, participant, log_in, clock):
    client = log_in(participant)
    link = link_of(window)
    end = step_ends_at(step_at(NOON))
    clock.move_to(end + 29 * SECOND)
    assert client.get(link).status_code == 200
    clock.move_to(end + 30 * SECOND)
    assert client.get(link).status_code == 410


def test_guest_of_another_group_is_sent_to_the_tutor(window, other_participant, log_in):
    client = log_in(other_participant)
    answer = client.get(link_of(window))
    assert answer.status_code == 403
    assert "Si vino de visita, avise a la tutora o el tutor" in answer.text
    sent = client.post(reverse("participants:scanned", args=[answer.context["ticket"]]))
    assert sent.status_code == 403
    assert client.get(page_of(window.session)).status_code == 404
    assert kept() == 0


@pytest.fixture
def make_up(window, other_enrollment, other_group) -> MakeUp:
    missed = SessionFactory(cohort=window.session.cohort, group=other_group, day=4)
    return MakeUpFactory(enrollment=other_enrollment, missed=missed, host=window.session)


def test_guest_who_makes_up_types_the_code_like_everybody(
    window, make_up, other_participant, log_in
):
    client = log_in(other_participant)
    page = page_of(window.session)
    session_page = reverse("participants:session", args=[window.session.pk])
    for leading_there in (reverse("participants:home"), session_page):
        assert client.get(leading_there).text.count(f'href="{page}"') == 1
    assert 'id="code"' in client.get(page).text
    answer = client.post(page, {"code": shown(window)}, follow=True)
    assert "Asistencia registrada a las 12:00" in answer.text
    assert AttendanceRecord.objects.get().enrollment == make_up.enrollment


def test_guest_whose_make_up_was_cancelled_finds_no_code_to_type(
    window, make_up, other_participant, log_in
):
    MakeUp.objects.update(cancelled_at=NOON)
    assert log_in(other_participant).get(page_of(window.session)).status_code == 404


def test_code_of_another_edition_is_told(participant, log_in):
    elsewhere = CheckInWindowFactory(session=SessionFactory(starts_at=NOON))
    answer = log_in(participant).get(link_of(elsewhere))
    assert answer.status_code == 403
    assert "de una edición en la que usted no participa" in answer.text
    assert elsewhere.session.label not in answer.text


def test_ticket_made_up_is_refused(participant, log_in):
    answer = log_in(participant).post(reverse("participants:scanned", args=["W10:abc"]))
    assert answer.status_code == 410


# ---- one machine for several -----------------------------------------------------------------


def test_colleagues_check_in_one_after_the_other_on_one_machine(
    window, participant, client, cohort, group
):
    """Nothing is blocked by device or by address, and logging out leads back to the code."""
    people = [participant, *(account(email=f"colega{n}@salud.example") for n in range(3))]
    for user in people[1:]:
        EnrollmentFactory(
            participant=ParticipantFactory(user=user, email=user.email), cohort=cohort, group=group
        )
    page = page_of(window.session)
    for user in people:
        to_log_in = client.get(page, follow=True).redirect_chain[-1][0]
        data = {"login": user.email, "password": "una-clave-larga"}
        assert client.post(to_log_in, data, follow=True).request["PATH_INFO"] == page
        assert client.post(page, {"code": shown(window)}).status_code == 302
        assert f'name="next" value="{page}"' in client.get(page).text
        assert client.post(reverse("account_logout"), {"next": page})["Location"] == page
    assert kept() == len(people)


# ---- where it is reached ---------------------------------------------------------------------


@pytest.mark.parametrize("is_open", [True, False])
def test_home_and_session_lead_there_while_it_is_open(window, participant, log_in, is_open):
    if not is_open:
        CheckInWindow.objects.update(closed_at=NOON)
    client = log_in(participant)
    session_page = reverse("participants:session", args=[window.session.pk])
    for page in (reverse("participants:home"), session_page):
        assert (page_of(window.session) in client.get(page).text) is is_open


def test_home_asks_no_more_once_one_is_marked(window, participant, log_in):
    client = log_in(participant)
    client.post(page_of(window.session), {"code": shown(window)})
    assert page_of(window.session) not in client.get(reverse("participants:home")).text


def test_tutor_who_marked_absent_is_told_to_be_asked(window, enrollment, participant, log_in):
    AttendanceRecord.objects.create(
        enrollment=enrollment, session=window.session, state="absent", recorded_at=NOON
    )
    client = log_in(participant)
    assert page_of(window.session) in client.get(reverse("participants:home")).text
    answer = client.post(page_of(window.session), {"code": shown(window)}, follow=True)
    assert "Si es un error, avise a su tutora o tutor." in answer.text
    assert AttendanceRecord.objects.get().state == "absent"


# ---- weight ----------------------------------------------------------------------------------


def test_page_and_its_style_are_light_and_need_nothing_more(window, participant, log_in):
    client = log_in(participant)
    Session.objects.update(modality="hybrid")
    page = client.get(page_of(window.session), headers={"accept-encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    style = len(gzip.compress(Path("static/check-in.css").read_bytes()))
    assert len(page.content) + style < MOST_BYTES / 2
    text = gzip.decompress(page.content).decode()
    assert "<script" not in text
    assert text.count("<link") == 2  # the style and the icon of the tab
