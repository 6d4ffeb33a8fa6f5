import datetime as dt
from collections import Counter
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorFactory,
)
from tutors.grouping import Arrangement, Member, arrange, form_groups, move, propose, sizes
from tutors.models import TutorAssignment

people = st.lists(
    st.tuples(st.sampled_from(["01", "07", "15", "25"]), st.sampled_from("abc")), max_size=60
).map(lambda rows: [Member(key, region, job) for key, (region, job) in enumerate(rows)])


def test_sizes_of_the_first_edition():
    assert sizes(132, 10) == [14, 14] + [13] * 8


@given(people, st.integers(1, 12), st.sampled_from(Arrangement))
def test_arrange_places_each_once_in_balanced_groups(members, groups, arrangement):
    placed = arrange(members, groups, arrangement)
    assert sorted(key for group in placed for key in group) == [m.key for m in members]
    assert len(placed) == groups
    assert max(map(len, placed)) - min(map(len, placed)) <= 1


@given(people, st.integers(1, 12), st.sampled_from(Arrangement), st.randoms())
def test_arrange_does_not_depend_on_the_order(members, groups, arrangement, random):
    shuffled = random.sample(members, len(members))
    assert arrange(shuffled, groups, arrangement) == arrange(members, groups, arrangement)


@given(people, st.integers(1, 6))
def test_spread_leaves_no_swap_that_would_even_it_out(members, groups):
    by_key = {member.key: member for member in members}
    placed = [list(group) for group in arrange(members, groups, Arrangement.SPREAD)]

    def unevenness():
        return sum(
            count**2
            for group in placed
            for trait in ("region", "profession")
            for count in Counter(getattr(by_key[key], trait) for key in group).values()
        )

    before = unevenness()
    for here in range(groups):
        for there in range(here):
            for i in range(len(placed[here])):
                for j in range(len(placed[there])):
                    a, b = placed[here][i], placed[there][j]
                    placed[here][i], placed[there][j] = b, a
                    assert unevenness() >= before
                    placed[here][i], placed[there][j] = a, b


def test_region_kept_together_where_it_fits():
    members = [Member(key, "15" if key < 6 else "07", "a") for key in range(12)]
    assert arrange(members, 2, Arrangement.REGION) == (tuple(range(6, 12)), tuple(range(6)))


@pytest.fixture
def enrolled(db):
    cohort = CohortFactory()
    return cohort, EnrollmentFactory.create_batch(5, cohort=cohort)


def test_form_groups_makes_groups_and_assigns_tutors(enrolled, coordinator):
    cohort, enrollments = enrolled
    tutors = TutorFactory.create_batch(2)
    plan = propose(cohort, 2, Arrangement.SPREAD)
    changed = form_groups(
        cohort,
        plan.numbers,
        tutors={1: tutors[0].pk, 2: tutors[1].pk},
        by=coordinator,
        on=MONDAY,
    )
    assert changed == 5
    assert sorted(group.enrollments.count() for group in cohort.groups.all()) == [2, 3]
    assert TutorAssignment.objects.on(MONDAY).count() == 2
    assert enrollments[0].history.first().history_user == coordinator


def test_form_groups_again_changes_nothing(enrolled):
    cohort, enrollments = enrolled
    plan = propose(cohort, 2, Arrangement.SPREAD)
    tutors = {1: TutorFactory().pk}
    form_groups(cohort, plan.numbers, tutors=tutors, by=None, on=MONDAY)
    assert form_groups(cohort, plan.numbers, tutors=tutors, by=None, on=MONDAY) == 0
    assert enrollments[0].history.count() == 2
    assert TutorAssignment.objects.count() == 1


def test_form_groups_with_a_stranger_is_refused_whole(enrolled):
    cohort, enrollments = enrolled
    stranger = EnrollmentFactory()
    with pytest.raises(ValidationError):
        form_groups(cohort, {enrollments[0].pk: 1, stranger.pk: 1}, by=None, on=MONDAY)
    assert not cohort.groups.exists()


def test_form_groups_with_who_withdrew_is_refused(enrolled):
    cohort, enrollments = enrolled
    Enrollment.objects.filter(pk=enrollments[0].pk).update(status="withdrawn", ended_on=MONDAY)
    with pytest.raises(ValidationError):
        form_groups(cohort, {enrollments[0].pk: 1}, by=None, on=MONDAY)


