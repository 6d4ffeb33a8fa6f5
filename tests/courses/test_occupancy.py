import datetime as dt

import pytest
from django.utils import translation

from courses.clashes import Resource
from courses.occupancy import GroupMember, People, clashes_of, others_in_the_way
from tests.factories import MONDAY, CohortFactory, GroupFactory, SessionFactory, at

pytestmark = pytest.mark.django_db

WEDNESDAY = MONDAY + dt.timedelta(days=2)
ANA = Resource("person", "dni:1", "Ana Quispe")


@pytest.fixture
def cohort():
    return CohortFactory(code="ATN-1")


def found(session, *members):
    with translation.override("en"):
        return [
            (each.second.label if each.first.key == session.pk else each.first.label)
            + ": "
            + ", ".join(shared.label for shared in each.resources)
            for each in clashes_of(session, members)
        ]


def test_two_sessions_of_the_whole_edition_clash_before_it_has_groups(cohort):
    SessionFactory(cohort=cohort, title="Visita")
    assert found(SessionFactory(cohort=cohort)) == ["Visita: ATN-1"]


def test_session_of_the_edition_clashes_with_that_of_its_group(cohort):
    group = GroupFactory(cohort=cohort, number=1)
    other = GroupFactory(cohort=cohort, number=2)
    SessionFactory(cohort=cohort, title="Reunión", group=group)
    assert found(SessionFactory(cohort=cohort)) == ["Reunión · Group 1: Group 1"]
    assert found(SessionFactory(cohort=CohortFactory())) == []
    meeting = SessionFactory(cohort=cohort, group=other, day=9)
    assert found(meeting) == []


def test_time_in_memory_is_what_counts(cohort):
    SessionFactory(cohort=cohort, title="Visita", day=3)
    session = SessionFactory(cohort=cohort)
    assert found(session) == []
    session.starts_at += dt.timedelta(days=1)
    session.ends_at += dt.timedelta(days=1)
    assert found(session) == ["Visita: ATN-1"]
    session.starts_at = at(WEDNESDAY + dt.timedelta(days=1), 20)
    session.ends_at = at(WEDNESDAY + dt.timedelta(days=1), 21)
    assert found(session) == []


def test_session_neither_clashes_with_itself_nor_with_a_cancelled_one(cohort):
    SessionFactory(cohort=cohort, status="cancelled", cancellation_reason="Huelga")
    assert found(SessionFactory(cohort=cohort)) == []


def test_whoever_is_in_two_editions_without_a_group_is_found(cohort):
    other = CohortFactory(code="OTRA-1")
    theirs = SessionFactory(cohort=other, title="Taller")
    mine = SessionFactory(cohort=cohort)
    members = [
        GroupMember(None, ANA, cohort_id=cohort.pk),
        GroupMember(None, ANA, cohort_id=other.pk),
    ]
    assert found(mine) == []
    assert found(mine, *members) == ["OTRA-1: Taller: Ana Quispe"]
    group = GroupFactory(cohort=other)
    theirs.group = group
    theirs.save()
    assert found(mine, *members) == []
    assert len(found(mine, members[0], GroupMember(group.pk, ANA))) == 1


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow(cohort, number, django_assert_num_queries):
    session = SessionFactory(cohort=cohort)
    for _n in range(number):
        GroupFactory(cohort=cohort)
        other = CohortFactory()
        SessionFactory(cohort=other, group=GroupFactory(cohort=other))
    with django_assert_num_queries(3):
        clashes_of(session, ())


def test_only_others_that_may_share_a_place_or_somebody_are_in_the_way(cohort):
    own = GroupFactory(cohort=cohort)
    other = CohortFactory()
    hers, strangers = GroupFactory(cohort=other), GroupFactory(cohort=other)
    as_participant = CohortFactory()
    for_all = SessionFactory(cohort=other, title="De todos")
    guided = SessionFactory(cohort=other, group=hers, title="Del grupo que guía")
    SessionFactory(cohort=other, group=strangers, title="De otros")
    attended = SessionFactory(cohort=as_participant, title="A la que asiste")
    at_a_venue = SessionFactory(modality="hybrid", venue="Auditorio", title="En un lugar")
    SessionFactory(modality="online", venue="Auditorio", title="En ninguno")
    SessionFactory(title="Ajena")
    people = People.of_edition(
        [
            GroupMember(own.pk, ANA),
            GroupMember(hers.pk, ANA),
            GroupMember(strangers.pk, Resource("person", "dni:2", "Rosa Huamán")),
            GroupMember(None, ANA, cohort_id=as_participant.pk),
        ],
        cohort,
        {own.pk},
    )

    found = others_in_the_way(cohort, people, at(MONDAY, 0), at(WEDNESDAY, 23))

    assert set(found) == {for_all, guided, attended, at_a_venue}


def test_nobody_elsewhere_leaves_no_other_in_the_way(cohort):
    group = GroupFactory(cohort=cohort)
    SessionFactory()
    people = People.of_edition([GroupMember(group.pk, ANA)], cohort, {group.pk})

    assert not others_in_the_way(cohort, people, at(MONDAY, 0), at(WEDNESDAY, 23)).exists()
