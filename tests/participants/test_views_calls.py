"""The pages of a call and of an application, for people without an account."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from participants.application_links import confirmation_token
from participants.models import Application
from tests.factories import (
    MONDAY,
    ApplicationFactory,
    CohortFactory,
    CohortModuleFactory,
    FacilityFactory,
    ParticipantFactory,
    at,
)
from tests.participants.letters import PDF

pytestmark = pytest.mark.django_db
NOW = at(MONDAY, 12)
Status = Application.Status


@pytest.fixture(autouse=True)
def surroundings(settings, tmp_path, clock):
    settings.PRIVATE_MEDIA_ROOT = tmp_path / "private"
    clock.move_to(NOW)


@pytest.fixture
def called():
    return CohortFactory(
        code="ATN-2026-3",
        status="open",
        starts_on=MONDAY + dt.timedelta(days=60),
        ends_on=MONDAY + dt.timedelta(days=200),
        applications_open_at=NOW - dt.timedelta(days=1),
        applications_close_at=NOW + dt.timedelta(days=1),
        requirements_es="Trabajar en un CSMC\n- Disponer de 6 horas",
    )


@pytest.fixture
def form_page(client, called):
    """The address of a new draft."""
    return client.post(reverse("calls:start", args=[called.code])).url


@pytest.fixture
def answers():
    return {
        "version": "0",
        "tab": "a",
        "document_type": "dni",
        "document_number": "70.123.456",
        "paternal_surname": "MAMANI",
        "maternal_surname": "",
        "given_names": "ANA MARÍA",
        "sex": "F",
        "birth_date": "25/3/90",
        "email": "Ana@Salud.example",
        "mobile": "957 094 499",
        "profession": "psychology",
        "licence": "12345",
        "employment_regime": "cas",
        "service": "mamis",
        "facility": str(FacilityFactory().pk),
        "facility_query": "",
        "facility_written": "",
        "notice": "on",
        "action": "send",
    }


def html(response) -> str:
    return response.content.decode()


def application() -> Application:
    return Application.objects.get()


# ---- the call --------------------------------------------------------------------------------


def test_call_says_what_one_decides_by(client, called):
    CohortModuleFactory(cohort=called, module__academic_hours=40, first_week=1, last_week=4)
    CohortModuleFactory(cohort=called, module__academic_hours=30, first_week=5, last_week=8)

    shown = html(client.get(reverse("calls:call", args=[called.code])))

    for fact in ("01/05/2026", "132", "03/03/2026, 12:00", ">70<", "Disponer de 6 horas", "40"):
        assert fact in shown
    assert reverse("calls:start", args=[called.code]) in shown


def test_log_in_page_leads_to_the_calls(client, called):
    assert reverse("calls:list") in html(client.get(reverse("account_login")))
    assert called.code in html(client.get(reverse("calls:list")))


@pytest.mark.parametrize("number", [1, 3])
def test_list_of_calls_takes_as_many_queries_for_3_as_for_1(
    client, number, django_assert_num_queries
):
    for _each in range(number):
        CohortFactory(status="open", applications_open_at=NOW)
    with django_assert_num_queries(1):
        client.get(reverse("calls:list"))


@pytest.mark.parametrize("number", [1, 3])
def test_call_takes_as_many_queries_for_3_modules_as_for_1(
    client, called, number, django_assert_num_queries
):
    for week in range(1, number + 1):
        CohortModuleFactory(cohort=called, first_week=week, last_week=week)
    with django_assert_num_queries(2):
        client.get(reverse("calls:call", args=[called.code]))


def test_editions_without_a_call_and_drafts_are_not_shown(client, called):
    silent = CohortFactory(status="open")
    draft = CohortFactory(status="draft", applications_open_at=NOW)
    listed = html(client.get(reverse("calls:list")))

    for cohort in (silent, draft):
        assert cohort.code not in listed
        assert client.get(reverse("calls:call", args=[cohort.code])).status_code == 404
        assert client.post(reverse("calls:start", args=[cohort.code])).status_code == 404


def test_call_that_opens_later_has_no_button(client, called):
    called.applications_open_at = NOW + dt.timedelta(hours=1)
    called.save()

    for name, args in (("calls:list", []), ("calls:call", [called.code])):
        shown = html(client.get(reverse(name, args=args)))
        assert called.code in shown
        assert reverse("calls:start", args=[called.code]) not in shown


def test_starting_after_closing_says_so(client, called, clock):
    clock.move_to(called.applications_close_at)

    response = client.post(reverse("calls:start", args=[called.code]))

    assert response.status_code == 409
    assert "03/03/2026" in html(response)
    assert not Application.objects.exists()


def test_code_with_a_slash_has_its_page(client, called):
    called.code = "ATN/2026"
    called.save()

    assert client.get(reverse("calls:call", args=[called.code])).status_code == 200


# ---- begun before ----------------------------------------------------------------------------


def test_call_leads_back_to_what_was_begun_in_this_browser(client, called, form_page, answers):
    call = reverse("calls:call", args=[called.code])
    assert form_page in html(client.get(call))
    assert form_page not in html(Client().get(call))
    client.post(form_page, answers)
    assert form_page in html(client.get(call))
    cookie = client.cookies["application"]
    assert (cookie["httponly"], cookie["path"]) == (True, reverse("calls:list"))

    Application.objects.update(status=Status.CONFIRMED, confirmed_at=NOW)
    assert form_page not in html(client.get(call))


def test_begun_application_is_of_its_own_call(client, called, form_page):
    other = CohortFactory(
        code="ATN-2026-4", status="open", applications_open_at=called.applications_open_at
    )
    assert form_page not in html(client.get(reverse("calls:call", args=[other.code])))


def test_another_is_begun_beside_it(client, called, form_page):
    again = client.post(reverse("calls:start", args=[called.code])).url
    assert again != form_page
    assert again in html(client.get(reverse("calls:call", args=[called.code])))


# ---- the form --------------------------------------------------------------------------------


def test_application_is_sent_confirmed_and_shown(client, form_page, answers, run_tasks):
    assert client.post(form_page, answers).url == form_page
    assert "ana@salud.example" in html(client.get(form_page))
    run_tasks()
    [message] = mail.outbox
    link = re.search(r"https?://[^/\s]+(/convocatorias/confirmar/\S+)", message.body)[1]

    assert Client().get(link).status_code == 200
    assert application().status == Status.SUBMITTED
    assert Client().head(link).status_code == 200
    assert application().status == Status.SUBMITTED
    assert Client().post(link).url == form_page
    assert Client().get(link).url == form_page
    found = application()
    assert found.status == Status.CONFIRMED
    assert (found.document_number, found.given_names) == ("70123456", "Ana María")
    assert (found.mobile, found.birth_date) == ("+51957094499", dt.date(1990, 3, 25))
    assert (found.licence_board, found.licence_number) == ("CPsP", "12345")
    assert found.email == "ana@salud.example"
    assert answers["document_number"] not in html(client.get(form_page))


def test_what_is_wrong_is_linked_from_the_top(client, form_page, answers):
    shown = html(client.post(form_page, answers | {"email": "ana@", "facility": "", "notice": ""}))
    links = re.findall(r'<a href="#(id_\w+)">', shown)
    assert links == ["id_email", "id_facility_query", "id_notice"]
    assert all(f'id="{each}"' in shown for each in links)


def test_bad_input_is_told_at_its_field_and_nothing_is_lost(client, form_page, answers):
    wrong = answers | {
        "document_number": "4012345",
        "birth_date": "31/02/1990",
        "email": "ana@",
        "mobile": "12",
        "paternal_surname": "M4mani",
        "profession": "law",
        "licence": "",
        "facility": "",
        "notice": "",
    }
    response = client.post(form_page, wrong)

    shown = html(response)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {
        "document_number",
        "birth_date",
        "email",
        "mobile",
        "paternal_surname",
        "profession",
        "facility_query",
        "notice",
    }
    for typed in ("4012345", "31/02/1990", "ana@", "M4mani"):
        assert f'value="{typed}"' in shown
    assert application().status == Status.DRAFT
    assert application().answers["birth_date"] == "31/02/1990"
    assert 'value="31/02/1990"' in html(client.get(form_page))


@pytest.mark.parametrize("facility", ["0", "abc", "9" * 400, "-1", "1.5"])
def test_facility_that_is_none_is_asked_for_again(client, form_page, answers, facility):
    response = client.post(form_page, answers | {"facility": facility})

    assert response.status_code == 422
    assert "facility_query" in response.context["form"].errors


def test_facility_that_is_not_in_the_list_is_written(client, form_page, answers):
    client.post(form_page, answers | {"facility": "", "facility_written": "  C.S. Nuevo,  Ate "})

    assert application().facility is None
    assert application().facility_written == "C.S. Nuevo, Ate"


def test_facility_is_found_without_javascript_and_the_rest_is_kept(client, form_page, answers):
    facility = FacilityFactory(name="CSMC San José", district="Ñaña")
    response = client.post(
        form_page, answers | {"action": "search", "facility": "", "facility_query": "nana san jose"}
    )

    assert f'value="{facility.pk}"' in html(response)
    assert 'value="MAMANI"' in html(response)
    assert application().answers["given_names"] == "ANA MARÍA"


def test_facility_fragment_keeps_the_chosen_one(client):
    chosen, other = FacilityFactory(name="Hospital A"), FacilityFactory(name="CSMC B")
    address = reverse("calls:facilities")

    shown = html(
        client.get(
            address,
            {"facility_query": "csmc", "facility": chosen.pk},
            headers={"HX-Request": "true"},
        )
    )

    assert re.search(rf'value="{chosen.pk}" checked', shown)
    assert f'value="{other.pk}"' in shown
    assert "<html" not in shown


def test_draft_is_saved_as_one_types(client, form_page, answers):
    response = client.post(f"{form_page}guardar/", answers | {"birth_date": "31/02"})

    assert response.status_code == 200
    assert "12:00" in html(response)
    assert application().answers["birth_date"] == "31/02"
    assert 'value="31/02"' in html(Client().get(form_page))


def test_draft_saved_by_its_button(client, form_page, answers):
    response = client.post(form_page, {**answers, "action": "save", "birth_date": ""}, follow=True)

    assert response.status_code == 200
    assert 'value="MAMANI"' in html(response)
    assert application().status == Status.DRAFT


def test_two_tabs_the_second_is_told_and_loses_nothing(client, form_page, answers):
    client.post(f"{form_page}guardar/", answers | {"tab": "a"})
    second = answers | {"tab": "b", "given_names": "EVA"}

    assert form_page in html(client.post(f"{form_page}guardar/", second))
    response = client.post(form_page, second)

    assert response.status_code == 409
    assert 'value="EVA"' in html(response)
    assert application().answers["given_names"] == "ANA MARÍA"
    version = re.search(r'name="version" value="(\d+)"', html(response))[1]
    assert client.post(form_page, second | {"version": version}).status_code == 302
    assert application().given_names == "Eva"


def test_form_opened_before_closing_is_told(client, called, form_page, answers, clock):
    clock.move_to(called.applications_close_at)

    response = client.post(form_page, answers)

    assert response.status_code == 409
    assert "03/03/2026" in html(response)
    assert "03/03/2026" in html(client.get(form_page))
    assert "03/03/2026" in html(client.post(f"{form_page}guardar/", answers))
    assert application().status == Status.DRAFT


def test_letter_is_kept_though_another_field_is_wrong(client, form_page, answers):
    letter = SimpleUploadedFile("carta de Ana.pdf", PDF, "application/pdf")
    response = client.post(form_page, answers | {"birth_date": "", "letter": letter})

    assert response.status_code == 422
    with application().letter.open() as kept:
        assert kept.read() == PDF
    assert "Ana" not in application().letter.name
    client.post(form_page, answers | {"version": application().version, "action": "remove_letter"})
    assert not application().letter


@pytest.mark.parametrize("action", ["send", "save", "search"])
def test_letter_that_lies_about_its_type_is_refused(client, form_page, answers, action):
    lie = SimpleUploadedFile("carta.pdf", b"<html></html>", "application/pdf")
    response = client.post(form_page, answers | {"action": action, "letter": lie})

    assert response.status_code == 422
    assert "PDF" in html(response)
    assert 'value="MAMANI"' in html(response)
    assert not application().letter
    assert application().status == Status.DRAFT


def test_letter_has_no_public_address(client, form_page, answers):
    letter = SimpleUploadedFile("carta.pdf", PDF, "application/pdf")
    client.post(form_page, answers | {"letter": letter})
    name = application().letter.name

    for address in (f"/{name}", f"/media/{name}", f"/static/{name}", f"/private/{name}"):
        assert client.get(address).status_code == 404


def test_too_many_from_one_address_keep_what_was_typed(client, form_page, answers, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"application_send": "1/h/ip"}
    client.post(form_page, answers)

    response = client.post(form_page, answers | {"given_names": "EVA"})

    assert response.status_code == 429
    assert 'value="EVA"' in html(response)
    assert application().given_names == "Ana María"
    assert application().answers["given_names"] == "EVA"


def test_too_many_drafts_from_one_address(client, called, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"application_start": "1/h/ip"}
    address = reverse("calls:start", args=[called.code])

    assert [client.post(address).status_code for _each in range(2)] == [302, 429]
    assert Application.objects.count() == 1


def test_link_sent_again(client, form_page, answers, run_tasks):
    client.post(form_page, answers)
    client.post(form_page, {"action": "resend"})
    run_tasks()

    assert len(mail.outbox) == 2


def test_sent_application_is_corrected_before_it_is_confirmed(client, form_page, answers):
    client.post(form_page, answers)

    form = client.get(f"{form_page}?corregir=1")
    assert 'value="MAMANI"' in html(form)
    corrected = answers | {"version": "1", "email": "bien@salud.example"}
    client.post(form_page, corrected)
    assert application().email == "bien@salud.example"


def test_what_was_sent_in_time_is_confirmed_after_the_closing_and_not_corrected(
    client, called, form_page, answers
):
    client.post(form_page, answers)
    called.applications_close_at = NOW
    called.save()

    shown = client.get(f"{form_page}?corregir=1")
    assert shown.templates[0].name == "calls/sent.html"
    assert 'href="?corregir=1"' not in html(shown)
    refused = client.post(form_page, answers | {"version": "1", "email": "otra@salud.example"})
    assert (refused.status_code, refused.templates[0].name) == (409, "calls/sent.html")
    found = application()
    assert found.email == "ana@salud.example"
    client.post(reverse("calls:confirm", args=[confirmation_token(found)]))
    assert application().status == Status.CONFIRMED


# ---- nobody learns anything ------------------------------------------------------------------


def without_secrets(response) -> str:
    return re.sub(r'"[\w-]{40,}"|postulacion/[\w-]+|confirmar/[^/"]+', "", html(response))


def test_second_application_is_answered_as_the_first(client, called, answers):
    """With another's e-mail or document: same pages, same words."""
    seen = []
    for email in ("ana@salud.example", "extrano@salud.example"):
        page = client.post(reverse("calls:start", args=[called.code])).url
        client.post(page, answers | {"email": email})
        sent = client.get(page)
        found = Application.objects.get(key=page.strip("/").rpartition("/")[2])
        link = reverse("calls:confirm", args=[confirmation_token(found)])
        client.post(link)
        pages = [sent, client.get(link, follow=True), client.get(page)]
        seen.append([without_secrets(each).replace(email, "") for each in pages])

    assert list(Application.objects.order_by("id").values_list("status", flat=True)) == [
        Status.CONFIRMED,
        Status.DUPLICATE,
    ]
    assert seen[0] == seen[1]


