"""What a coordinator reviews: applications by filter, beside what is known of each person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Cohort
from participants.applicants import document_of, known_people
from participants.models import (
    Application,
    EmploymentRegime,
    Enrollment,
    Profession,
    Region,
    Service,
)
from participants.places import places_left
from participants.quota_places import QuotaLine, QuotaPlaces

Status = Application.Status
TO_REVIEW = "to_review"
PAGE_SIZE = 200
STATUSES: list[tuple[str, Any]] = [
    (TO_REVIEW, pgettext_lazy("applications", "pending")),
    *[(each.value, each.label) for each in Status if each not in Application.NOT_YET],
    ("all", _("all that are confirmed")),
]
# Shown as figures beside the number of those who wait.
COUNTED = [pair for pair in STATUSES[1:-1] if pair[0] != Status.WAITLISTED]
# The parameter of each filter, its label, the field it is of and its choices.
FILTERS: dict[str, tuple[Any, str, Sequence[tuple[str, Any]]]] = {
    "region": (_("region"), "facility__region", [*Region.choices, ("none", _("not known"))]),
    "service": (_("service"), "service", Service.choices),
    "profession": (_("profession"), "profession", Profession.choices),
    "regime": (_("employment regime"), "employment_regime", EmploymentRegime.choices),
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """`repeated` are the person's other applications to the edition; `editions` the enrollments
    of who is registered with the document or the e-mail."""

    application: Application
    repeated: tuple[Application, ...]
    editions: tuple[Enrollment, ...]
    quota: str


@dataclass(frozen=True)
class ReviewQueue:
    """One page of it. Ten queries at most, however many there are."""

    rows: tuple[ReviewRow, ...]
    number: int
    page: int
    counts: dict[str, int]
    places_left: int
    waiting: int
    quotas: tuple[QuotaLine, ...]

    @property
    def page_numbers(self) -> range:
        return range(1, max((self.number - 1) // PAGE_SIZE + 1, 1) + 1)

    @classmethod
    def of(cls, cohort: Cohort, filters: Mapping[str, str], *, page: int = 1) -> "ReviewQueue":
        found = filtered(cohort, filters)
        number = found.count()
        first = (max(page, 1) - 1) * PAGE_SIZE
        shown = list(found.select_related("facility")[first : first + PAGE_SIZE])
        quotas = QuotaPlaces.of(cohort)
        counted = Application.objects.received().filter(cohort=cohort).order_by()
        return cls(
            rows=review_rows(cohort, shown, quotas),
            number=number,
            page=max(page, 1),
            counts=dict(counted.values_list("status").annotate(number=Count("pk"))),
            places_left=places_left(cohort),
            waiting=Enrollment.objects.for_cohort(cohort).waiting().count(),
            quotas=tuple(quotas.lines.values()),
        )


def filtered(cohort: Cohort, filters: Mapping[str, str]) -> Any:
    """The confirmed applications of the edition that the filters leave, the first one first."""
    found = Application.objects.received().filter(cohort=cohort)
    status = filters.get("status") or TO_REVIEW
    if status == TO_REVIEW:
        found = found.filter(status__in=[Status.CONFIRMED, Status.DUPLICATE])
    elif status in Status.values:
        found = found.filter(status=status)
    for name, (_label, field, choices) in FILTERS.items():
        value = filters.get(name, "")
        if value == "none":
            found = found.filter(facility__isnull=True)
        elif value in dict(choices):
            found = found.filter(**{field: value})
    for word in filters.get("q", "").split()[:5]:
        found = found.filter(
            Q(paternal_surname__icontains=word)
            | Q(maternal_surname__icontains=word)
            | Q(given_names__icontains=word)
            | Q(email__icontains=word)
        )
    return found.order_by("confirmed_at", "pk")


def review_rows(
    cohort: Cohort, applications: Sequence[Application], quotas: QuotaPlaces
) -> tuple[ReviewRow, ...]:
    if not applications:
        return ()
    others = _others(cohort, applications)
    editions = _editions(applications)
    rows = []
    for application in applications:
        application.cohort = cohort
        keys = keys_of(application)
        same = {each.pk: each for key in keys for each in others[key]}
        same.pop(application.pk, None)
        enrollments = {each.pk: each for key in keys for each in editions[key]}
        rows.append(
            ReviewRow(
                application,
                tuple(same.values()),
                tuple(enrollments.values()),
                quotas.value_of(application),
            )
        )
    return tuple(rows)


def keys_of(person: Any) -> tuple[Any, Any]:
    return document_of(person), person.email.lower()


def _others(cohort: Cohort, applications: Sequence[Application]) -> dict[Any, list[Application]]:
    """By document and by e-mail, all of the edition. One query."""
    rows = Application.objects.received().filter(
        Q(document_number__in={each.document_number for each in applications})
        | Q(email__in={each.email for each in applications}),
        cohort=cohort,
    )
    found: dict[Any, list[Application]] = defaultdict(list)
    for row in rows:
        for key in keys_of(row):
            found[key].append(row)
    return found


def _editions(applications: Sequence[Application]) -> dict[Any, list[Enrollment]]:
    """By document and by e-mail, what the people registered were in. Two queries."""
    people = {person.pk: person for person in known_people(applications)}
    enrollments = (
        Enrollment.objects.filter(participant__in=list(people))
        .select_related("cohort")
        .order_by("cohort__starts_on", "pk")
    )
    found: dict[Any, list[Enrollment]] = defaultdict(list)
    for enrollment in enrollments if people else ():
        for key in keys_of(people[enrollment.participant_id]):
            found[key].append(enrollment)
    return found
