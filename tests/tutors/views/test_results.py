from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import AssessmentFactory, EnrollmentFactory, ScoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def post_test(cohort):
    pre = AssessmentFactory(cohort=cohort, kind="pre_test", title="Entrada")
    return AssessmentFactory(cohort=cohort, kind="post_test", title="Salida", pre_test=pre)


def take(post_test, group, people) -> None:
    for _ in range(people):
        who = EnrollmentFactory(cohort=group.cohort, group=group)
        ScoreFactory(enrollment=who, assessment=post_test.pre_test, value=Decimal(11))
        ScoreFactory(enrollment=who, assessment=post_test, value=Decimal("14.5"))


def page(client, group) -> str:
    return client.get(reverse("tutors:results", args=[group.pk])).content.decode()


def test_tutor_sees_the_own_groups_means_from_five_people_on(
    log_in, tutor, post_test, group, other_group
) -> None:
    take(post_test, other_group, 5)
    take(post_test, group, 4)
    client = log_in(tutor)
    text = page(client, group)
    assert "Menos de 5 personas tienen las dos pruebas" in text
    assert "14,50" not in text
    take(post_test, group, 1)
    text = page(client, group)
    assert "14,50" in text
    assert "+3,50" in text
    assert "Tienen las dos pruebas: 5" in text


def test_edition_without_linked_tests_says_so(log_in, tutor, group) -> None:
    assert "no tiene todavía una prueba de entrada" in page(log_in(tutor), group)


def test_group_leads_there(log_in, tutor, group) -> None:
    text = log_in(tutor).get(reverse("tutors:group", args=[group.pk])).content.decode()
    assert f'href="{reverse("tutors:results", args=[group.pk])}"' in text
