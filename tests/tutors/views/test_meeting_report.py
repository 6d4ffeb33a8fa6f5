import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participants.meeting_reports.drafts import KEPT
from participants.models import AttendanceRecord, Enrollment, MeetingReport, ReportDraft, ShownName
from tests.factories import (
    AttendanceRecordFactory,
    EnrollmentFactory,
    ParticipantFactory,
    ReportDraftFactory,
    SessionFactory,
    UserFactory,
)
from tests.participants.meeting_reports.layouts import write
from tests.participants.meeting_reports.test_hostile_reports import mutated
from tests.participants.meeting_reports.test_importing import HEAD, file_of

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


@pytest.fixture
def people(cohort, group, other_group):
    def enroll(place, names: str, surname: str):
        person = ParticipantFactory(
            given_names=names, paternal_surname=surname, maternal_surname=""
        )
        return EnrollmentFactory(cohort=cohort, group=place, participant=person)

    return [
        enroll(group, "Luz", "Apaza"),
        enroll(group, "Rosa", "Soto"),
        enroll(other_group, "Rosa", "Soto"),
        enroll(other_group, "Iván", "Paredes"),
    ]


@pytest.fixture
def client(clients):
    return clients["tutor"]()


def page_of(session) -> str:
    return reverse("tutors:meeting_report", args=[session.pk])


def draft_page(session) -> str:
    draft = ReportDraft.objects.latest("created_at")
    return reverse("tutors:meeting_report_draft", args=[session.pk, draft.pk])


def send(client, session, content: bytes):
    upload = SimpleUploadedFile("reporte.csv", content)
    return client.post(page_of(session), {"file": upload})


def save(client, session, **answers):
    """As the page is shown: its fingerprint, and a choice for each shown name that is given."""
    shown = client.get(draft_page(session)).context
    fields = {field.label: field.html_name for field in shown["form"]}
    chosen = {fields[name]: value for name, value in answers.items()}
    return client.post(
        draft_page(session), {"fingerprint": shown["plan"].fingerprint} | chosen, follow=True
    )


def states() -> dict[str, str]:
    records = AttendanceRecord.objects.select_related("enrollment__participant")
    return {each.enrollment.participant.full_name.strip(): each.state for each in records}


def test_report_is_sent_looked_at_and_saved(client, session, people, tutor):
    content = file_of(
        session, ("Luz Apaza", "", 0, 120), ("Iván Paredes", "", 0, 120), ("iPhone", "", 0, 9)
    )
    assert send(client, session, content).url == draft_page(session)
    shown = client.get(draft_page(session))
    text = shown.content.decode()
    assert "Reporte de Zoom" in text
    assert "120 de 120 minutos" in text
    assert "1 de otros grupos" in text
    assert "Soto, Rosa" in text
    assert "Paredes" not in text
    assert not AttendanceRecord.objects.exists()

    done = save(client, session)
    assert done.redirect_chain == [(reverse("tutors:register", args=[session.pk]), 302)]
    assert "Se guardó 1 marca del reporte." in done.content.decode()
    assert states() == {"Luz Apaza": "present"}
    assert MeetingReport.objects.get().imported_by == tutor
    assert not ReportDraft.objects.exists()


def test_rest_is_marked_absent_where_it_is_ticked(client, session, people):
    Enrollment.objects.exclude(pk__in=[person.pk for person in people]).delete()
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120)))
    shown = client.get(draft_page(session))
    assert "Marcar falta a la persona que no figura en el reporte" in shown.content.decode()
    box = shown.context["form"].rest
    assert box.value() is None
    assert f'id="{box.auto_id}_helptext"' in shown.content.decode()
    stale = client.post(draft_page(session), {"fingerprint": "0" * 16, box.html_name: "on"})
    assert stale.status_code == 409
    # What was ticked is still ticked.
    assert stale.context["form"].rest.value() is True
    assert not states()

    data = {"fingerprint": shown.context["plan"].fingerprint, box.html_name: "on"}
    done = client.post(draft_page(session), data, follow=True)
    assert "Se guardaron 2 marcas del reporte." in done.content.decode()
    marked = AttendanceRecord.objects.values_list("enrollment", "state", "source")
    assert set(marked) == {
        (people[0].pk, "present", "meeting"),
        (people[1].pk, "absent", "meeting"),
    }

    # Another part of the meeting decides anew, and nobody is left to mark.
    send(client, session, file_of(session, ("Rosa Soto", "", 0, 120)))
    assert client.get(draft_page(session)).context["form"].rest is None
    save(client, session, **{"Rosa Soto": str(people[1].pk)})
    assert states() == {"Luz Apaza": "present", "Rosa Soto": "present"}


