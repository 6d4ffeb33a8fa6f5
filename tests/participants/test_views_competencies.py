import datetime as dt

import pytest
from django.urls import reverse

from participants.models import CompetencyRating
from tests.factories import MONDAY, CompetencyFactory, CompetencyRatingFactory, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, participant):
    client = log_in(participant)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def competencies(cohort, cohort_module):
    return CompetencyFactory.create_batch(
        2, program=cohort.program, modules=[cohort_module.module], level_1_en="Needs support."
    )


def page_of(enrollment, moment: str = "baseline") -> str:
    return reverse("participants:rate", args=[enrollment.pk, moment])


def sent(levels: dict) -> dict[str, str]:
    return {f"level_{each.pk}": str(level) for each, level in levels.items()}


def stored() -> dict[int, int]:
    return dict(CompetencyRating.objects.values_list("competency_id", "level"))


def test_home_leads_to_the_form_until_all_is_given(client, enrollment, competencies):
    home = reverse("participants:home")
    for each in competencies:
        CompetencyRatingFactory(enrollment=enrollment, competency=each, moment="baseline")
    assert page_of(enrollment, "end") in client.get(home).text
    client.post(page_of(enrollment, "end"), sent(dict.fromkeys(competencies, 3)))
    text = client.get(home).text
    assert page_of(enrollment, "end") not in text
    assert reverse("participants:competencies", args=[enrollment.pk]) in text


def test_form_shows_the_levels_and_what_was_given(client, enrollment, competencies):
    CompetencyRatingFactory(enrollment=enrollment, competency=competencies[0], level=3)
    text = client.get(page_of(enrollment)).text
    assert text.count('type="radio"') == 8
    assert text.count(" checked>") == 1
    assert "Needs support." in text


def test_rating_is_stored_by_oneself_and_shown_as_growth(
    client, enrollment, participant, competencies
):
    one, two = competencies
    response = client.post(page_of(enrollment), sent({one: 1, two: 4}), follow=True)
    assert "Your rating is saved. Thank you." in response.text
    assert "You: baseline 4, end not rated." in response.text
    rows = CompetencyRating.objects.all()
    assert {(row.rater, row.moment, row.rated_by) for row in rows} == {
        ("self", "baseline", participant)
    }
    assert stored() == {one.pk: 1, two.pk: 4}


def test_a_part_is_kept_and_the_rest_asked_for(client, enrollment, competencies):
    response = client.post(page_of(enrollment), sent({competencies[0]: 2}), follow=True)
    assert response.redirect_chain[-1][0] == page_of(enrollment)
    assert "1 competency still has no level." in response.text
    assert stored() == {competencies[0].pk: 2}


def test_what_another_device_gave_meanwhile_stays(client, enrollment, competencies):
    one, two = competencies
    CompetencyRatingFactory(enrollment=enrollment, competency=one, level=4)
    data = sent({one: 1, two: 1}) | {f"seen_{one.pk}": "2", f"seen_{two.pk}": ""}
    response = client.post(page_of(enrollment), data, follow=True)
    assert "rated otherwise meanwhile, on another device" in response.text
    assert stored() == {one.pk: 4, two.pk: 1}


@pytest.mark.parametrize("level", ["0", "5", "x"])
def test_level_that_is_none_is_no_answer(client, enrollment, competencies, level):
    response = client.post(page_of(enrollment), {f"level_{competencies[0].pk}": level})
    assert response.status_code == 422
    assert stored() == {}


def test_late_baseline_says_so_and_is_taken(log_in, participant, enrollment, competencies, clock):
    clock.move_to(at(MONDAY + dt.timedelta(days=28), 9))
    client = log_in(participant)
    assert "Esto se preguntaba hasta el 29/03/2026." in client.get(page_of(enrollment)).text
    client.post(page_of(enrollment), sent({competencies[0]: 2}))
    assert stored() == {competencies[0].pk: 2}


def test_before_its_day_and_in_a_closed_edition_nothing_is_taken(
    client, enrollment, cohort, competencies, clock
):
    clock.move_to(at(MONDAY, 9))
    levels = sent({competencies[0]: 2})
    response = client.post(page_of(enrollment, "end"), levels)
    assert response.status_code == 403
    assert "This is asked from 09/03/2026." in response.text
    cohort.status = "closed"
    cohort.save()
    response = client.post(page_of(enrollment), levels)
    assert response.status_code == 403
    assert "is closed" in response.text
    assert stored() == {}


def test_who_has_left_sees_and_gives_nothing(client, enrollment, competencies):
    enrollment.status, enrollment.ended_on = "withdrawn", MONDAY
    enrollment.save()
    response = client.post(page_of(enrollment), sent({competencies[0]: 2}))
    assert (response.status_code, stored()) == (403, {})
    assert page_of(enrollment) not in client.get(reverse("participants:home")).text


def test_edition_without_competencies_asks_for_none(client, enrollment):
    own = client.get(reverse("participants:competencies", args=[enrollment.pk])).text
    assert "asks for no competencies" in own
    assert "asks for no competencies" in client.get(page_of(enrollment)).text
    assert page_of(enrollment) not in client.get(reverse("participants:home")).text
