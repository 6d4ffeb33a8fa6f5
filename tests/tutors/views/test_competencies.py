import re

import pytest
from django.urls import reverse

from participants.models import CompetencyRating
from tests.factories import CompetencyFactory, CompetencyRatingFactory, EnrollmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, tutor):
    client = log_in(tutor)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def competencies(cohort, cohort_module):
    taught = {"program": cohort.program, "modules": [cohort_module.module]}
    return [CompetencyFactory(code=code, **taught) for code in ("C1", "C2")]


@pytest.fixture
def people(cohort, group):
    return [EnrollmentFactory(cohort=cohort, group=group) for _number in range(2)]


def page_of(group, competency, moment: str = "end") -> str:
    return reverse("tutors:rate", args=[group.pk, moment, competency.pk])


def list_of(group) -> str:
    return reverse("tutors:competencies", args=[group.pk])


def stored() -> dict[int, int]:
    return dict(CompetencyRating.objects.values_list("enrollment_id", "level"))


def test_group_is_rated_one_competency_after_the_other(client, tutor, group, people, competencies):
    one, two = competencies
    data = {f"level_{person.pk}": str(2 + n) for n, person in enumerate(people)}
    response = client.post(page_of(group, one), data | {"next": "1"}, follow=True)
    assert response.redirect_chain[-1][0] == page_of(group, two)
    assert "C1 saved: 2 people rated." in response.text
    assert stored() == {people[0].pk: 2, people[1].pk: 3}
    assert {(r.rater, r.moment, r.rated_by) for r in CompetencyRating.objects.all()} == {
        ("tutor", "end", tutor)
    }
    response = client.post(page_of(group, two), data, follow=True)
    assert response.redirect_chain[-1][0] == list_of(group)
    assert response.text.count("2 of 2") == 2


def test_home_counts_what_is_still_to_rate(client, group, people, competencies):
    CompetencyRatingFactory(
        enrollment=people[0], competency=competencies[0], moment="end", rater="tutor"
    )
    CompetencyRatingFactory(enrollment=people[0], competency=competencies[0], moment="end")
    text = client.get(reverse("tutors:home")).text
    assert "Competencies to rate" in text
    assert "1 of 4" in text
    for each in competencies:
        data = {f"level_{person.pk}": "2" for person in people}
        client.post(page_of(group, each), data)
    assert "Competencies to rate" not in client.get(reverse("tutors:home")).text


def test_what_another_rated_meanwhile_stays_and_is_named(client, group, people, competencies):
    one = competencies[0]
    CompetencyRatingFactory(
        enrollment=people[0], competency=one, moment="end", rater="tutor", level=4
    )
    data = {f"level_{person.pk}": "1" for person in people} | {"next": "1"}
    response = client.post(page_of(group, one), data, follow=True)
    assert response.redirect_chain[-1][0] == page_of(group, one)
    assert "gave level 4 meanwhile" in response.text
    assert stored() == {people[0].pk: 4, people[1].pk: 1}


def test_one_person_is_rated_in_all_at_once_from_the_groups_page(
    client, tutor, group, people, competencies
):
    one, _other = people
    short = reverse("tutors:rate_person", args=[group.pk, one.pk])
    assert short in client.get(reverse("tutors:group", args=[group.pk])).text
    page = client.get(short, follow=True).redirect_chain[-1][0]
    CompetencyRatingFactory(enrollment=one, competency=competencies[0], moment="end", level=4)
    assert " checked" not in client.get(page).text  # what the person gave is not shown
    data = {f"level_{each.pk}": "3" for each in competencies}
    response = client.post(page, data, follow=True)
    assert response.redirect_chain[-1][0] == list_of(group)
    assert "2 of 2 competencies rated." in response.text
    given = CompetencyRating.objects.filter(rater="tutor")
    assert {(row.enrollment_id, row.level, row.rated_by) for row in given} == {(one.pk, 3, tutor)}
    assert page in client.get(list_of(group)).text


def test_one_persons_descriptors_are_folded_and_oneself_reads_them(
    client, log_in, participant, enrollment, group, people, competencies
):
    """Whoever rates thirteen people knows them; in oneself's form they are the choice."""
    texts = [text for each in competencies for _level, text in each.descriptors]
    pages = {
        True: client.get(reverse("tutors:rate_person", args=[group.pk, "end", people[0].pk])),
        False: log_in(participant).get(reverse("participants:rate", args=[enrollment.pk, "end"])),
    }
    for is_folded, page in pages.items():
        folded = "".join(re.findall(r"<details>.*?</details>", page.text, re.DOTALL))
        assert all(text in page.text for text in texts)
        assert all((text in folded) == is_folded for text in texts)
        assert 'type="radio"' not in folded


def test_one_person_rated_meanwhile_by_another_stays_so(client, group, people, competencies):
    one, data = people[0], {f"level_{each.pk}": "1" for each in competencies}
    CompetencyRatingFactory(
        enrollment=one, competency=competencies[0], moment="end", rater="tutor", level=4
    )
    page = reverse("tutors:rate_person", args=[group.pk, "end", one.pk])
    response = client.post(page, data, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "gave level 4 meanwhile" in response.text
    assert set(CompetencyRating.objects.values_list("level", flat=True)) == {4, 1}


def test_person_of_another_group_is_not_rated(client, group, other_enrollment, competencies):
    page = reverse("tutors:rate_person", args=[group.pk, "end", other_enrollment.pk])
    assert client.get(page).status_code == 404


def test_people_of_another_group_are_not_rated(client, group, other_enrollment, competencies):
    client.post(page_of(group, competencies[0]), {f"level_{other_enrollment.pk}": "2"})
    assert stored() == {}


def test_competency_of_another_program_is_not_found(client, group, people, competencies):
    assert client.get(page_of(group, CompetencyFactory())).status_code == 404


def test_coordinator_looks_and_does_not_rate(log_in, coordinator, group, people, competencies):
    client = log_in(coordinator)
    text = client.get(list_of(group)).text
    assert page_of(group, competencies[0]) not in text
    response = client.post(page_of(group, competencies[0]), {f"level_{people[0].pk}": "2"})
    assert (response.status_code, stored()) == (403, {})


def test_closed_edition_is_shown_and_not_changed(client, cohort, group, people, competencies):
    CompetencyRatingFactory(enrollment=people[0], competency=competencies[0])
    cohort.status = "closed"
    cohort.save()
    text = client.get(list_of(group)).text
    assert "Person by person" in text
    assert page_of(group, competencies[0]) not in text
    assert "is closed" in client.get(page_of(group, competencies[0])).text
    assert client.post(page_of(group, competencies[0]), {}).status_code == 403


def test_levels_that_are_none_are_refused(client, group, people, competencies):
    response = client.post(page_of(group, competencies[0]), {f"level_{people[0].pk}": "9"})
    assert (response.status_code, stored()) == (422, {})
