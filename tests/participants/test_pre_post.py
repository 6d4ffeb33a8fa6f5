import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participants.pre_post import PrePost, group_results, linked_post_tests
from tests.factories import (
    AssessmentFactory,
    CohortModuleFactory,
    EarlierPostFactory,
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    ScoreFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def post_test(cohort):
    pre = AssessmentFactory(cohort=cohort, kind="pre_test", attempts=2)
    return AssessmentFactory(cohort=cohort, kind="post_test", pre_test=pre, attempts=2)


def take(post_test, before, after, **enrollment):
    """Someone with these two results; None is not scored yet, "NP" did not sit."""
    who = EnrollmentFactory(cohort=post_test.cohort, **enrollment)
    for test, result in ((post_test.pre_test, before), (post_test, after)):
        if result is not None:
            value = None if result == "NP" else Decimal(str(result))
            ScoreFactory(enrollment=who, assessment=test, value=value)
    return who


def of(post_test) -> PrePost:
    (found,) = linked_post_tests(post_test.cohort)
    return PrePost.of(found)


def shown(results: PrePost, title: str) -> dict[str, int | None]:
    """By label, n; None where it is hidden."""
    (found,) = (each for each in results.breakdowns if each.title == title)
    return {each.label: each.summary and each.summary.n for each in found.categories}


def test_only_pairs_count_and_the_missing_are_told_apart(post_test) -> None:
    take(post_test, 10, 14)
    take(post_test, 12, 11.5)
    take(post_test, 9, None)
    take(post_test, 20, "NP")
    take(post_test, None, 1, status="withdrawn", ended_on=post_test.cohort.ends_on)
    take(post_test, None, None, status="transferred", ended_on=post_test.cohort.ends_on)
    take(post_test, 5, 6, status="declined")
    take(post_test, 5, 6, status="waitlisted")
    results = of(post_test)
    summary = results.summary
    assert (summary.n, summary.only_pre, summary.only_post, summary.neither) == (2, 2, 1, 1)
    assert (summary.did_not_sit, results.left) == (1, 2)
    assert (summary.pre_mean, summary.post_mean) == (11, 12.75)


def test_the_attempt_that_the_policy_counts_is_compared(post_test) -> None:
    who = take(post_test, 10, 14)
    ScoreFactory(enrollment=who, assessment=post_test, attempt=2, value=Decimal("12.5"))
    assert of(post_test).summary.post_mean == 14
    type(post_test.cohort).objects.update(attempts_count="last")
    assert of(post_test).summary.post_mean == 12.5


def test_few_people_have_no_breakdown(post_test) -> None:
    for _ in range(4):
        take(post_test, 10, 14)
    results = of(post_test)
    assert not results.is_shown
    assert results.breakdowns == ()


def test_breakdown_is_of_the_post_with_which_the_edition_began(post_test) -> None:
    cusco = FacilityFactory(region="08")
    for _ in range(5):
        who = take(post_test, 10, 14, service="mamis", profession="nursing", facility=cusco)
        # Where the person works by now, and since the edition's second week.
        type(who.participant).objects.update(service="other", profession="other", sex="F")
    moved = take(post_test, 10, 14, service="csmc", profession="medicine", facility=None)
    until = post_test.cohort.starts_on + dt.timedelta(days=6)
    EarlierPostFactory(
        enrollment=moved, until=until, service="mamis", profession="nursing", facility=cusco
    )
    type(moved.participant).objects.update(sex="F")
    results = of(post_test)
    assert shown(results, "Servicio") == {"MAMIS": 6}
    assert shown(results, "Profesión") == {"enfermería": 6}
    assert shown(results, "Región") == {"Cusco": 6}
    assert shown(results, "Sexo") == {"femenino": 6}


def test_what_is_hidden_cannot_be_had_from_the_rest(post_test) -> None:
    """Every figure of a hidden category is sought from the total and all that is shown."""
    secret = 3
    for service, people, after in (("other", 1, secret), ("mamis", 6, 15), ("csmc", 8, 18)):
        for _ in range(people):
            take(post_test, 2, after, service=service)
    results = of(post_test)
    (services,) = (each for each in results.breakdowns if each.title == "Servicio")
    assert services.hidden == ["MAMIS", "otro servicio"]
    left = results.summary.n - sum(each.summary.n for each in services.categories if each.summary)
    assert left == 7
    points = results.summary.n * results.summary.post_mean - sum(
        each.summary.n * each.summary.post_mean for each in services.categories if each.summary
    )
    assert points / left > secret + 5


def test_missing_are_told_by_category_unless_they_are_few(post_test) -> None:
    for service, pairs, missing in (("csmc", 8, 6), ("mamis", 7, 2), ("other", 6, 7)):
        for number in range(pairs + missing):
            take(post_test, 10, 14 if number < pairs else None, service=service)
    (services,) = (each for each in of(post_test).breakdowns if each.title == "Servicio")
    told = {each.label: each.missing for each in services.categories}
    assert told == {"CSMC": None, "MAMIS": None, "otro servicio": 7}
    assert services.hidden == []


def test_category_without_a_pair_is_not_named(post_test) -> None:
    for _ in range(5):
        take(post_test, 10, 14, service="csmc")
    take(post_test, 10, None, service="mamis")
    assert shown(of(post_test), "Servicio") == {"CSMC": 5}


def test_person_without_facility_has_a_place_of_its_own(post_test) -> None:
    for _ in range(5):
        take(post_test, 10, 14, facility=None)
        take(post_test, 10, 14)
    assert shown(of(post_test), "Región") == {"Lima": 5, "sin establecimiento": 5}


def test_group_has_its_own_results(post_test) -> None:
    group = GroupFactory(cohort=post_test.cohort)
    take(post_test, 10, 20)
    take(post_test, 10, 20, group=group, status="offered")
    for _ in range(4):
        take(post_test, 10, 14, group=group)
    take(post_test, 10, None, group=group, status="withdrawn", ended_on=post_test.cohort.ends_on)
    (found,) = group_results(group)
    assert (found.pre_test, found.post_test) == (post_test.pre_test, post_test)
    assert (found.summary.n, found.summary.only_pre, found.summary.post_mean) == (4, 1, 14)
    assert not found.is_shown
    take(post_test, 10, 19, group=group)
    (found,) = group_results(group)
    assert found.is_shown
    assert found.summary.post_mean == 15


def test_that_of_the_edition_as_a_whole_comes_first_and_unlinked_ones_do_not(cohort) -> None:
    module = CohortModuleFactory(cohort=cohort)
    pairs = []
    for place in (module, None):
        pre = AssessmentFactory(cohort=cohort, cohort_module=place, kind="pre_test")
        pairs.append(
            AssessmentFactory(cohort=cohort, cohort_module=place, kind="post_test", pre_test=pre)
        )
    AssessmentFactory(cohort=cohort, kind="post_test")
    assert linked_post_tests(cohort) == pairs[::-1]


@pytest.mark.parametrize("size", [5, 15])
def test_queries_do_not_grow(post_test, size) -> None:
    for number in range(size):
        who = take(post_test, 10, 14 + number / 10)
        EarlierPostFactory(enrollment=who, facility=FacilityFactory())
    (found,) = linked_post_tests(post_test.cohort)
    with CaptureQueriesContext(connection) as queries:
        PrePost.of(found)
    assert len(queries) == 4
