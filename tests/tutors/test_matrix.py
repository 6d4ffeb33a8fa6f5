import pytest
from django.urls import reverse

from courses.models import Group
from participants.models import Enrollment
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    CohortFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    SessionFactory,
    SessionPatternFactory,
)
from tutors.matrix import Matrix
from tutors.scope import OpenedGroup

pytestmark = pytest.mark.usefixtures("clock")


def group_page(group: Group) -> str:
    return reverse("tutors:matrix", args=[group.pk])


def cohort_page(cohort) -> str:
    return reverse("tutors:cohort_matrix", args=[cohort.pk])


def people_with_marks(group: Group, number: int) -> None:
    sessions = [SessionFactory(cohort=group.cohort, day=n) for n in range(number)]
    for _ in range(number):
        enrollment = EnrollmentFactory(cohort=group.cohort, group=group)
        for session in sessions:
            AttendanceRecordFactory(enrollment=enrollment, session=session)


def test_tutor_sees_the_marks_of_the_own_group(log_in, tutor, enrollment, group) -> None:
    marked = SessionFactory(cohort=group.cohort, day=1)
    SessionFactory(cohort=group.cohort, day=3)
    future = SessionFactory(cohort=group.cohort, day=20)
    AttendanceRecordFactory(enrollment=enrollment, session=marked, state="late")
    page = log_in(tutor).get(group_page(group)).content.decode()
    register = reverse("tutors:register", args=[marked.pk, group.pk])
    assert f'<td><a href="{register}" class="m-late">T</a></td>' in page
    assert page.count('class="m-untaken">') == 1
    assert '<td><span class="m-future"></span></td>' in page
    assert reverse("tutors:register", args=[future.pk, group.pk]) not in page
    assert str(enrollment.participant) in page
    assert enrollment.participant.document_number not in page


def test_three_percentages_stand_beside_each_person(log_in, tutor, enrollment, group) -> None:
    for day, state in enumerate(["present", "present", "absent"]):
        session = SessionFactory(cohort=group.cohort, day=day)
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    SessionFactory(cohort=group.cohort, day=20)
    (row,) = log_in(tutor).get(group_page(group)).context["matrix"].rows
    assert (row.to_date, row.best_possible, row.certain) == ("66", "75", "50")
    assert (row.absences_left, row.chip) == (0, "chip-risk")


@pytest.mark.parametrize(
    ("asked", "minimum", "left", "chip"),
    [(60, 60, 0, "chip-warn"), (50, 50, 1, "chip-ok"), (0, 80, 0, "chip-risk")],
)
def test_minimum_is_that_of_the_editions_rule_in_force_that_asks_for_attendance(
    asked, minimum, left, chip, log_in, coordinator, enrollment, group, cohort
) -> None:
    CompletionRuleFactory(cohort_module=None, cohort=cohort, minimum_attendance_percent=asked)
    for day, state in enumerate(["present", "present", "absent"]):
        session = SessionFactory(cohort=cohort, day=day)
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    SessionFactory(cohort=cohort, day=20)
    client = log_in(coordinator)
    for address in (group_page(group), cohort_page(cohort)):
        page = client.get(address)
        (row,) = page.context["matrix"].rows
        assert (row.absences_left, row.chip) == (left, chip)
        assert f"mínimo {minimum}\u00a0%" in page.text


def test_person_who_left_is_shown_as_such(log_in, tutor, group) -> None:
    EnrollmentFactory(
        cohort=group.cohort, group=group, status=Enrollment.Status.WITHDRAWN, ended_on=MONDAY
    )
    (row,) = log_in(tutor).get(group_page(group)).context["matrix"].rows
    assert row.has_left
    assert (row.to_date, row.absences_left) == ("—", None)


def test_group_without_people_is_said(log_in, tutor, group) -> None:
    response = log_in(tutor).get(group_page(group))
    assert response.status_code == 200
    assert "<table" not in response.content.decode()


def test_sessions_of_another_group_are_not_linked(group, other_group, enrollment, clock) -> None:
    as_guest = SessionFactory(cohort=group.cohort, day=1, group=other_group)
    AttendanceRecordFactory(enrollment=enrollment, session=as_guest)
    matrix = Matrix.of_group(OpenedGroup(group, True), at=as_guest.ends_at)
    assert matrix.rows[0].cells == '<td><span class="m-present">P</span></td>'
    assert matrix.columns[0].url == ""


