"""Every page of the admin, with rows: it answers, and its number of queries does not grow."""

from urllib.parse import urlencode

import pytest
from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.forms import MultiValueField
from django.tasks import Task
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Cohort
from participants import (
    certificate_mail,
    certificate_runs,
    excuse_mail,
    offer_mail,
    waiting_list,
)
from participants.models import Enrollment
from tests.factories import UserFactory
from tests.trainingprog.admin_rows import MODELS, first, make_rows, url_of
from trainingprog import (
    accounts,
    daily_digest,
    invitations,
    session_notices,
    survey_mail,
    warning_mail,
)
from trainingprog.admin.base import is_needed
from trainingprog.models import TASKS
from tutors import certificate_mail as tutor_certificate_mail
from tutors import certificate_runs as tutor_certificate_runs
from tutors.models import TutorAssignment


@pytest.fixture
def superuser(db):
    return UserFactory(email="jefa@ensap.example", is_staff=True, is_superuser=True)


def pages(model) -> list[str]:
    """Those of one model, with each of its filters set to each of its choices."""
    row = first(model)
    found = [url_of(model, "changelist"), url_of(model, "changelist") + "?q=a&p=1"]
    found += [url_of(model, "add"), url_of(model, "change", row.pk)]
    found += [url_of(model, "history", row.pk), url_of(model, "delete", row.pk)]
    if hasattr(model, "history"):
        version = row.history.order_by("history_id")[0]
        found.append(url_of(model, "simple_history", row.pk, version.pk))
    return found


@pytest.mark.no_cover
def test_filters_answer(superuser, log_in, clock) -> None:
    """Each filter with a choice; and all with the empty one, which the form sends for “all”."""
    make_rows(1, superuser)
    client = log_in(superuser)
    for model in MODELS:
        changelist = client.get(url_of(model, "changelist")).context["cl"]
        fields = [
            (f"{name}_0" if isinstance(field, MultiValueField) else name, field)
            for spec in changelist.filter_specs
            for choice in spec.choices(changelist)
            for name, field in choice["form"].fields.items()
        ]
        asked = [{name: value} for name, field in fields for value in last_choice(field)]
        for query in [*asked, {name: "" for name, _field in fields}]:
            page = f"{url_of(model, 'changelist')}?{urlencode(query)}"
            assert client.get(page).status_code == 200, page


def last_choice(field) -> list[str]:
    return [str(value) for value, _label in getattr(field, "choices", ())][-1:]


