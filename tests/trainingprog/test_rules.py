import pytest
from django.urls import reverse
from django.utils import timezone

from courses.models import CompletionRule
from participants.completion_rules import publish_rule
from tests.factories import (
    AttendanceRecordFactory,
    CohortModuleFactory,
    EnrollmentFactory,
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


def values(response, **changed) -> dict:
    """What the browser would send from the page, with some fields changed."""
    form = response.context["form"]
    data = {field.html_name: field.value() for field in form}
    return {name: "" if value is None else value for name, value in data.items()} | changed


def previewed(client, address, minimum: int = 60, **changed):
    data = values(client.get(address), minimum_attendance_percent=minimum, reason="Acuerdo")
    return client.post(address, data | changed)


def test_change_is_previewed_and_nothing_is_published(
    log_in, coordinator, cohort_module, group, address
) -> None:
    people_with_three_of_five(cohort_module, group, 2)
    response = previewed(log_in(coordinator), address)
    assert response.status_code == 200
    assert len(response.context["preview"].changes) == 2
    assert "Apaza" in response.content.decode()
    assert cohort_module.rules.count() == 1


def test_previewed_version_is_published(log_in, coordinator, cohort_module, address) -> None:
    client = log_in(coordinator)
    data = values(previewed(client, address), publish="")
    response = client.post(address, data, follow=True)
    assert response.redirect_chain == [(address, 302)]
    rule = CompletionRule.objects.in_force(timezone.localdate()).get()
    assert (rule.version, rule.minimum_attendance_percent) == (2, 60)
    assert (rule.published_by, rule.reason) == (coordinator, "Acuerdo")
    assert "Rosa Coordinadora" in response.content.decode()


def test_values_changed_after_the_preview_are_previewed_again(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    data = values(previewed(client, address), publish="", minimum_attendance_percent=50)
    response = client.post(address, data)
    assert response.status_code == 200
    assert response.context["preview"] is not None
    assert cohort_module.rules.count() == 1


def test_publishing_without_a_preview_only_previews(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    response = previewed(client, address, publish="")
    assert response.context["preview"] is not None
    assert cohort_module.rules.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"minimum_attendance_percent": 101}, "minimum_attendance_percent"),
        ({"minimum_attendance_percent": "many"}, "minimum_attendance_percent"),
        ({"based_on": "first"}, "based_on"),
    ],
)
def test_bad_input_is_told_at_its_field(
    changed, field, log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    data = values(previewed(client, address), publish="") | changed
    if "minimum_attendance_percent" not in changed:
        data["previewed"] = "60-1"
    response = client.post(address, data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert cohort_module.rules.count() == 1


def test_version_published_meanwhile_is_not_covered_up(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    data = values(previewed(client, address), publish="")
    publish_rule(
        cohort_module,
        minimum_attendance_percent=90,
        requires_sign_off=True,
        reason="Otro acuerdo",
        based_on=1,
        by=coordinator,
        at=timezone.now(),
    )
    assert client.post(address, data).status_code == 422
    (rule,) = CompletionRule.objects.in_force(timezone.localdate())
    assert rule.minimum_attendance_percent == 90


def test_first_rule_is_published_without_a_reason(log_in, coordinator, cohort) -> None:
    bare = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    address = reverse("module_rule", args=[bare.pk])
    client = log_in(coordinator)
    response = client.post(address, values(client.get(address), minimum_attendance_percent=75))
    assert client.post(address, values(response, publish="")).status_code == 302
    assert bare.rules.get().minimum_attendance_percent == 75


def test_closed_module_offers_no_form_and_takes_none(
    log_in, coordinator, cohort_module, address
) -> None:
    client = log_in(coordinator)
    data = values(previewed(client, address), publish="")
    cohort_module.closed_at = at(cohort_module.cohort.starts_on, 9)
    cohort_module.save()
    assert 'name="reason"' not in client.get(address).content.decode()
    assert client.post(address, data).status_code == 422
    assert cohort_module.rules.count() == 1


def test_who_may_not_does_not_get_in(
    log_in, client, tutor, participant, coordinator, cohort_module, address
) -> None:
    coordinator.groups.clear()
    assert log_in(coordinator).get(address).status_code == 403
    for visitor in (client, log_in(tutor), log_in(participant)):
        assert visitor.get(address).status_code in (302, 403)
        assert visitor.post(address, {"publish": ""}).status_code in (302, 403)
    assert cohort_module.rules.count() == 1


def test_unknown_module_is_not_found_and_other_methods_are_refused(
    log_in, coordinator, address
) -> None:
    client = log_in(coordinator)
    assert client.get(reverse("module_rule", args=[0])).status_code == 404
    assert client.delete(address).status_code == 405


@pytest.mark.parametrize("people", [1, 3])
def test_preview_costs_the_same_for_any_number(
    people, log_in, coordinator, cohort_module, group, address, django_assert_num_queries
) -> None:
    people_with_three_of_five(cohort_module, group, people)
    client = log_in(coordinator)
    data = values(client.get(address), minimum_attendance_percent=60)
    # Session, user, two of permissions, module, versions; nine of the standing, twice.
    with django_assert_num_queries(24):
        response = client.post(address, data)
    assert len(response.context["preview"].changes) == people
