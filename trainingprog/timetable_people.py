"""Who is wherever a group is, in an edition and in those of the same months: tutors, participants.

One person is the same one in all of them, as a tutor here and a participant there: by document.
"""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from courses.clashes import Resource
from courses.models import Cohort
from courses.occupancy import GroupMember
from participants.models import Enrollment
from participants.models.people import Person
from tutors.models import Tutor, TutorAssignment


def people_of(cohort: Cohort) -> tuple[GroupMember, ...]:
    """All tutors; of the participants those who are in two of the editions, or tutors in one.

    Whoever is only in this edition is in the way where the own group is. Three queries.
    """
    cohorts = list(
        Cohort.objects.filter(starts_on__lte=cohort.ends_on, ends_on__gte=cohort.starts_on)
        .order_by()
        .values_list("pk", flat=True)
    )
    assignments = TutorAssignment.objects.filter(group__cohort__in=cohorts)
    return (
        *_tutors(assignments.select_related("tutor")),
        *_participants(_in_two_places(cohorts, assignments).select_related("participant")),
    )


def _in_two_places(
    cohorts: list[int], assignments: QuerySet[TutorAssignment]
) -> QuerySet[Enrollment]:
    enrollments = Enrollment.objects.filter(cohort__in=cohorts, status__in=Enrollment.ATTENDED)
    elsewhere = enrollments.filter(participant=OuterRef("participant"))
    guides = assignments.filter(
        tutor__document_type=OuterRef("participant__document_type"),
        tutor__document_number=OuterRef("participant__document_number"),
    )
    return enrollments.filter(
        Exists(elsewhere.exclude(cohort=OuterRef("cohort"))) | Exists(guides)
    ).order_by("pk")


def _tutors(assignments: QuerySet[TutorAssignment]) -> Iterator[GroupMember]:
    for each in assignments.order_by("pk"):
        resource = _person(each.tutor, as_tutor(each.tutor))
        yield GroupMember(each.group_id, resource, each.starts_on, each.ends_on)


def _participants(enrollments: QuerySet[Enrollment]) -> Iterator[GroupMember]:
    for each in enrollments:
        name = _("%(name)s, as participant") % {"name": each.participant}
        resource = _person(each.participant, name)
        first, last = each.enrolled_on, each.ended_on
        yield GroupMember(None, resource, first, last, each.cohort_id)
        if each.group_id is not None:
            yield GroupMember(each.group_id, resource, max(first, each.group_since or first), last)


def as_tutor(tutor: Tutor) -> str:
    return _("%(name)s, as tutor") % {"name": tutor}


def _person(person: Person, label: str) -> Resource:
    return Resource("person", f"{person.document_type}:{person.document_number}", label)
