"""Groups of a cohort: balanced to within one person, regions and professions spread or kept.

`arrange` is pure. `propose` shows what would come, `form_groups` does it, `move` moves one person.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from courses.models import Cohort, Group
from participants.enrolling import locked_cohort
from participants.enrollment_steps import Step, note
from participants.models import AttendanceRecord, Enrollment
from tutors.models import Tutor, TutorAssignment


class Arrangement(models.TextChoices):
    SPREAD = "spread", gettext_lazy("spread regions and professions over the groups")
    REGION = "region", gettext_lazy("keep each region together")


@dataclass(frozen=True)
class Member:
    key: int
    region: str
    profession: str


def sizes(people: int, groups: int) -> list[int]:
    """The sizes of balanced groups: 132 over 10 is two of 14, then eight of 13."""
    if groups < 1:
        raise ValueError("There is at least one group.")
    each, rest = divmod(people, groups)
    return [each + 1] * rest + [each] * (groups - rest)


def arrange(
    members: Iterable[Member], groups: int, arrangement: Arrangement
) -> tuple[tuple[int, ...], ...]:
    """The keys of each group's members. The same members give the same groups in any order."""
    ordered = sorted(members, key=lambda member: (member.region, member.profession, member.key))
    room = sizes(len(ordered), groups)
    if arrangement == Arrangement.REGION:
        placed = _keep_regions(ordered, room)
    else:
        placed = _spread(ordered, room)
    return tuple(tuple(member.key for member in group) for group in placed)


def _spread(members: Sequence[Member], room: list[int]) -> list[list[Member]]:
    """Each person goes where the region, then the profession, is rarest; swaps even out the rest.

    The swaps lower the sum of squares of both counts, which is least when they are even.
    """
    placed: list[list[Member]] = [[] for _size in room]
    regions: list[Counter[str]] = [Counter() for _size in room]
    professions: list[Counter[str]] = [Counter() for _size in room]
    for member in members:
        free = (index for index, size in enumerate(room) if len(placed[index]) < size)
        best = min(
            free,
            key=lambda index: (
                regions[index][member.region],
                professions[index][member.profession],
                len(placed[index]) / room[index],
                index,
            ),
        )
        placed[best].append(member)
        regions[best][member.region] += 1
        professions[best][member.profession] += 1
    while _swap_once(placed, regions, professions):
        pass
    return placed


def _swap_once(
    placed: list[list[Member]], regions: list[Counter[str]], professions: list[Counter[str]]
) -> bool:
    """Makes every swap of two people that lowers the unevenness; says whether there was one."""

    def gain(counts: list[Counter[str]], here: int, there: int, mine: str, yours: str) -> int:
        if mine == yours:
            return 0
        return (
            counts[here][mine] - 1 - counts[there][mine]
            + counts[there][yours] - 1 - counts[here][yours]
        )  # fmt: skip

    swapped = False
    for here, there in combinations(range(len(placed)), 2):
        for i in range(len(placed[here])):
            for j in range(len(placed[there])):
                a, b = placed[here][i], placed[there][j]
                total = gain(regions, here, there, a.region, b.region)
                total += gain(professions, here, there, a.profession, b.profession)
                if total <= 0:
                    continue
                placed[here][i], placed[there][j] = b, a
                for counts, mine, yours in (
                    (regions, a.region, b.region),
                    (professions, a.profession, b.profession),
                ):
                    counts[here][mine] -= 1
                    counts[there][mine] += 1
                    counts[here][yours] += 1
                    counts[there][yours] -= 1
                swapped = True
    return swapped


def _keep_regions(members: Sequence[Member], room: list[int]) -> list[list[Member]]:
    """The largest region first, whole, into the fullest group that still holds it.

    A region that no group can hold whole fills the emptiest groups one after the other.
    """
    placed: list[list[Member]] = [[] for _size in room]
    counts = Counter(member.region for member in members)
    for region, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        rest = [member for member in members if member.region == region]
        left = [size - len(group) for size, group in zip(room, placed, strict=True)]
        whole = [index for index, free in enumerate(left) if free >= count]
        if whole:
            placed[min(whole, key=lambda index: (left[index], index))].extend(rest)
            continue
        for index in sorted(range(len(room)), key=lambda index: (-left[index], index)):
            take, rest = rest[: left[index]], rest[left[index] :]
            placed[index].extend(take)
    return placed


@dataclass(frozen=True)
class GroupPlan:
    """Which enrollment goes to the group of which number, and what stands today."""

    cohort: Cohort
    enrollments: tuple[Enrollment, ...]
    numbers: Mapping[int, int]
    group_count: int

    def members_of(self, number: int) -> tuple[Enrollment, ...]:
        return tuple(e for e in self.enrollments if self.numbers.get(e.pk) == number)


def active_members(cohort: Cohort) -> tuple[Enrollment, ...]:
    people = Enrollment.objects.for_cohort(cohort).active().by_name()
    return tuple(people.select_related("participant", "facility", "group"))


def propose(cohort: Cohort, group_count: int, arrangement: Arrangement) -> GroupPlan:
    enrollments = active_members(cohort)
    if group_count < 1 or group_count > max(len(enrollments), 1):
        raise ValidationError(
            _("Write a number of groups from 1 to %(people)d, the people enrolled.")
            % {"people": len(enrollments)}
        )
    placed = arrange(
        (Member(e.pk, e.facility.region if e.facility else "", e.profession) for e in enrollments),
        group_count,
        arrangement,
    )
    numbers = {key: number for number, group in enumerate(placed, 1) for key in group}
    return GroupPlan(cohort, enrollments, numbers, group_count)


