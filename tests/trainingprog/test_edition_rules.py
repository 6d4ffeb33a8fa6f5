import re

import pytest
from django.urls import reverse

from courses.models import CompletionRule
from tests.factories import CohortModuleFactory, CompletionRuleFactory, at
from tests.trainingprog.test_rules import people_with_three_of_five, save, sent

pytestmark = pytest.mark.usefixtures("clock")
REASON = {"publish-reason": "Acuerdo"}


@pytest.fixture
def address(cohort):
    return reverse("edition_rules", args=[cohort.pk])


@pytest.fixture
def drafts(cohort, cohort_module) -> list[CompletionRule]:
    """The second version of a module's rule, with which three of five is enough, and the first of
    the edition's, which asks for the module."""
    unpublished = {
        "published_at": None,
        "effective_on": None,
        "edited_at": at(cohort.starts_on, 9),
        "minimum_attendance_percent": 60,
    }
    of_edition = CompletionRuleFactory(cohort_module=None, cohort=cohort, **unpublished)
    of_edition.prerequisites.add(cohort_module)
    return [
        CompletionRuleFactory(cohort_module=cohort_module, version=2, **unpublished),
        of_edition,
    ]


def publication(response, **changed) -> dict:
    """What the browser would send from the page."""
    seen = re.findall(r'name="publish-seen" value="([^"]+)"', response.text)
    return sent(response.context["form"]) | {"publish-seen": seen} | changed


def test_drafts_show_whom_they_concern_and_are_published_together(
    log_in, coordinator, cohort_module, group, drafts, address
) -> None:
    people_with_three_of_five(cohort_module, group, 2)
    client = log_in(coordinator)
    page = client.get(address)
    of_module, of_edition = (row.preview for row in page.context["page"].rows)
    assert [change.after.standing for change in of_module.changes] == ["met"] * 2
    assert (of_edition.is_first, of_edition.changes) == (True, ())
    assert "Apaza" in page.text
    page = client.post(address, publication(page, **REASON), follow=True)
    assert page.redirect_chain == [(address, 302)]
    assert {
        rule.published_by for rule in CompletionRule.objects.filter(pk__in=[d.pk for d in drafts])
    } == {coordinator}
    assert "<form method" not in page.text


def test_refused_draft_holds_back_all_and_is_named(
    log_in, coordinator, cohort_module, drafts, address
) -> None:
    client = log_in(coordinator)
    page = client.post(address, publication(client.get(address)))
    assert page.status_code == 422
    assert str(cohort_module) in page.context["form"].errors["reason"][0]
    assert CompletionRule.objects.drafts().count() == 2


@pytest.mark.parametrize("seen", [["first"], ["1 first"], []])
def test_what_was_not_seen_is_not_published_and_can_be_after_a_look(
    seen, log_in, coordinator, drafts, address
) -> None:
    client = log_in(coordinator)
    page = client.post(
        address, publication(client.get(address), **REASON, **{"publish-seen": seen})
    )
    assert page.status_code == 422
    assert CompletionRule.objects.drafts().count() == 2
    client.post(address, publication(page, **REASON))
    assert not CompletionRule.objects.drafts().exists()


def test_circle_among_the_drafts_is_told_and_offers_no_button(
    log_in, coordinator, cohort, cohort_module, drafts, address
) -> None:
    other = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    back = CompletionRuleFactory(cohort_module=other, published_at=None, effective_on=None)
    back.prerequisites.add(cohort_module)
    client = log_in(coordinator)
    data = publication(client.get(address), **REASON)
    drafts[0].prerequisites.add(other)
    page = client.get(address)
    assert str(cohort_module) in page.context["page"].refusal
    assert "<form method" not in page.text
    assert client.post(address, data).status_code == 422


def test_closed_edition_and_none_left_offer_no_button(
    log_in, coordinator, cohort, drafts, address
) -> None:
    client = log_in(coordinator)
    data = publication(client.get(address), **REASON)
    cohort.status = "closed"
    cohort.save()
    assert "<form method" not in client.get(address).text
    assert client.post(address, data).status_code == 302
    assert CompletionRule.objects.drafts().count() == 2


def test_rules_that_are_missing_are_drafted_and_published_in_two_steps(
    log_in, coordinator, cohort, cohort_module, address
) -> None:
    cohort_module.rules.all().delete()
    client = log_in(coordinator)
    assert client.get(address).context["page"].missing == 2
    page = client.post(address, {"draft": ""}, follow=True)
    assert (page.context["page"].missing, len(page.context["page"].drafts)) == (0, 2)
    client.post(address, publication(page))
    assert CompletionRule.objects.published().count() == 2
    cohort.status = "closed"
    cohort.save()
    page = client.post(address, {"draft": ""}, follow=True)
    assert [message.level_tag for message in page.context["messages"]][-1] == "error"


def test_draft_is_saved_on_the_way_back_to_all_rules(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    page = save(client, reverse("module_rule", args=[cohort_module.pk]), all="")
    assert page.redirect_chain == [(address, 302)]
    assert cohort_module.rules.drafts().exists()


def test_unknown_is_not_found_and_other_methods_are_refused(log_in, coordinator) -> None:
    client = log_in(coordinator)
    address = reverse("edition_rules", args=[0])
    assert client.get(address).status_code == 404
    assert client.delete(address).status_code == 405