def test_rest_stays_unmarked_while_a_question_waits(client, session, people):
    Enrollment.objects.exclude(pk__in=[person.pk for person in people]).delete()
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120), ("Rosa Soto", "", 0, 120)))
    assert client.get(draft_page(session)).context["form"].rest is None
    save(client, session)
    # Of the report its question alone is left: the others are not taken to be missing.
    assert client.get(draft_page(session)).context["form"].rest is None
    fields = {"fingerprint": client.get(draft_page(session)).context["plan"].fingerprint}
    client.post(draft_page(session), fields | {"mark_rest_absent": "on"})
    assert states() == {"Luz Apaza": "present"}


def test_coordinator_saves_the_whole_edition(clients, session, people):
    client = clients["coordinator"]()
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120), ("Iván Paredes", "", 0, 9)))
    save(client, session)
    assert states() == {"Luz Apaza": "present", "Iván Paredes": "absent"}


def test_who_is_in_doubt_is_chosen_now_or_later(client, session, people):
    send(client, session, file_of(session, ("Rosa Soto", "", 0, 120), ("Luz Apaza", "", 0, 120)))
    done = save(client, session)
    # What is in doubt waits, and nothing else of the report is kept.
    assert done.request["PATH_INFO"] == draft_page(session)
    assert states() == {"Luz Apaza": "present"}
    (kept,) = ReportDraft.objects.get().report["connections"]
    assert kept["shown_name"] == "Rosa Soto"
    assert draft_page(session) in client.get(page_of(session)).content.decode()

    done = save(client, session, **{"Rosa Soto": str(people[1].pk)})
    assert done.redirect_chain[-1][0] == reverse("tutors:register", args=[session.pk])
    assert states() == {"Luz Apaza": "present", "Rosa Soto": "present"}
    assert ShownName.objects.get().enrollment == people[1]
    assert not ReportDraft.objects.exists()


def test_telephone_of_somebody_known_to_the_tutor(client, session, people):
    send(client, session, file_of(session, ("iPhone de Luz", "", 0, 120)))
    save(client, session, **{"iPhone de Luz": str(people[0].pk)})
    assert states() == {"Luz Apaza": "present"}


def test_choice_of_someone_of_another_group_is_left_out(client, session, people):
    send(client, session, file_of(session, ("iPhone", "", 0, 120)))
    save(client, session, iPhone=str(people[3].pk))
    assert not states()
    assert not ShownName.objects.exists()


def test_own_mark_stands_and_is_told(client, session, people, tutor):
    AttendanceRecordFactory(enrollment=people[0], session=session, state="absent")
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120)))
    assert "esa marca se mantiene" in client.get(draft_page(session)).content.decode()
    told = save(client, session).content.decode()
    assert "1 persona estaba marcada a mano de otra manera" in told
    assert states() == {"Luz Apaza": "absent"}


def test_same_file_again_is_told_and_changes_nothing(client, session, people):
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    send(client, session, content)
    save(client, session)
    send(client, session, content)
    assert "ya se leyó en la sesión" in client.get(draft_page(session)).content.decode()
    assert "Nada por guardar" in save(client, session).content.decode()
    assert AttendanceRecord.history.count() == 1


def test_same_file_sent_twice_waits_once(client, session, people):
    content = file_of(session, ("Luz Apaza", "", 0, 120))
    send(client, session, content)
    send(client, session, content)
    assert ReportDraft.objects.count() == 1


def test_clock_is_put_right_on_request(client, session, people):
    send(client, session, file_of(session, ("Luz Apaza", "", 60, 180)))
    text = client.get(draft_page(session)).content.decode()
    assert "Mover su reloj -1 h" in text
    client.post(draft_page(session), {"read": "1", "order": "day_first", "shift": "-1"})
    text = client.get(draft_page(session)).content.decode()
    assert "120 de 120 minutos" in text
    assert "Leerlo como está escrito" in text
    save(client, session)
    assert states() == {"Luz Apaza": "present"}


@pytest.mark.parametrize("answer", [{"order": "x"}, {"shift": "99"}, {"shift": "x"}])
def test_answer_that_is_none_is_not_kept(client, session, people, answer):
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120)))
    client.post(draft_page(session), {"read": "1"} | answer)
    assert ReportDraft.objects.get().answers == {}