def test_replaced_tutor_ends_the_day_before(enrolled):
    cohort, _enrollments = enrolled
    old = TutorAssignmentFactory(group=GroupFactory(cohort=cohort, number=1))
    new = TutorFactory()
    day = MONDAY + dt.timedelta(days=7)
    form_groups(cohort, {}, tutors={1: new.pk}, by=None, on=day)
    old.refresh_from_db()
    assert old.ends_on == day - dt.timedelta(days=1)
    assert list(TutorAssignment.objects.on(day).values_list("tutor", flat=True)) == [new.pk]


def test_move_keeps_marks_and_counts_the_new_group_from_the_day(enrolled):
    cohort, (enrollment, *_others) = enrolled
    first, second = GroupFactory(cohort=cohort, number=1), GroupFactory(cohort=cohort, number=2)
    enrollment.group = first
    enrollment.save()
    AttendanceRecordFactory(
        enrollment=enrollment, session=SessionFactory(cohort=cohort, group=first)
    )
    day = MONDAY + dt.timedelta(days=7)
    move(enrollment, second, on=day, by=None)
    assert (enrollment.group, enrollment.group_since) == (second, day)
    assert enrollment.attendance.count() == 1


def test_new_group_counts_from_the_enrollment_at_the_earliest(enrolled):
    cohort, (enrollment, *_others) = enrolled
    first, second = GroupFactory(cohort=cohort, number=1), GroupFactory(cohort=cohort, number=2)
    enrollment.group = first
    enrollment.save()
    AttendanceRecordFactory(
        enrollment=enrollment, session=SessionFactory(cohort=cohort, group=first)
    )
    move(enrollment, second, on=enrollment.enrolled_on - dt.timedelta(days=300), by=None)
    assert (enrollment.group, enrollment.group_since) == (second, enrollment.enrolled_on)


def test_tutor_who_guides_the_group_already_stays_beside_the_other(enrolled):
    cohort, _enrollments = enrolled
    group = GroupFactory(cohort=cohort, number=1)
    first, second = TutorFactory.create_batch(2)
    for tutor in (first, second):
        TutorAssignmentFactory(tutor=tutor, group=group, starts_on=cohort.starts_on)
    for tutor in (first, second):
        form_groups(cohort, {}, tutors={1: tutor.pk}, by=None, on=MONDAY + dt.timedelta(days=7))
    assert TutorAssignment.objects.filter(ends_on__isnull=True).count() == 2


def test_tutor_who_substituted_from_that_day_on_is_refused(enrolled):
    cohort, _enrollments = enrolled
    group = GroupFactory(cohort=cohort, number=1)
    day = MONDAY + dt.timedelta(days=7)
    TutorAssignmentFactory(group=group, starts_on=cohort.starts_on)
    substitute = TutorAssignmentFactory(group=group, starts_on=day, ends_on=day).tutor
    with pytest.raises(ValidationError, match=r"grupo|group"):
        form_groups(cohort, {}, tutors={1: substitute.pk}, by=None, on=day)


def test_propose_more_groups_than_people_is_refused(enrolled):
    with pytest.raises(ValidationError):
        propose(enrolled[0], 6, Arrangement.SPREAD)


@pytest.mark.django_db
@pytest.mark.parametrize("people", [1, 3])
def test_form_groups_queries(django_assert_num_queries, people):
    cohort = CohortFactory()
    enrollments = EnrollmentFactory.create_batch(people, cohort=cohort)
    GroupFactory(cohort=cohort, number=1)
    with django_assert_num_queries(8):
        form_groups(cohort, {e.pk: 1 for e in enrollments}, by=None, on=MONDAY)


def test_command_forms_and_reports(enrolled):
    cohort, _enrollments = enrolled
    tutor = TutorFactory()
    out = StringIO()
    call_command("form_groups", cohort=cohort.code, groups=2, tutors=[tutor.email], stdout=out)
    assert "1: 3" in out.getvalue()
    assert cohort.groups.count() == 2
    assert TutorAssignment.objects.get().tutor == tutor


def test_command_dry_run_changes_nothing(enrolled):
    cohort, _enrollments = enrolled
    call_command("form_groups", cohort=cohort.code, groups=2, dry_run=True, stdout=StringIO())
    assert not cohort.groups.exists()


@pytest.mark.parametrize("options", [{"cohort": "NADA"}, {"tutors": ["nadie@x.example"]}])
def test_command_names_what_is_unknown(enrolled, options):
    with pytest.raises(CommandError, match="There is no"):
        call_command("form_groups", **{"cohort": enrolled[0].code, "groups": 2, **options})