def test_names_cannot_carry_markup(log_in, tutor, group) -> None:
    EnrollmentFactory(
        cohort=group.cohort, group=group, participant__paternal_surname="<b>Apaza</b>"
    )
    assert b"<b>Apaza" not in log_in(tutor).get(group_page(group)).content


def test_other_tutor_finds_no_such_group(log_in, other_tutor, enrollment, group) -> None:
    response = log_in(other_tutor).get(group_page(group))
    assert response.status_code == 404
    assert str(enrollment.participant) not in response.content.decode()


def test_coordinator_sees_any_group_and_the_whole_edition(
    log_in, coordinator, enrollment, other_enrollment, group
) -> None:
    client = log_in(coordinator)
    assert client.get(group_page(group)).status_code == 200
    EnrollmentFactory(cohort=CohortFactory())
    rows = client.get(cohort_page(group.cohort)).context["matrix"].rows
    assert [row.group for row in rows] == [enrollment.group, other_enrollment.group]


def test_plenary_of_the_edition_leads_to_its_whole_register(
    log_in, coordinator, enrollment, cohort
) -> None:
    session = SessionFactory(cohort=cohort, day=1)
    (column,) = log_in(coordinator).get(cohort_page(cohort)).context["matrix"].columns
    assert column.url == reverse("tutors:register", args=[session.pk])


def test_groups_share_the_column_of_their_pattern_without_a_link(
    log_in, coordinator, enrollment, other_enrollment, cohort
) -> None:
    pattern = SessionPatternFactory(cohort=cohort, audience="group")
    for day, one in enumerate([enrollment, other_enrollment]):
        session = SessionFactory(cohort=cohort, day=day, group=one.group, pattern=pattern)
        AttendanceRecordFactory(enrollment=one, session=session)
    matrix = log_in(coordinator).get(cohort_page(cohort)).context["matrix"]
    assert [(column.day, column.url) for column in matrix.columns] == [("02–03/03", "")]
    assert not any("<a" in row.cells for row in matrix.rows)
    assert [row.group_url for row in matrix.rows] == [
        group_page(enrollment.group),
        group_page(other_enrollment.group),
    ]


@pytest.mark.parametrize("who", ["tutor", "other_tutor", "participant"])
def test_whole_edition_is_the_coordinators_alone(who, request, log_in, cohort) -> None:
    response = log_in(request.getfixturevalue(who)).get(cohort_page(cohort))
    assert response.status_code == 403


def test_staff_without_the_permission_is_refused(log_in, coordinator, group) -> None:
    coordinator.groups.clear()
    client = log_in(coordinator)
    assert client.get(group_page(group)).status_code == 403
    assert client.get(cohort_page(group.cohort)).status_code == 403


def test_participant_is_refused_and_stranger_is_led_to_log_in(
    log_in, client, participant, group
) -> None:
    assert log_in(participant).get(group_page(group)).status_code == 403
    for address in (group_page(group), cohort_page(group.cohort)):
        response = client.get(address)
        assert response.status_code == 302
        assert reverse("account_login") in response["Location"]


def test_unknown_is_not_found_and_posting_is_refused(log_in, coordinator, tutor, group) -> None:
    client = log_in(coordinator)
    for name in ("tutors:matrix", "tutors:cohort_matrix"):
        assert client.get(reverse(name, args=[0])).status_code == 404
    for address in (group_page(group), cohort_page(group.cohort)):
        assert client.post(address).status_code == 405


@pytest.mark.parametrize("people", [1, 3])
def test_group_page_costs_the_same_for_any_number(
    people, log_in, tutor, group, cohort_module, django_assert_num_queries
) -> None:
    people_with_marks(group, people)
    client = log_in(tutor)
    client.get(group_page(group))
    # Session, user, group; rules, people, sessions with marks, modules with decisions.
    with django_assert_num_queries(7):
        assert len(client.get(group_page(group)).context["matrix"].rows) == people


@pytest.mark.parametrize("people", [1, 3])
def test_edition_page_costs_the_same_for_any_number(
    people, log_in, coordinator, cohort, django_assert_num_queries
) -> None:
    for _ in range(people):
        people_with_marks(GroupFactory(cohort=cohort), people)
    client = log_in(coordinator)
    client.get(cohort_page(cohort))
    # Session, user, permissions, edition; rules, people, sessions with marks.
    with django_assert_num_queries(7):
        found = client.get(cohort_page(cohort)).context["matrix"]
    assert len(found.rows) == people * people