@transaction.atomic
def form_groups(
    cohort: Cohort,
    numbers: Mapping[int, int],
    *,
    tutors: Mapping[int, int] | None = None,
    seen: Mapping[int, int | None] | None = None,
    by: AbstractBaseUser | None,
    on: dt.date,
) -> int:
    """Puts each enrollment into the group of its number, and a tutor to each group named.

    `numbers`: enrollment id → group number; `tutors`: group number → tutor id. Groups that are
    missing are made; empty ones stay. Returns how many people changed group; the same plan again
    changes none. Who already has marks in a group's own sessions keeps them: the new group counts
    from `on`. Raises ValidationError for an enrollment that is not an active one of the cohort, and
    (code "stale") where someone moved a person since the group numbers `seen`.
    """
    cohort = locked_cohort(cohort.pk)
    people = {e.pk: e for e in Enrollment.objects.for_cohort(cohort).active()}
    if strangers := set(numbers) - set(people):
        raise ValidationError(
            _("%(count)d of these people are no longer active in the edition. Load the page again.")
            % {"count": len(strangers)}
        )
    known = list(cohort.groups.all())
    present = {group.pk: group.number for group in known}
    if seen is not None and any(
        present.get(people[key].group_id or 0) != seen.get(key) for key in numbers
    ):
        raise ValidationError(
            _("Someone moved a person since you opened this page. Nothing was saved: look again."),
            code="stale",
        )
    groups = _groups_numbered(cohort, known, {*numbers.values(), *(tutors or {})})
    marked = set(
        AttendanceRecord.objects.filter(
            enrollment__in=numbers, session__group__isnull=False
        ).values_list("enrollment_id", flat=True)
    )
    changed = []
    for key, number in numbers.items():
        enrollment, group = people[key], groups[number]
        if enrollment.group_id == group.pk:
            continue
        enrollment.group = group
        enrollment.group_since = max(on, enrollment.enrolled_on) if key in marked else None
        note(enrollment, Step.GROUP, on=enrollment.group_since or enrollment.enrolled_on)
        changed.append(enrollment)
    bulk_update_with_history(
        changed, Enrollment, ["group", "group_since"], batch_size=500, default_user=by
    )
    _assign_tutors(groups, tutors or {}, by=by, on=on)
    return len(changed)


def _groups_numbered(
    cohort: Cohort, present: Iterable[Group], numbers: set[int]
) -> dict[int, Group]:
    if any(number < 1 for number in numbers):
        raise ValidationError(_("Groups are numbered from 1."))
    known = {group.number: group for group in present}
    missing = [Group(cohort=cohort, number=number) for number in sorted(numbers - set(known))]
    known.update((group.number, group) for group in Group.objects.bulk_create(missing))
    return known


def _assign_tutors(
    groups: Mapping[int, Group],
    tutors: Mapping[int, int],
    *,
    by: AbstractBaseUser | None,
    on: dt.date,
) -> None:
    """Who replaces a tutor starts as the other ends; of several, the one who came last is replaced.

    A tutor who guides the group already stays as is.
    """
    if not tutors:
        return
    known = set(Tutor.objects.filter(pk__in=tutors.values()).values_list("pk", flat=True))
    if set(tutors.values()) - known:
        raise ValidationError(_("One of these tutors no longer exists. Load the page again."))
    open_ones: dict[int, list[TutorAssignment]] = {}
    for assignment in TutorAssignment.objects.filter(
        group__in=[groups[number] for number in tutors], ends_on__isnull=True
    ):
        open_ones.setdefault(assignment.group_id, []).append(assignment)
    ended, replaced, new = [], [], []
    for number, tutor in tutors.items():
        group = groups[number]
        start = max(on, group.cohort.starts_on) if group.pk in open_ones else group.cohort.starts_on
        present = open_ones.get(group.pk, [])
        if any(each.tutor_id == tutor for each in present):
            continue
        current = present[-1] if present else None
        if current is not None and current.starts_on >= start:
            current.tutor_id = tutor
            replaced.append(current)
            continue
        if current is not None:
            current.ends_on = start - dt.timedelta(days=1)
            ended.append(current)
        new.append(TutorAssignment(tutor_id=tutor, group=group, starts_on=start))
    try:
        with transaction.atomic():
            bulk_update_with_history(
                ended + replaced,
                TutorAssignment,
                ["tutor", "ends_on"],
                batch_size=500,
                default_user=by,
            )
            bulk_create_with_history(new, TutorAssignment, batch_size=500, default_user=by)
    except IntegrityError as error:
        raise ValidationError(
            _("This tutor already guides this group on some of these days.")
        ) from error


def move(
    enrollment: Enrollment, group: Group, *, on: dt.date, by: AbstractBaseUser | None
) -> Enrollment:
    """Moves one person: marks in the old group stay, the new group's sessions count from `on`."""
    form_groups(enrollment.cohort, {enrollment.pk: group.number}, by=by, on=on)
    enrollment.refresh_from_db()
    return enrollment