def test_order_of_dates_is_asked(client, session, people):
    rows = [["Luz Apaza", "", f"{day}/2026 18:00", f"{day}/2026 20:00"] for day in ("4/3", "3/4")]
    send(client, session, write([HEAD, *rows]))
    text = client.get(draft_page(session)).content.decode()
    assert "¿Cómo escribe las fechas el reporte?" in text
    assert "Guardar en el registro" not in text
    assert client.post(draft_page(session), {"fingerprint": "x"}).status_code == 400
    client.post(draft_page(session), {"read": "1", "order": "day_first"})
    save(client, session)
    assert states() == {"Luz Apaza": "present"}


def test_report_of_another_day_cannot_be_saved(client, session, people, cohort):
    other = SessionFactory(cohort=cohort, day=9)
    send(client, session, file_of(other, ("Luz Apaza", "", 0, 120)))
    text = client.get(draft_page(session)).content.decode()
    assert "El reporte es de otro día" in text
    assert "Guardar en el registro" not in text
    assert client.post(draft_page(session), {"fingerprint": "x"}).status_code == 400
    assert not MeetingReport.objects.exists()


def test_change_since_the_preview_is_shown_before_it_is_saved(client, session, people):
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120), ("iPhone", "", 0, 120)))
    (field,) = client.get(draft_page(session)).context["form"].strangers
    chosen = {field.html_name: str(people[1].pk)}
    stale = client.post(draft_page(session), {"fingerprint": "0" * 16} | chosen)
    assert stale.status_code == 409
    assert "Revise de nuevo" in stale.content.decode()
    # What was chosen is still chosen.
    assert stale.context["form"].strangers[0].value() == str(people[1].pk)
    assert not states()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"a,b\n1,2\n"])
def test_what_is_no_report_is_refused_at_the_field(client, session, content):
    refused = send(client, session, content)
    assert refused.status_code == 400
    assert refused.context["form"].errors["file"]
    assert not ReportDraft.objects.exists()


def test_draft_is_its_senders_alone(client, clients, session, people):
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120)))
    assert clients["coordinator"]().get(draft_page(session)).status_code == 404
    other = ReportDraftFactory(session=session, user=UserFactory())
    page = reverse("tutors:meeting_report_draft", args=[session.pk, other.pk])
    assert client.get(page).status_code == 404
    assert client.post(page).status_code == 404


def test_draft_is_discarded(client, session, people):
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120)))
    draft = ReportDraft.objects.get()
    page = reverse("tutors:meeting_report_discard", args=[session.pk, draft.pk])
    assert client.post(page).url == page_of(session)
    assert not ReportDraft.objects.exists()


def test_old_drafts_are_cleared_by_the_next_report(client, session, people, clock):
    old = ReportDraftFactory()
    ReportDraft.objects.update(created_at=old.created_at - KEPT - dt.timedelta(minutes=1))
    send(client, session, file_of(session, ("Luz Apaza", "", 0, 120)))
    assert not ReportDraft.objects.filter(pk=old.pk).exists()


def test_session_without_a_register_takes_no_report(client, session, people, cohort):
    session.status, session.cancellation_reason = session.Status.CANCELLED, "Feriado"
    session.save()
    assert "cancelada" in client.get(page_of(session)).content.decode()
    assert send(client, session, file_of(session, ("Luz Apaza", "", 0, 120))).status_code == 403
    draft = ReportDraftFactory(session=session, user=client.get(page_of(session)).wsgi_request.user)
    page = reverse("tutors:meeting_report_draft", args=[session.pk, draft.pk])
    assert client.post(page).status_code == 403


def test_substitute_whose_week_is_over_sends_no_report(client, session, group, people, clock):
    assignment = group.tutor_assignments.get()
    assignment.ends_on = session.day
    assignment.save()
    clock.move_to(session.starts_at + dt.timedelta(days=9))
    assert send(client, session, file_of(session, ("Luz Apaza", "", 0, 120))).status_code == 403


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=mutated(), order=st.sampled_from(["", "day_first", "month_first"]))
def test_no_mutated_report_breaks_the_pages(client, session, people, content, order):
    sent = send(client, session, content)
    assert sent.status_code in {302, 400}
    if sent.status_code == 302:
        client.post(draft_page(session), {"read": "1", "order": order})
        assert client.get(draft_page(session)).status_code == 200