def queries(client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200, page
    return len(captured)


# Two are the session and the user, with what the person is.
LIST_QUERIES = {
    "courses.Break": 5,
    "courses.Cohort": 5,
    "courses.CohortModule": 5,
    "courses.Competency": 5,
    "courses.CompletionRule": 5,
    "courses.Group": 7,
    "courses.Module": 5,
    "courses.Program": 4,
    "courses.Session": 5,
    "courses.SessionPattern": 5,
    "participants.AbsenceRequest": 5,
    "participants.AttendanceRecord": 5,
    "participants.AttendanceWarning": 5,
    "participants.CertificateDesign": 5,
    "participants.Enrollment": 7,
    "participants.Facility": 4,
    "participants.MakeUp": 5,
    "participants.ModuleCompletion": 5,
    "participants.Score": 5,
    "participants.EditionOutcome": 5,
    "participants.Participant": 5,
    "participants.QuestionSet": 4,
    "trainingprog.BackgroundTask": 4,
    "trainingprog.PrivacyAcceptance": 4,
    "trainingprog.User": 4,
    "tutors.Tutor": 5,
    "tutors.TutorAssignment": 5,
}
FORM_QUERIES = {
    "courses.Break": 4,
    "courses.Cohort": 9,
    "courses.CohortModule": 7,
    "courses.Competency": 6,
    "courses.CompletionRule": 8,
    "courses.Group": 11,
    "courses.Module": 4,
    "courses.Program": 5,
    "courses.Session": 8,
    "courses.SessionPattern": 4,
    "participants.AbsenceRequest": 8,
    "participants.AttendanceRecord": 8,
    "participants.AttendanceWarning": 8,
    "participants.CertificateDesign": 8,
    "participants.Enrollment": 6,
    "participants.Facility": 3,
    "participants.MakeUp": 10,
    "participants.EditionOutcome": 8,
    "participants.ModuleCompletion": 10,
    "participants.Score": 8,
    "participants.Participant": 6,
    "participants.QuestionSet": 4,
    "trainingprog.BackgroundTask": 3,
    "trainingprog.PrivacyAcceptance": 4,
    "trainingprog.User": 6,
    "tutors.Tutor": 5,
    "tutors.TutorAssignment": 7,
}


@pytest.mark.no_cover
@pytest.mark.parametrize("n", [1, 3])
def test_list_queries_do_not_grow(n, superuser, log_in, clock) -> None:
    make_rows(n, superuser)
    client = log_in(superuser)
    ContentType.objects.get_for_models(*MODELS, for_concrete_models=False)  # kept for the process
    found = {m._meta.label: queries(client, url_of(m, "changelist")) for m in MODELS}
    assert found == LIST_QUERIES


@pytest.mark.no_cover
@pytest.mark.parametrize("n", [1, 3])
def test_form_queries_do_not_grow(n, superuser, log_in, clock) -> None:
    make_rows(n, superuser)
    client = log_in(superuser)
    ContentType.objects.get_for_models(*MODELS, for_concrete_models=False)  # kept for the process
    found = {m._meta.label: queries(client, url_of(m, "change", first(m).pk)) for m in MODELS}
    assert found == FORM_QUERIES


def test_every_model_of_the_product_is_registered() -> None:
    own = {"courses", "participants", "tutors", "trainingprog"}
    assert {model._meta.app_label for model in MODELS} == own
    assert Cohort in MODELS


@pytest.mark.parametrize("junk", ["abc", "%C2%B2"])
def test_address_with_junk_for_a_number_is_no_error(coordinator, log_in, junk) -> None:
    client = log_in(coordinator)
    for model in ("courses/session", "participants/enrollment", "courses/cohort"):
        assert client.get(f"/admin/{model}/{junk}/change/", follow=True).status_code == 200
    assert client.get(f"/admin/participants/participant/?edition={junk}").status_code == 200


def test_pages_load_no_scripts_for_prepopulated_fields(coordinator, log_in, clock) -> None:
    page = log_in(coordinator).get("/admin/courses/session/").content.decode()

    assert "jquery" in page
    assert not any(name in page for name in ("xregexp", "urlify", "prepopulate"))


@pytest.mark.parametrize("junk", ["\0", "9" * 200])
def test_search_for_a_document_that_is_none_finds_nobody(coordinator, log_in, junk) -> None:
    client = log_in(coordinator)
    answer = client.post(reverse("find_person"), {"document": junk})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:index")


MAILING = (
    session_notices,
    invitations,
    offer_mail,
    waiting_list,
    excuse_mail,
    survey_mail,
    warning_mail,
    daily_digest,
    accounts,
    certificate_mail,
    certificate_runs,
    tutor_certificate_mail,
    tutor_certificate_runs,
)


def test_every_task_of_the_queue_has_a_name() -> None:
    tasks = {
        name
        for module in MAILING
        for name, value in vars(module).items()
        if isinstance(value, Task) and value.module_path.startswith(module.__name__)
    }
    assert tasks == set(TASKS)


def look_up(client, model, field: str, term: str = ""):
    opts = model._meta
    asked = {"app_label": opts.app_label, "model_name": opts.model_name, "field_name": field}
    return client.get("/admin/autocomplete/", {"term": term, **asked})


def test_rows_are_looked_up_wherever_another_is_chosen(superuser, log_in, clock) -> None:
    make_rows(3, superuser)
    client = log_in(superuser)
    for model, model_admin in site._registry.items():
        for field in model_admin.autocomplete_fields:
            answer = look_up(client, model, field)
            assert len(answer.json()["results"]) >= 3, (model, field)
            assert look_up(client, model, field, "zzz").json()["results"] == []


def test_groups_are_looked_up_with_their_edition(superuser, log_in, clock) -> None:
    make_rows(3, superuser)
    client = log_in(superuser)
    cohort = first(Cohort)
    for model, field in ((Enrollment, "group"), (TutorAssignment, "group")):
        texts = [row["text"] for row in look_up(client, model, field).json()["results"]]
        assert all(text.startswith(f"{cohort.code} · ") for text in texts)


def test_nobody_else_looks_rows_up(tutor, log_in) -> None:
    assert look_up(log_in(tutor), Enrollment, "group").status_code in (302, 403)


@pytest.mark.parametrize("hashed", ["", ".f1ae4617847c"])
def test_scripts_are_known_by_their_hashed_names_too(hashed) -> None:
    assert not is_needed(f"/static/admin/js/vendor/xregexp/xregexp.min{hashed}.js")
    assert not is_needed(f"/static/admin/js/urlify{hashed}.js")
    assert is_needed(f"/static/admin/js/core{hashed}.js")
