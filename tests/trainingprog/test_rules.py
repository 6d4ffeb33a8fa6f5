import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from courses.models import CompletionRule
from participants.completion_rules import publish, save_draft
from tests.factories import (
    AssessmentFactory,
    AttendanceRecordFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    ModuleCompletionFactory,
    SessionFactory,
    at,
)

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def address(cohort_module):
    return reverse("module_rule", args=[cohort_module.pk])


def people_with_three_of_five(cohort_module, group, number: int) -> None:
    sessions = [
        SessionFactory(cohort=group.cohort, cohort_module=cohort_module, day=n) for n in range(5)
    ]
    for _ in range(number):
        enrollment = EnrollmentFactory(cohort=group.cohort, group=group)
        for index, session in enumerate(sessions):
            state = "present" if index < 3 else "absent"
            AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)


def sent(form, **changed) -> dict:
    """What the browser would send from the form, with some fields changed."""
    data = {field.html_name: field.value() for field in form if field.value() is not False}
    return {name: "" if value is None else value for name, value in data.items()} | changed


def draft_form(response, **changed) -> dict:
    (stamp,) = re.findall(r'name="based_on" value="([^"]*)"', response.text)
    return sent(response.context["form"]) | {"based_on": stamp} | changed


def save(client, address, **changed):
    return client.post(address, draft_form(client.get(address), **changed), follow=True)


def publication(response, **changed) -> dict:
    (stamp,) = re.findall(r'name="publish-based_on" value="([^"]*)"', response.text)
    stamped = {"publish": "", "publish-based_on": stamp}
    return sent(response.context["publish_form"]) | stamped | changed


def test_draft_is_saved_and_says_whom_it_would_concern(
    log_in, coordinator, cohort_module, group, address
) -> None:
    people_with_three_of_five(cohort_module, group, 2)
    response = save(log_in(coordinator), address, minimum_attendance_percent=60)
    assert response.redirect_chain == [(address, 302)]
    assert len(response.context["preview"].changes) == 2
    assert "Apaza" in response.content.decode()
    assert not CompletionRule.objects.published().filter(version=2).exists()


def test_draft_is_published_with_a_reason(log_in, coordinator, cohort_module, address) -> None:
    client = log_in(coordinator)
    response = save(client, address, minimum_attendance_percent=60)
    data = publication(response, **{"publish-reason": "Acuerdo"})
    page = client.post(address, data, follow=True).content.decode()
    (rule,) = CompletionRule.objects.in_force(timezone.localdate())
    assert (rule.version, rule.minimum_attendance_percent) == (2, 60)
    assert (rule.published_by, rule.reason) == (coordinator, "Acuerdo")
    assert "Rosa Coordinadora" in page


def test_scores_and_modules_are_asked_for(log_in, coordinator, cohort, cohort_module) -> None:
    other = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    exam = AssessmentFactory(cohort_module=other)
    address = reverse("module_rule", args=[other.pk])
    values = {
        f"score_{exam.pk}": "14,5",
        "minimum_average": "13.5",
        "prerequisites": [cohort_module.pk],
    }
    client = log_in(coordinator)
    response = save(client, address, **values)
    rule = other.rules.get()
    assert str(rule.score_minimums.get().minimum) == "14.50"
    assert str(rule.minimum_average) == "13.50"
    assert list(rule.prerequisites.all()) == [cohort_module]
    form = response.context["form"]
    assert (form[f"score_{exam.pk}"].value(), form["minimum_average"].value()) == ("14,5", "13,5")


def test_first_rule_of_the_edition_asks_for_all_modules(
    log_in, coordinator, cohort, cohort_module
) -> None:
    address = reverse("edition_rule", args=[cohort.pk])
    client = log_in(coordinator)
    response = save(client, address)
    assert "reason" not in response.context["publish_form"].fields
    client.post(address, publication(response))
    rule = cohort.rules.get(cohort_module=None)
    assert (rule.is_draft, list(rule.prerequisites.all())) == (False, [cohort_module])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minimum_attendance_percent": 101}, "minimum_attendance_percent"),
        ({"minimum_attendance_percent": "many"}, "minimum_attendance_percent"),
        ({"minimum_average": "21"}, "minimum_average"),
        ({"minimum_average": "NP"}, "minimum_average"),
        ({"based_on": "first"}, "based_on"),
    ],
)
def test_bad_draft_is_told_at_its_field(
    changed, field, log_in, coordinator, cohort_module, address
) -> None:
    response = save(log_in(coordinator), address, **changed)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert cohort_module.rules.count() == 1


