import pytest
from django.urls import reverse

from courses.models import SessionPattern
from tests.factories import BreakFactory

pytestmark = pytest.mark.django_db


def test_new_pattern_leads_to_the_preview_of_its_sessions(log_in, coordinator, cohort):
    response = log_in(coordinator).post(
        reverse("admin:courses_sessionpattern_add"),
        {
            "cohort": cohort.pk,
            "title": "Plenaria",
            "audience": "cohort",
            "weekday": 2,
            "starts_at": "18:00",
            "minutes": 120,
            "every_weeks": 1,
            "first_week": 1,
            "on_non_teaching_day": "next",
            "modality": "online",
        },
    )
    assert response.headers["Location"] == reverse("edition_timetable", args=[cohort.pk])
    assert SessionPattern.objects.filter(cohort=cohort, title="Plenaria").count() == 1


def test_changed_break_leads_to_the_preview_of_what_moves(log_in, coordinator, cohort):
    row = BreakFactory(cohort=cohort)
    response = log_in(coordinator).post(
        reverse("admin:courses_break_change", args=[row.pk]),
        {
            "cohort": cohort.pk,
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "kind": "recess",
            "reason": "Semana de gestión",
        },
    )
    assert response.headers["Location"] == reverse("edition_timetable", args=[cohort.pk])


@pytest.mark.parametrize(
    ("step", "words"),
    [(1, "cada semana lectiva desde la 3"), (2, "cada 2 semanas lectivas desde la 3")],
)
def test_pattern_is_listed_in_words(step, words, log_in, coordinator, cohort):
    SessionPattern.objects.create(
        cohort=cohort,
        title="Plenaria",
        weekday=2,
        starts_at="18:00",
        minutes=120,
        every_weeks=step,
        first_week=3,
    )
    page = log_in(coordinator).get(reverse("admin:courses_sessionpattern_changelist"))
    assert words in page.content.decode()
