import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.urls import reverse

from participants.models import Application, Enrollment, Quota
from tests.factories import (
    MONDAY,
    ApplicationFactory,
    CohortFactory,
    EnrollmentFactory,
    ParticipantFactory,
    QuotaFactory,
    at,
)
from tests.participants.letters import PDF

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
Status = Application.Status


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.PRIVATE_MEDIA_ROOT = tmp_path


@pytest.fixture
def called():
    return CohortFactory(
        code="ATN-2026-3", status="open", capacity=10, applications_open_at=at(MONDAY, 8)
    )


@pytest.fixture
def queue(called):
    return reverse("review_queue", args=[called.pk])


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


def html(response) -> str:
    return response.content.decode()


def decide(client, queue, *applications, action="approve", **data):
    chosen = {"application": [each.pk for each in applications], "confirmed": "1"}
    return client.post(queue, {"action": action, **chosen, **data}, follow=True)


def status_of(application) -> str:
    return Application.objects.get(pk=application.pk).status


# ---- the queue -------------------------------------------------------------------------------


def test_queue_shows_the_criteria_and_what_is_known_of_the_person(client, called, queue):
    first = ApplicationFactory(cohort=called, document_number="70123456", facility__region="08")
    ApplicationFactory(
        cohort=called, document_number="70123456", status="duplicate", paternal_surname="Repetida"
    )
    known = ParticipantFactory(document_number="70123456")
    EnrollmentFactory(participant=known, cohort__code="ATN-2021-1", status="completed")

    shown = html(client.get(queue))

    for fact in ("Cusco", "CSMC", "Repetida", "ATN-2021-1", first.sorting_name, "•••••456"):
        assert fact in shown
    assert "70123456" not in shown


def test_drafts_and_unconfirmed_applications_are_nobodys_business(client, called, queue):
    for status in ("draft", "submitted"):
        hidden = ApplicationFactory(cohort=called, status=status, paternal_surname="Oculta")
        for name in ("application_review", "application_letter"):
            assert client.get(reverse(name, args=[hidden.pk])).status_code == 404
    for value in ("", "all", "draft", "submitted"):
        assert "Oculta" not in html(client.get(queue, {"status": value}))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"Alfa", "Beta", "Gamma"}),
        ({"region": "08"}, {"Alfa"}),
        ({"region": "none"}, {"Gamma"}),
        ({"region": "<x>"}, {"Alfa", "Beta", "Gamma"}),
        ({"service": "mamis"}, {"Beta"}),
        ({"profession": "nursing"}, {"Beta"}),
        ({"regime": "serums"}, {"Gamma"}),
        ({"status": "approved"}, {"Delta"}),
        ({"status": "all"}, {"Alfa", "Beta", "Gamma", "Delta"}),
        ({"q": "alf"}, {"Alfa"}),
        ({"q": "alf", "service": "mamis"}, set()),
    ],
)
def test_filters(client, called, queue, filters, found):
    ApplicationFactory(cohort=called, paternal_surname="Alfa", facility__region="08")
    ApplicationFactory(
        cohort=called, paternal_surname="Beta", service="mamis", profession="nursing"
    )
    ApplicationFactory(
        cohort=called, paternal_surname="Gamma", facility=None, employment_regime="serums"
    )
    ApplicationFactory(cohort=called, paternal_surname="Delta", status="approved")
    ApplicationFactory(paternal_surname="Epsilon")

    shown = html(client.get(queue, filters))

    names = {"Alfa", "Beta", "Gamma", "Delta", "Epsilon"}
    assert {name for name in names if f"{name} Flores" in shown} == found


@pytest.mark.parametrize("number", [1, 3])
def test_queue_takes_as_many_queries_for_3_as_for_1(
    client, called, queue, number, django_assert_num_queries
):
    called.quota_by = "region"
    called.save()
    QuotaFactory(cohort=called)
    for each in range(number):
        document = f"7012345{each}"
        ApplicationFactory(cohort=called, document_number=document)
        ApplicationFactory(cohort=called, document_number=document, status="duplicate")
        EnrollmentFactory(participant__document_number=document)
    client.get(queue)
    with django_assert_num_queries(14):
        client.get(queue)


