import pytest
from django.urls import reverse

from tests.factories import MONDAY, ModuleCompletionFactory, SessionFactory, at

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def session(cohort_module):
    return SessionFactory(cohort=cohort_module.cohort, cohort_module=cohort_module)


def test_pages_need_their_permission(coordinator, cohort_module, log_in):
    coordinator.groups.get().permissions.clear()
    client = log_in(coordinator)
    for name in ("edition_closing", "edition_reopen"):
        assert client.get(reverse(name, args=[cohort_module.cohort_id])).status_code == 403, name
    for name in ("module_close", "module_reopen"):
        assert client.get(reverse(name, args=[cohort_module.pk])).status_code == 403, name


def test_checklist_leads_to_what_is_open_and_to_the_closing_of_modules(
    client, cohort, cohort_module, session, enrollment
):
    page = client.get(reverse("edition_closing", args=[cohort.pk])).text
    assert "Falta 1 marca en sus registros." in page
    assert f"{reverse('edition', args=[cohort.pk])}#overdue" in page
    assert reverse("module_close", args=[cohort_module.pk]) in page
    assert '<form method="post" class="task-form"' not in page  # modules come first


def test_module_with_something_missing_asks_for_a_reason(
    client, coordinator, cohort_module, session, enrollment
):
    path = reverse("module_close", args=[cohort_module.pk])
    assert len(client.get(path).context["missing"]) == 2
    response = client.post(path, {"reason": ""})
    assert response.status_code == 422
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at is None
    response = client.post(path, {"reason": "Acta 12"})
    assert response.headers["Location"] == reverse(
        "edition_closing", args=[cohort_module.cohort_id]
    )
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at is not None
    assert cohort_module.history.first().history_user == coordinator


def test_module_with_an_exception_that_waits_offers_no_reason(client, cohort_module, enrollment):
    ModuleCompletionFactory(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        override_reason="made_up",
        needs_approval=True,
    )
    page = client.get(reverse("module_close", args=[cohort_module.pk])).text
    assert "Apruebe o retire primero las excepciones que esperan." in page
    assert 'name="reason"' not in page


def test_module_is_opened_again_with_a_reason(client, cohort_module):
    cohort_module.closed_at = at(MONDAY, 9)
    cohort_module.save()
    path = reverse("module_reopen", args=[cohort_module.pk])
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "Falta una marca"}).status_code == 302
    cohort_module.refresh_from_db()
    assert cohort_module.closed_at is None


def test_edition_is_closed_after_its_modules_and_opened_again_with_a_reason(
    client, cohort, cohort_module, enrollment
):
    path = reverse("edition_closing", args=[cohort.pk])
    response = client.post(path, {"reason": "Acta 12"})
    assert response.status_code == 422
    assert "Cierre primero sus módulos." in response.text
    cohort_module.closed_at = at(MONDAY, 9)
    cohort_module.save()
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "Acta 12"}).status_code == 302
    cohort.refresh_from_db()
    assert cohort.status == "closed"
    assert "Reabrir la edición" in client.get(path).text
    path = reverse("edition_reopen", args=[cohort.pk])
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "Se corrige una nota"}).status_code == 302
    cohort.refresh_from_db()
    assert cohort.status == "running"


def test_form_of_the_edition_neither_closes_nor_opens_it(client, cohort):
    path = reverse("admin:courses_cohort_change", args=[cohort.pk])
    offered = client.get(path).context["adminform"].form.fields["status"].choices
    assert "closed" not in dict(offered)
    cohort.status = "closed"
    cohort.save()
    offered = client.get(path).context["adminform"].form.fields["status"].choices
    assert list(dict(offered)) == ["closed"]
