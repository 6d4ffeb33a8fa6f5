import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from courses.models import CohortModule, CompletionRule
from participants.completion_rules import discard, draft_missing, publish_all, save_draft
from participants.completion_rules import publish as publish_it
from participants.rules_in_force import rules_in_force
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    CohortModuleFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=13), 12)


ASKS = {
    "minimum_attendance_percent": 70,
    "attendance_base": "edition",
    "minimum_average": None,
    "requires_sign_off": True,
    "requires_make_ups": False,
    "requires_competency_ratings": False,
}


def draft(cohort, module, by, *, based_on=None, scores=(), prerequisites=(), at=NOW, **asks):
    if module is None:
        asks.setdefault("requires_sign_off", False)
    return save_draft(
        cohort,
        module,
        ASKS | asks,
        scores=dict(scores),
        prerequisites=[each.pk for each in prerequisites],
        based_on=based_on,
        by=by,
        at=at,
    )


def publish_draft(rule, by, **changed) -> CompletionRule:
    values = {"effective_on": NOW.date(), "reason": "Acuerdo", "based_on": rule.edited_at}
    return publish_it(rule, by=by, at=NOW, **values | changed)


def test_draft_decides_nothing_until_it_is_published(cohort, cohort_module, coordinator) -> None:
    exam = AssessmentFactory(cohort_module=cohort_module)
    rule = draft(cohort, cohort_module, coordinator, scores={exam.pk: Decimal("14")})
    assert (rule.version, rule.is_draft) == (2, True)
    assert rules_in_force([cohort], on=NOW.date())[cohort.pk][cohort_module.pk].version == 1
    publish_draft(rule, coordinator)
    found = rules_in_force([cohort], on=NOW.date())[cohort.pk][cohort_module.pk]
    assert (found.version, found.scores) == (2, {exam.pk: Decimal("14")})


def test_draft_of_the_edition_stands_beside_those_of_modules(
    cohort, cohort_module, coordinator
) -> None:
    draft(cohort, cohort_module, coordinator)
    rule = publish_draft(
        draft(cohort, None, coordinator, prerequisites=[cohort_module]), coordinator
    )
    assert rule.version == 1
    found = rules_in_force([cohort], on=NOW.date())[cohort.pk]
    assert found[None].prerequisites == {cohort_module.pk}


def test_version_holds_from_its_day_on(cohort, cohort_module, coordinator) -> None:
    later = NOW.date() + dt.timedelta(days=3)
    publish_draft(draft(cohort, cohort_module, coordinator), coordinator, effective_on=later)
    versions = [
        rules_in_force([cohort], on=day)[cohort.pk][cohort_module.pk].version
        for day in (NOW.date(), later)
    ]
    assert versions == [1, 2]