def test_page_that_is_none_is_the_first(client, called, queue):
    application = ApplicationFactory(cohort=called)

    for page in ("x", "-1", "0", "1"):
        assert application.sorting_name in html(client.get(queue, {"page": page}))
    assert application.sorting_name not in html(client.get(queue, {"page": "2"}))


# ---- deciding --------------------------------------------------------------------------------


def test_nothing_is_decided_before_it_is_confirmed(client, called, queue):
    application = ApplicationFactory(cohort=called)
    data = {"action": "decline", "reason": "other", "application": application.pk}

    shown = html(client.post(queue, data))

    assert status_of(application) == Status.CONFIRMED
    assert f'name="application" value="{application.pk}"' in shown
    assert 'name="confirmed"' in shown


def test_confirmation_says_that_places_do_not_suffice(client, called, queue):
    called.capacity = 1
    called.save()
    chosen = [ApplicationFactory(cohort=called).pk for _each in range(3)]

    response = client.post(queue, {"action": "approve", "application": chosen})

    assert response.context["short"] == 2


def test_decision_is_kept_with_who_made_it(client, called, queue, coordinator):
    application = ApplicationFactory(cohort=called)

    decide(client, queue, application)

    application.refresh_from_db()
    assert (application.status, application.decided_by) == (Status.APPROVED, coordinator)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (coordinator, str(application.pk))


def test_all_that_the_filter_shows_are_decided(client, called, queue):
    here = [ApplicationFactory(cohort=called, service="mamis") for _each in range(3)]
    other = ApplicationFactory(cohort=called, service="csmc")

    client.post(
        f"{queue}?service=mamis",
        {"action": "decline", "reason": "requirements", "all": "1", "confirmed": "1"},
    )

    assert {status_of(each) for each in here} == {Status.DECLINED}
    assert status_of(other) == Status.CONFIRMED


def test_over_the_capacity_one_is_told(client, called, queue):
    called.capacity = 1
    called.save()
    applications = [ApplicationFactory(cohort=called) for _each in range(3)]

    shown = html(decide(client, queue, *applications))

    assert Enrollment.objects.filter(status="waitlisted").count() == 2
    assert "2" in shown
    assert [status_of(each) for each in applications] == ["approved", "waitlisted", "waitlisted"]


@pytest.mark.parametrize(
    "data",
    [
        {"action": "approve"},
        {"action": "approve", "application": "x"},
        {"action": "expel"},
        {"action": "decline"},
        {"action": "decline", "reason": "favour"},
        {"action": "waitlist", "reason": ""},
    ],
)
def test_what_is_missing_is_asked_for(client, called, queue, data):
    application = ApplicationFactory(cohort=called)
    if data["action"] != "approve":
        data = data | {"application": application.pk}

    response = client.post(queue, data | {"confirmed": "1"})

    assert response.status_code == 422
    assert response.context["problem"]
    assert status_of(application) == Status.CONFIRMED


def test_what_was_ticked_is_kept_where_the_reason_is_missing(client, called, queue):
    ticked, other = ApplicationFactory(cohort=called), ApplicationFactory(cohort=called)

    shown = html(client.post(queue, {"action": "decline", "application": ticked.pk}))

    boxes = re.findall(r'<input type="checkbox" name="application"[^>]*>', shown)
    assert {
        f'value="{each.pk}"' in box: " checked" in box for each in (ticked,) for box in boxes
    } == {
        True: True,
        False: False,
    }
    assert other.sorting_name in shown


def test_confirmation_names_whom_it_is_about(client, called, queue):
    chosen = ApplicationFactory(cohort=called)
    stranger = ApplicationFactory()
    data = {"action": "decline", "reason": "quota", "application": [chosen.pk, stranger.pk]}

    response = client.post(queue, data)

    assert chosen.sorting_name in html(response)
    assert [each.pk for each in response.context["applications"]] == [chosen.pk]


def test_edition_says_how_many_wait_for_a_decision(client, called):
    page = reverse("edition", args=[called.pk])
    assert "esperan una decisión" not in html(client.get(page))
    ApplicationFactory.create_batch(3, cohort=called)
    ApplicationFactory(cohort=called, status="declined")
    assert "3 postulaciones esperan una decisión." in html(client.get(page))


