import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

pytestmark = pytest.mark.usefixtures("clock")
NAMES = ["edition_oneroster", "edition_moodle"]


@pytest.mark.parametrize(
    ("name", "filename", "start"),
    [
        ("edition_oneroster", "oneroster-{}-2026-03-13.zip", b"PK"),
        ("edition_moodle", "moodle-{}-2026-03-13.csv", b"username,"),
    ],
)
def test_coordinator_takes_the_file_and_it_is_noted(
    name, filename, start, log_in, coordinator, enrollment, tutor
) -> None:
    response = log_in(coordinator).get(reverse(name, args=[enrollment.cohort.pk]))
    assert filename.format(enrollment.cohort.code) in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    assert response.content.startswith(start)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_edited_object()) == (coordinator, enrollment.cohort)
    assert "2 personas" in entry.change_message


@pytest.mark.parametrize("name", NAMES)
def test_staff_without_the_permission_is_refused(name, log_in, coordinator, cohort) -> None:
    coordinator.groups.clear()
    assert log_in(coordinator).get(reverse(name, args=[cohort.pk])).status_code == 403
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("name", NAMES)
def test_unknown_edition_is_not_found(name, log_in, coordinator) -> None:
    assert log_in(coordinator).get(reverse(name, args=[0])).status_code == 404


def test_edition_leads_to_each_file(log_in, coordinator, cohort) -> None:
    page = log_in(coordinator).get(reverse("edition", args=[cohort.pk])).content.decode()
    for name in NAMES:
        assert f'href="{reverse(name, args=[cohort.pk])}"' in page
    export = reverse("admin:participants_enrollment_export")
    assert f'href="{export}?cohort__id__exact={cohort.pk}"' in page