def test_draft_edited_meanwhile_is_neither_overwritten_nor_published(
    cohort, cohort_module, coordinator
) -> None:
    first = draft(cohort, cohort_module, coordinator)
    changed = {"based_on": first.edited_at, "minimum_attendance_percent": 60}
    draft(cohort, cohort_module, coordinator, at=NOW + dt.timedelta(minutes=1), **changed)
    for act in (
        lambda: draft(cohort, cohort_module, coordinator, **changed, requires_make_ups=True),
        lambda: publish_draft(first, coordinator),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.code == "stale"


def test_published_again_changes_nothing_and_same_rule_is_refused(
    cohort, cohort_module, coordinator
) -> None:
    rule = draft(cohort, cohort_module, coordinator)
    publish_draft(rule, coordinator)
    assert publish_draft(rule, coordinator, reason="Otra").reason == "Acuerdo"
    with pytest.raises(ValidationError) as refused:
        publish_draft(draft(cohort, cohort_module, coordinator), coordinator)
    assert refused.value.code == "same"


def test_published_version_is_not_changed_by_hand(cohort_module) -> None:
    rule = cohort_module.rules.get()
    rule.full_clean()
    rule.minimum_attendance_percent = 10
    with pytest.raises(ValidationError) as refused:
        rule.full_clean()
    assert refused.value.error_dict["__all__"][0].code == "published"


def test_circle_of_modules_is_refused(cohort, cohort_module, coordinator) -> None:
    second, third = (
        CohortModuleFactory(cohort=cohort, first_week=week, last_week=week) for week in (3, 4)
    )
    chain = ((third, second), (second, cohort_module))
    for module, earlier in chain:
        rule = draft(cohort, module, coordinator, prerequisites=[earlier])
        publish_draft(rule, coordinator)
    for module in (third, second, cohort_module):
        with pytest.raises(ValidationError) as refused:
            draft(cohort, cohort_module, coordinator, prerequisites=[module])
        assert refused.value.error_dict["prerequisites"][0].code == "circle"


def test_assessment_or_module_of_another_edition_is_refused(
    cohort, cohort_module, coordinator
) -> None:
    for values in (
        {"scores": {AssessmentFactory().pk: Decimal(14)}},
        {"prerequisites": [CohortModuleFactory()]},
    ):
        with pytest.raises(ValidationError):
            draft(cohort, cohort_module, coordinator, **values)
    assert not CompletionRule.objects.drafts().exists()


def test_discarded_draft_is_gone_and_published_stays(cohort, cohort_module, coordinator) -> None:
    discard(draft(cohort, cohort_module, coordinator))
    discard(cohort_module.rules.get())
    assert cohort_module.rules.count() == 1


def test_two_who_publish_halves_of_a_circle_at_once_close_none(
    at_once, cohort, cohort_module
) -> None:
    second = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    users = [UserFactory(), UserFactory()]
    pairs = [(cohort_module, second), (second, cohort_module)]
    rules = [
        draft(cohort, module, user, prerequisites=[other])
        for (module, other), user in zip(pairs, users, strict=True)
    ]
    outcomes = at_once(lambda n: publish_draft(rules[n], users[n]))
    assert sum(isinstance(outcome, ValidationError) for outcome in outcomes) == 1


def test_published_rule_names_who_and_the_first_needs_no_reason(cohort, coordinator) -> None:
    bare = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    rule = publish_draft(draft(cohort, bare, coordinator), coordinator, reason="")
    assert (rule.version, rule.published_by) == (1, coordinator)


def test_bad_rule_is_refused_at_the_field(cohort, cohort_module, coordinator) -> None:
    rule = draft(cohort, cohort_module, coordinator)
    with pytest.raises(ValidationError) as refused:
        publish_draft(rule, coordinator, reason="  ")
    assert "reason" in refused.value.message_dict
    values = {"based_on": rule.edited_at, "minimum_attendance_percent": 101}
    with pytest.raises(ValidationError) as refused:
        draft(cohort, cohort_module, coordinator, **values)
    assert "minimum_attendance_percent" in refused.value.message_dict


def test_closed_module_keeps_its_rule(cohort, cohort_module, coordinator) -> None:
    CohortModule.objects.update(closed_at=NOW)
    with pytest.raises(ValidationError) as refused:
        draft(cohort, cohort_module, coordinator)
    assert refused.value.code == "closed"


def test_two_who_publish_a_draft_at_once_publish_it_once(at_once, cohort, cohort_module) -> None:
    users = [UserFactory(), UserFactory()]
    rule = draft(cohort, cohort_module, users[0])
    at_once(lambda n: publish_draft(rule, users[n], reason=f"Acuerdo {n}"))
    assert cohort_module.rules.published().count() == 2


# ---- all drafts together -----------------------------------------------------------------------


@pytest.fixture
def drafts(cohort, cohort_module, coordinator) -> list[CompletionRule]:
    """The second version of a module's rule, and the first of the edition's."""
    of_edition = draft(cohort, None, coordinator, prerequisites=[cohort_module])
    return [draft(cohort, cohort_module, coordinator), of_edition]


def publish_drafts(rules, by, **changed) -> list[CompletionRule]:
    seen = {rule.pk: rule.edited_at for rule in rules}
    values = {"effective_on": NOW.date(), "reason": "Acuerdo"} | changed
    return publish_all(rules[0].cohort, seen, by=by, at=NOW, **values)


def test_first_drafts_are_written_of_what_has_no_rule(cohort, cohort_module, coordinator) -> None:
    cohort.minimum_attendance_percent = 75
    cohort.save()
    bare, closed = (
        CohortModuleFactory(cohort=cohort, first_week=week, last_week=week) for week in (3, 4)
    )
    CohortModule.objects.filter(pk=closed.pk).update(closed_at=NOW)
    of_module, of_edition = draft_missing(cohort, by=coordinator, at=NOW)
    assert (of_module.cohort_module, of_module.requires_sign_off) == (bare, True)
    assert (of_edition.cohort_module, of_edition.requires_sign_off) == (None, False)
    assert {rule.minimum_attendance_percent for rule in (of_module, of_edition)} == {75}
    assert set(of_edition.prerequisites.all()) == {cohort_module, bare, closed}
    assert draft_missing(cohort, by=coordinator, at=NOW) == []
    assert len(publish_drafts([of_module, of_edition], coordinator)) == 2


def test_all_drafts_are_published_together_and_once(drafts, cohort, coordinator) -> None:
    assert publish_drafts(drafts, coordinator) == drafts
    in_force = rules_in_force([cohort], on=NOW.date())[cohort.pk]
    assert {rule.pk for rule in in_force.values()} == {rule.pk for rule in drafts}
    assert set(CompletionRule.objects.values_list("reason", flat=True)) == {"", "Acuerdo"}
    assert publish_drafts(drafts, coordinator, reason="Otra") == []


def test_draft_without_its_reason_holds_back_all_and_is_named(
    drafts, cohort_module, coordinator
) -> None:
    with pytest.raises(ValidationError) as refused:
        publish_drafts(drafts, coordinator, reason="")
    (message,) = refused.value.message_dict["reason"]
    assert message.startswith(f"{cohort_module}: ")
    assert CompletionRule.objects.drafts().count() == 2


def test_circle_that_the_drafts_close_together_is_refused(
    cohort, cohort_module, coordinator
) -> None:
    second = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    pairs = [(cohort_module, second), (second, cohort_module)]
    rules = [draft(cohort, one, coordinator, prerequisites=[two]) for one, two in pairs]
    with pytest.raises(ValidationError) as refused:
        publish_drafts(rules, coordinator)
    assert refused.value.error_dict["prerequisites"][0].code == "circle"
    assert str(cohort_module) in refused.value.messages[0]
    assert CompletionRule.objects.drafts().count() == 2


def test_drafts_that_turn_an_order_round_are_published_together(
    cohort, cohort_module, coordinator
) -> None:
    """The first alone would close a circle with what the second takes back."""
    second = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    after = draft(cohort, cohort_module, coordinator, prerequisites=[second])
    publish_draft(draft(cohort, second, coordinator, prerequisites=[cohort_module]), coordinator)
    before = draft(cohort, second, coordinator)
    publish_drafts([after, before], coordinator)
    assert not CompletionRule.objects.drafts().exists()


@pytest.mark.parametrize("how", ["edited", "written", "discarded", "published"])
def test_what_is_not_as_it_was_shown_holds_back_all(
    how, drafts, cohort, cohort_module, coordinator
) -> None:
    named = str(cohort_module) if how == "edited" else ""
    if how == "edited":
        values = {"based_on": drafts[0].edited_at, "at": NOW + dt.timedelta(minutes=1)}
        draft(cohort, cohort_module, coordinator, minimum_attendance_percent=60, **values)
    elif how == "written":
        other = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
        draft(cohort, other, coordinator)
        named = str(other)
    elif how == "discarded":
        discard(drafts[0])
    else:
        publish_draft(drafts[0], coordinator)
    before = list(CompletionRule.objects.values())
    with pytest.raises(ValidationError) as refused:
        publish_drafts(drafts, coordinator)
    assert refused.value.error_list[0].code == "stale"
    assert refused.value.messages[0].startswith(named)
    assert list(CompletionRule.objects.values()) == before


def test_draft_of_a_closed_module_holds_back_none(drafts, cohort, coordinator) -> None:
    CohortModule.objects.update(closed_at=NOW)
    assert publish_drafts(drafts[1:], coordinator) == drafts[1:]
    assert CompletionRule.objects.drafts().get() == drafts[0]


def test_two_who_publish_all_at_once_publish_them_once(at_once, cohort, cohort_module) -> None:
    users = [UserFactory(), UserFactory()]
    rules = [draft(cohort, cohort_module, users[0]), draft(cohort, None, users[0])]
    outcomes = at_once(lambda n: publish_drafts(rules, users[n], reason=f"Acuerdo {n}"))
    assert sorted(len(outcome) for outcome in outcomes) == [0, 2]
    assert (
        len(set(CompletionRule.objects.filter(pk__in=[r.pk for r in rules]).values_list("reason")))
        == 1
    )