def test_publishing_without_a_reason_is_told_at_its_field(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    data = publication(save(client, address, minimum_attendance_percent=60))
    response = client.post(address, data)
    assert response.status_code == 422
    assert "reason" in response.context["publish_form"].errors
    assert cohort_module.rules.drafts().exists()


def test_circle_is_told_at_its_field(log_in, coordinator, cohort, cohort_module, address) -> None:
    other = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    values = {"based_on": None, "by": coordinator, "at": timezone.now()}
    draft = save_draft(cohort, other, {}, scores={}, prerequisites=[cohort_module.pk], **values)
    publish(
        draft,
        effective_on=cohort.starts_on,
        **values | {"based_on": draft.edited_at},
    )
    response = save(log_in(coordinator), address, prerequisites=[other.pk])
    assert response.status_code == 422
    assert "prerequisites" in response.context["form"].errors


def test_draft_changed_meanwhile_is_neither_overwritten_nor_published_before_a_look(
    log_in, coordinator, cohort, cohort_module, address
) -> None:
    client = log_in(coordinator)
    response = save(client, address, minimum_attendance_percent=60)
    stale = publication(response, **{"publish-reason": "x"})
    unread = draft_form(response, minimum_attendance_percent=50)
    draft = cohort_module.rules.drafts().get()
    save_draft(
        cohort,
        cohort_module,
        {"minimum_attendance_percent": 90},
        scores={},
        prerequisites=[],
        based_on=draft.edited_at,
        by=coordinator,
        at=timezone.now() + dt.timedelta(minutes=1),
    )
    assert client.post(address, unread).status_code == 422
    page = client.post(address, stale)
    assert page.status_code == 422
    draft.refresh_from_db()
    assert (draft.is_draft, draft.minimum_attendance_percent) == (True, 90)
    assert page.context["form"]["minimum_attendance_percent"].value() == 90
    client.post(address, publication(page))
    draft.refresh_from_db()
    assert not draft.is_draft


def test_draft_that_another_one_made_a_circle_can_be_changed_and_discarded(
    log_in, coordinator, cohort, cohort_module, enrollment, address
) -> None:
    client = log_in(coordinator)
    other = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    save(client, address, prerequisites=[other.pk])
    CompletionRuleFactory(cohort_module=other).prerequisites.add(cohort_module)
    page = client.get(address)
    assert page.status_code == 200
    assert str(cohort_module) in page.context["page"].refusal
    assert page.context["preview"] is None
    client.post(address, {"discard": ""})
    assert not cohort_module.rules.drafts().exists()


def test_draft_changed_meanwhile_is_replaced_once_it_was_looked_at(
    log_in, coordinator, cohort_module, address, clock
) -> None:
    client = log_in(coordinator)
    read = save(client, address, minimum_attendance_percent=60)
    clock.move_to(timezone.now() + dt.timedelta(minutes=1))
    save(client, address, minimum_attendance_percent=90)
    refused = client.post(address, draft_form(read, minimum_attendance_percent=50))
    assert refused.status_code == 422
    assert "El borrador guardado pide" in refused.text
    assert "Asistencia de al menos 90" in refused.text
    assert client.post(address, draft_form(refused)).status_code == 302
    assert cohort_module.rules.drafts().get().minimum_attendance_percent == 50


def test_preview_says_that_everyone_is_decided_instead_of_counting_nobody(
    log_in, coordinator, cohort_module, enrollment, address
) -> None:
    ModuleCompletionFactory(
        enrollment=enrollment, cohort_module=cohort_module, rule=cohort_module.rules.get()
    )
    page = save(log_in(coordinator), address, minimum_attendance_percent=60)
    assert page.context["preview"].decided == 1
    assert "Todas las personas tienen su decisión." in page.text
    assert "1 decisión ya tomada queda como está." in page.text
    assert "De 0 personas" not in page.text


def test_draft_is_discarded(log_in, coordinator, cohort_module, address) -> None:
    client = log_in(coordinator)
    save(client, address, minimum_attendance_percent=60)
    assert client.post(address, {"discard": ""}).status_code == 302
    assert cohort_module.rules.count() == 1


def test_closed_module_offers_no_form_and_takes_none(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    form = client.get(address).context["form"]
    cohort_module.closed_at = at(cohort_module.cohort.starts_on, 9)
    cohort_module.save()
    assert 'name="minimum_attendance' not in client.get(address).content.decode()
    assert client.post(address, sent(form, minimum_attendance_percent=1)).status_code == 422
    assert cohort_module.rules.count() == 1


def test_published_rule_leads_to_the_next_missing_one(
    log_in, coordinator, cohort, cohort_module, address
) -> None:
    closed, other = (
        CohortModuleFactory(cohort=cohort, first_week=week, last_week=week) for week in (3, 4)
    )
    closed.closed_at = at(cohort.starts_on, 9)
    closed.save()
    client = log_in(coordinator)
    edition = reverse("edition", args=[cohort.pk])
    leads = [reverse("module_rule", args=[other.pk]), reverse("edition_rule", args=[cohort.pk])]
    for lead in leads:
        page = client.get(address).text
        assert [each for each in leads if f'href="{each}"' in page] == [lead]
        assert page.count(f'href="{edition}"') == 2  # in the path and to go back
        assert client.get(lead).text.count(f'href="{edition}"') == 1  # nothing published yet
        client.post(lead, publication(save(client, lead)))
    page = client.get(address).text
    assert not any(f'href="{each}"' in page for each in leads)
    assert page.count(f'href="{edition}"') == 2


@pytest.mark.parametrize("name", ["module_rule", "edition_rule"])
def test_unknown_is_not_found_and_other_methods_are_refused(name, log_in, coordinator) -> None:
    client = log_in(coordinator)
    assert client.get(reverse(name, args=[0])).status_code == 404
    assert client.delete(reverse(name, args=[0])).status_code == 405


@pytest.mark.parametrize("people", [1, 3])
def test_preview_costs_the_same_for_any_number(
    people, log_in, coordinator, cohort_module, group, address, django_assert_num_queries
) -> None:
    people_with_three_of_five(cohort_module, group, people)
    client = log_in(coordinator)
    save(client, address, minimum_attendance_percent=60)
    with django_assert_num_queries(21):
        response = client.get(address)
    assert len(response.context["preview"].changes) == people