def test_closed_edition_is_refused_with_its_reason(client, called, queue):
    called.status = "closed"
    called.save()

    response = decide(client, queue, ApplicationFactory(cohort=called))

    assert response.status_code == 422
    assert called.code in response.context["problem"]


def test_whom_a_rule_refuses_is_named_with_the_reason(client, called, queue):
    ParticipantFactory(email="ana@salud.example")
    applications = [ApplicationFactory(cohort=called, email="ana@salud.example")]
    applications += [ApplicationFactory(cohort=called, status="withdrawn") for _each in range(10)]

    shown = html(decide(client, queue, *applications))

    assert applications[0].sorting_name in shown
    assert "1 más" in shown or "1 more" in shown


# ---- one application, its letter, the quotas -------------------------------------------------


def test_one_application_is_read_and_decided(client, called, queue):
    known = ParticipantFactory(document_number="70123456", given_names="Anita")
    application = ApplicationFactory(
        cohort=called, document_number="70123456", facility=None, facility_written="C.S. Nuevo"
    )
    page = reverse("application_review", args=[application.pk])

    shown = html(client.get(page))

    for fact in ("70123456", "C.S. Nuevo", "Anita", "Ana María", known.full_name):
        assert fact in shown
    refused = client.post(page, {"action": "decline", "reason": "", "confirmed": "1"})
    assert (refused.status_code, refused.templates[0].name) == (422, "admin/application.html")
    decided = client.post(
        f"{page}?service=csmc", {"action": "decline", "reason": "requirements", "confirmed": "1"}
    )
    assert decided.url == f"{queue}?service=csmc"
    assert status_of(application) == Status.DECLINED
    decide(client, queue, application)
    assert "review-reason" not in html(client.get(page))


@pytest.mark.parametrize("number", [1, 3])
def test_one_application_takes_as_many_queries_for_3_others_as_for_1(
    client, called, number, django_assert_num_queries
):
    application = ApplicationFactory(cohort=called, document_number="70123456")
    known = ParticipantFactory(document_number="70123456")
    for _each in range(number):
        ApplicationFactory(cohort=called, document_number="70123456", status="duplicate")
        EnrollmentFactory(participant=known)
    page = reverse("application_review", args=[application.pk])
    client.get(page)
    with django_assert_num_queries(9):
        client.get(page)


def test_letter_goes_out_as_a_download(client, called):
    application = ApplicationFactory(cohort=called, letter=ContentFile(PDF, "letter.pdf"))

    response = client.get(reverse("application_letter", args=[application.pk]))

    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_letter_that_is_not_there(client, called):
    none = ApplicationFactory(cohort=called)
    lost = ApplicationFactory(cohort=called, letter="letters/lost.pdf")

    for application in (none, lost):
        page = reverse("application_letter", args=[application.pk])
        assert client.get(page).status_code == 404


def test_letter_is_for_coordinators_alone(log_in, tutor, participant, called):
    application = ApplicationFactory(cohort=called, letter=ContentFile(PDF, "letter.pdf"))
    page = reverse("application_letter", args=[application.pk])

    for user in (tutor, participant):
        assert log_in(user).get(page).status_code == 403


def test_quotas_are_set_changed_and_taken_away(client, called, queue):
    called.quota_by = "service"
    called.save()
    page = reverse("edition_quotas", args=[called.pk])

    client.post(page, {"csmc": "5", "mamis": "", "other": "0"})
    assert dict(Quota.objects.values_list("value", "places")) == {"csmc": 5, "other": 0}
    EnrollmentFactory(cohort=called, service="csmc")
    ApplicationFactory(cohort=called)
    assert 'data-left="4" data-of="csmc"' in html(client.get(queue))
    response = client.post(page, {"csmc": "-1", "mamis": "x"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"csmc", "mamis"}
    client.post(page, {"csmc": "", "other": ""})
    assert not Quota.objects.exists()


def test_edition_without_quotas_says_where_to_choose_them(client, called):
    page = reverse("edition_quotas", args=[called.pk])

    assert reverse("admin:courses_cohort_change", args=[called.pk]) in html(client.get(page))


def test_edition_leads_to_its_applications(client, called, queue):
    assert queue in html(client.get(reverse("edition", args=[called.pk])))