def test_applying_with_anothers_email_leaves_it_to_that_person(
    client, form_page, answers, run_tasks
):
    ParticipantFactory(email="ana@salud.example", document_number="45454545")
    shown = html(client.post(form_page, answers, follow=True))
    run_tasks()

    assert [message.to for message in mail.outbox] == [["ana@salud.example"]]
    assert "45454545" not in shown + mail.outbox[0].body
    assert application().status == Status.SUBMITTED


def test_link_that_is_none_or_void(client):
    response = client.get(reverse("calls:confirm", args=["x:y:z"]))

    assert response.status_code == 410
    assert client.get(reverse("calls:application", args=["nada"])).status_code == 404
    assert client.post(reverse("calls:save", args=["nada"])).status_code == 200


@pytest.mark.parametrize(
    ("status", "may"),
    [("confirmed", True), ("duplicate", True), ("approved", False), ("declined", False)],
)
def test_person_withdraws_while_nobody_has_decided(client, status, may):
    found = ApplicationFactory(status=status)
    address = reverse("calls:withdraw", args=[found.key])
    page = reverse("calls:application", args=[found.key])

    assert (address in html(client.get(page))) is may
    client.post(address)
    found.refresh_from_db()
    assert (found.status == Status.WITHDRAWN) is may


@pytest.mark.parametrize(
    ("name", "args", "method"),
    [
        ("calls:list", [], "post"),
        ("calls:call", ["x"], "post"),
        ("calls:start", ["x"], "get"),
        ("calls:facilities", [], "post"),
        ("calls:application", ["x"], "put"),
        ("calls:save", ["x"], "get"),
        ("calls:withdraw", ["x"], "get"),
        ("calls:confirm", ["x"], "put"),
    ],
)
def test_wrong_method(client, name, args, method):
    assert getattr(client, method)(reverse(name, args=args)).status_code == 405


def test_pages_of_an_application_are_kept_by_no_cache(client, form_page):
    assert "no-store" in client.get(form_page)["Cache-Control"]
