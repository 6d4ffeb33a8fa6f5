"""A pre-test and its post-test in an edition: paired results, as a whole and by who people are.

Everyone who was in the edition counts, also who left it: those without both tests are the missing.
Profession, service and region are those with which the person began the edition.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.models import Assessment, Cohort, Group
from participants.grades import Grade
from participants.grading import CohortGrades
from participants.models import Enrollment, Facility, Region
from participants.models.people import Profession, Service, Sex
from participants.paired_results import PairedSummary, Result, paired_summary
from participants.posts import Post, posts_on
from participants.small_cells import LEAST, hidden_cells, hidden_missing

# A category's value, and how it is called; in the order in which they are shown, which says
# nothing of how many people there are.
type Categories = Iterable[tuple[str, str | Promise]]
BREAKDOWNS: tuple[tuple[str, str | Promise, Categories], ...] = (
    ("sex", _("Sex"), Sex.choices),
    ("profession", _("Profession"), Profession.choices),
    ("service", _("Service"), Service.choices),
    ("region", _("Region"), [*Region.choices, ("", _("without a facility"))]),
)


@dataclass(frozen=True, slots=True)
class Category:
    """`summary` is None where it is not shown, and so is how many are `missing`."""

    label: str
    summary: PairedSummary | None
    missing: int | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    title: str
    categories: tuple[Category, ...]

    @property
    def shown(self) -> list[Category]:
        return [each for each in self.categories if each.summary]

    @property
    def hidden(self) -> list[str]:
        return [each.label for each in self.categories if not each.summary]


@dataclass(frozen=True, slots=True)
class GroupResults:
    """`post_test` comes with its module."""

    pre_test: Assessment
    post_test: Assessment
    summary: PairedSummary

    @property
    def is_shown(self) -> bool:
        return self.summary.n >= LEAST


@dataclass(frozen=True, slots=True)
class PrePost:
    """`post_test` comes with its pre-test. `left` are those of the missing who left the edition.

    `results` are each person's, without saying whose.
    """

    post_test: Assessment
    summary: PairedSummary
    left: int
    results: tuple[Result, ...]
    breakdowns: tuple[Breakdown, ...]

    @property
    def is_shown(self) -> bool:
        """Of fewer people than this nothing is shown but how many are missing."""
        return self.summary.n >= LEAST

    @classmethod
    def of(cls, post_test: Assessment) -> "PrePost":
        """Five queries for any number of people; `post_test` comes with its cohort."""
        cohort = post_test.cohort
        people = Enrollment.objects.for_cohort(cohort).filter(status__in=Enrollment.ATTENDED)
        enrollments = list(people.select_related("participant").order_by("pk"))
        grades = CohortGrades.for_cohort(cohort)
        results = {each.pk: _result(grades[each.pk], post_test) for each in enrollments}
        summary = paired_summary(results.values())
        return cls(
            post_test=post_test,
            summary=summary,
            left=sum(
                each.status in Enrollment.LEFT and not results[each.pk].is_paired
                for each in enrollments
            ),
            results=tuple(results.values()),
            breakdowns=_breakdowns(enrollments, results, cohort) if summary.n >= LEAST else (),
        )


def group_results(group: Group) -> list[GroupResults]:
    """Of each pair of tests, in their order. Three queries; `group` comes with its cohort."""
    people = Enrollment.objects.filter(group=group, status__in=Enrollment.ATTENDED)
    enrollments = list(people.values_list("pk", flat=True))
    grades = CohortGrades.for_cohort(group.cohort, group)
    tests = {each.pk: each for each in grades.assessments}
    return [
        GroupResults(
            tests[each.pre_test_id],
            each,
            paired_summary(_result(grades[person], each) for person in enrollments),
        )
        for each in grades.assessments
        if each.pre_test_id is not None
    ]


def linked_post_tests(cohort: Cohort) -> list[Assessment]:
    """The post-tests that name a pre-test, that of the edition as a whole first."""
    found = Assessment.objects.filter(cohort=cohort, pre_test__isnull=False).select_related(
        "cohort", "cohort_module__module", "pre_test"
    )
    return sorted(found, key=lambda each: each.cohort_module_id is not None)


def _result(grades: dict[int, Grade], post_test: Assessment) -> Result:
    pre, post = grades[cast(int, post_test.pre_test_id)], grades[post_test.pk]
    return Result(pre.hundredths, post.hundredths, pre.did_not_sit or post.did_not_sit)


def _breakdowns(
    enrollments: list[Enrollment], results: dict[int, Result], cohort: Cohort
) -> tuple[Breakdown, ...]:
    posts = posts_on(cohort.starts_on, enrollments)
    facilities = {post.facility_id for post in posts.values() if post.facility_id}
    regions = dict(Facility.objects.filter(pk__in=facilities).values_list("pk", "region"))
    value_of: dict[str, Callable[[Enrollment, Post], str]] = {
        "sex": lambda enrollment, _post: enrollment.participant.sex,
        "profession": lambda _enrollment, post: post.profession,
        "service": lambda _enrollment, post: post.service,
        "region": lambda _enrollment, post: regions.get(post.facility_id or 0, ""),
    }
    found = []
    for name, title, categories in BREAKDOWNS:
        parts: dict[str, list[Result]] = defaultdict(list)
        for each in enrollments:
            parts[value_of[name](each, posts[each.pk])].append(results[each.pk])
        found.append(Breakdown(str(title), _categories(parts, categories)))
    return tuple(found)


def _categories(parts: dict[str, list[Result]], categories: Categories) -> tuple[Category, ...]:
    """Those in which someone has both tests."""
    summaries = {value: paired_summary(each) for value, each in parts.items()}
    hidden = hidden_cells({value: summary.n for value, summary in summaries.items()})
    missing = {value: summary.missing for value, summary in summaries.items()}
    unseen = hidden | {value for value, summary in summaries.items() if not summary.n}
    untold = hidden_missing(missing, unseen)
    return tuple(
        Category(
            str(label),
            None if value in hidden else summaries[value],
            None if value in untold else missing[value],
        )
        for value, label in categories
        if value in summaries and summaries[value].n
    )
