import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Cohort, CohortModule
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    AttendanceWarningFactory,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    ModuleCompletionFactory,
    ParticipantFactory,
    SessionFactory,
    SessionPatternFactory,
    TutorAssignmentFactory,
    TutorFactory,
    UserFactory,
    at,
)
from tests.trainingprog.admin_rows import make_rows, messages_of
from trainingprog.open_tasks import Task, next_task

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def session(cohort_module):
    return SessionFactory(cohort=cohort_module.cohort, cohort_module=cohort_module)


def pages(cohort_module) -> list[str]:
    return [
        reverse("edition", args=[cohort_module.cohort_id]),
    ]


@pytest.mark.parametrize("who", ["tutor", "participant"])
def test_pages_are_the_coordinators(who, cohort_module, request, log_in):
    client = log_in(request.getfixturevalue(who))
    for path in [*pages(cohort_module), reverse("find_person")]:
        assert client.get(path).status_code in (302, 403), path


def test_pages_need_their_permission(coordinator, cohort_module, log_in):
    coordinator.groups.get().permissions.clear()
    client = log_in(coordinator)
    for path in pages(cohort_module):
        assert client.get(path).status_code == 403, path


def test_pages_of_nothing_are_not_found(client, db):
    for name in ("edition", "module_close", "module_reopen"):
        assert client.get(reverse(name, args=[999])).status_code == 404


def test_edition_is_only_read(client, cohort):
    assert client.post(reverse("edition", args=[cohort.pk])).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_edition_queries_do_not_grow(n, coordinator, client):
    make_rows(n, coordinator)
    path = reverse("edition", args=[Cohort.objects.order_by("pk")[0].pk])
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    # The session, the user and one for the permissions, the others for the edition.
    assert len(queries) == 24


def test_edition_leads_to_everything_that_it_names(client, cohort, session, group, enrollment):
    """Each link of the page's own answers."""
    page = client.get(reverse("edition", args=[cohort.pk])).content.decode()
    task = page.partition('<div class="task">')[2].partition("<!-- end -->")[0]
    links = {link.partition("#")[0] for link in re.findall(r'href="(/[^"]+)"', task)}
    assert len(links) > 20
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_empty_edition_says_what_to_begin_with(client, db):
    cohort = CohortFactory(status="draft")
    response = client.get(reverse("edition", args=[cohort.pk]))
    tasks = response.context["tasks"]
    open_tasks = [number for number, task in enumerate(tasks, 1) if task.is_open]
    assert open_tasks == [1, 2, 4, 6, 7, 10]
    assert response.context["next_task"] is tasks[1]


def test_draft_is_opened_once_nothing_else_is_to_do():
    def task(title, is_open):
        return Task(title, "", is_open, ())

    data = task("data", is_open=True)
    assert next_task((data, task("groups", is_open=False))) is data
    groups = task("groups", is_open=True)
    assert next_task((data, groups)) is groups
    assert next_task((task("data", is_open=False),)) is None


def test_of_a_closed_edition_nothing_is_left_to_do_but_its_certificates(client, cohort, session):
    CohortModuleFactory(cohort=cohort)
    CohortModule.objects.update(closed_at=at(MONDAY, 9))
    EnrollmentFactory(cohort=cohort)

    def still_open():
        tasks = client.get(reverse("edition", args=[cohort.pk])).context["tasks"]
        return [number for number, task in enumerate(tasks) if task.is_open]

    modules, groups, accounts, attendance, scores, outcomes, certificates = 1, 6, 7, 8, 9, 13, 14
    assert {modules, groups, accounts, attendance, scores, outcomes, certificates} <= {
        *still_open()
    }
    Cohort.objects.update(status="closed")
    assert still_open() == [certificates]


def test_rule_published_ahead_of_the_first_day_is_not_missing(client):
    first, last = dt.date(2099, 3, 2), dt.date(2099, 3, 29)
    module = CohortModuleFactory(cohort=CohortFactory(starts_on=first, ends_on=last))
    rule = CompletionRuleFactory(cohort_module=module, effective_on=first)
    overview = client.get(reverse("edition", args=[module.cohort_id])).context["overview"]
    assert [each.rule_version for each in overview.modules] == [rule.version]


def test_rules_that_are_missing_are_one_step_away(client, cohort):
    cohort_module = CohortModuleFactory(cohort=cohort)
    edition = reverse("edition", args=[cohort_module.cohort_id])
    _, modules, *_, outcomes = client.get(edition).context["tasks"][:14]
    assert modules.links[0].url == reverse("module_rule", args=[cohort_module.pk])
    assert outcomes.is_open
    assert outcomes.links[0].url == reverse("edition_rule", args=[cohort_module.cohort_id])

    CompletionRuleFactory(cohort_module=cohort_module)
    CompletionRuleFactory(cohort_module=None, cohort=cohort_module.cohort)
    _, modules, *_, outcomes = client.get(edition).context["tasks"][:14]
    assert not modules.is_open
    assert not outcomes.is_open
    rules = reverse("edition_rules", args=[cohort.pk])
    assert modules.links[-1].url == rules

    of_edition = {"cohort_module": None, "cohort": cohort, "version": 2}
    CompletionRuleFactory(**of_edition, published_at=None, effective_on=None)
    _, modules, *_ = client.get(edition).context["tasks"]
    assert (modules.is_open, modules.links[0].url) == (True, rules)


def test_exception_that_waits_is_told_to_who_may_approve_it(client, cohort, enrollment):
    completion = ModuleCompletionFactory(
        enrollment=enrollment, override_reason="other", needs_approval=True
    )
    CompletionRuleFactory(cohort_module=None, cohort=cohort)
    edition = reverse("edition", args=[cohort.pk])
    assert client.get(edition).context["tasks"][13].is_open
    type(completion).objects.update(approved_by=UserFactory(), approved_at=completion.decided_at)
    assert not client.get(edition).context["tasks"][13].is_open


def test_sessions_of_groups_wait_for_the_groups(client, cohort):
    SessionPatternFactory(cohort=cohort, audience="group")
    edition = reverse("edition", args=[cohort.pk])
    assert not client.get(edition).context["tasks"][3].is_open
    GroupFactory(cohort=cohort)
    assert client.get(edition).context["tasks"][3].is_open


def test_edition_shows_what_is_late_and_who_is_at_risk(client, cohort, session, group, enrollment):
    for day in (3, 4):
        SessionFactory(cohort=cohort, day=day)
    overview = client.get(reverse("edition", args=[cohort.pk])).context["overview"]
    assert len(overview.overdue) == 3
    assert overview.next_session is None
    assert (overview.enrolled, overview.group_count, overview.session_count) == (1, 1, 3)


def test_edition_says_when_who_is_at_risk_was_told(client, cohort, enrollment):
    for day in (2, 3, 4):
        mark = AttendanceRecordFactory(
            enrollment=enrollment, session=SessionFactory(cohort=cohort, day=day), state="absent"
        )
    AttendanceWarningFactory(
        enrollment=enrollment, audience="participant", sent_at=mark.session.ends_at
    )
    page = client.get(reverse("edition", args=[cohort.pk])).text
    assert "avisada por correo el 06/03/2026" in page


def test_edition_shows_the_days_on_which_a_group_has_no_tutor(client, cohort, group, other_group):
    TutorAssignmentFactory(group=group)
    TutorAssignmentFactory(group=other_group, ends_on=MONDAY + dt.timedelta(days=13))
    TutorAssignmentFactory(group=other_group, starts_on=MONDAY + dt.timedelta(days=15))
    response = client.get(reverse("edition", args=[cohort.pk]))
    overview = response.context["overview"]
    [gap] = overview.gaps
    day = MONDAY + dt.timedelta(days=14)
    assert (gap.group, gap.starts_on, gap.ends_on) == (other_group, day, day)
    assert overview.groups_without_tutor == 0
    assert response.context["tasks"][5].is_open
    assert "16/03/2026" in response.text
    assert reverse("group_substitute", args=[other_group.pk]) in response.text


def test_edition_shows_a_group_that_has_no_tutor_today(client, cohort, group):
    overview = client.get(reverse("edition", args=[cohort.pk])).context["overview"]
    assert (len(overview.gaps), overview.groups_without_tutor) == (1, 1)


def test_person_is_found_by_document_which_stands_in_no_address(client, db):
    participant = ParticipantFactory(document_number="41234567")
    tutor = TutorFactory(document_number="09876543")
    path = reverse("find_person")
    for person, number in ((participant, "41234567"), (tutor, " 09876543 ")):
        response = client.post(path, {"document": number})
        assert response.headers["Location"].endswith(f"/{person.pk}/change/")
        assert number.strip() not in response.headers["Location"]
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("number", ["", "40000000"])
def test_nobody_is_found_by_a_document_that_none_has(client, db, number):
    response = client.post(reverse("find_person"), {"document": number})
    assert response.headers["Location"] == "/admin/"
    assert messages_of(response)


def test_first_page_shows_the_current_editions(client, cohort, group, enrollment):
    SessionFactory(cohort=cohort)
    SessionFactory(cohort=cohort, day=20)
    SessionFactory(cohort=cohort, day=21, status="cancelled", cancellation_reason="Feriado")
    BreakFactory(cohort=cohort)
    closed = CohortFactory(status="closed")
    (card,) = client.get("/admin/").context["editions"]
    assert card.cohort == cohort
    assert card.cohort != closed
    assert (card.enrolled, card.groups, card.sessions, card.held) == (1, 1, 2, 1)
    overview = client.get(reverse("edition", args=[cohort.pk])).context["overview"]
    assert (overview.session_count, overview.sessions_held) == (2, 1)
    assert (card.week, card.weeks) == (None, 3)
    assert card.overdue == 1
    assert card.next_session.day == MONDAY + dt.timedelta(days=20)


@pytest.mark.parametrize("n", [1, 3])
def test_first_page_queries_do_not_grow(n, client, db):
    for _number in range(n):
        cohort = CohortFactory()
        BreakFactory(cohort=cohort)
        EnrollmentFactory(cohort=cohort, group=GroupFactory(cohort=cohort))
        SessionFactory(cohort=cohort, day=20)
        SessionFactory(cohort=cohort, day=1)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as queries:
        assert len(client.get("/admin/").context["editions"]) == n
    assert len(queries) == 7


def test_first_page_without_permissions_shows_no_edition(coordinator, cohort, log_in):
    coordinator.groups.get().permissions.clear()
    response = log_in(coordinator).get("/admin/")
    assert response.status_code == 200
    assert cohort.code not in response.content.decode()


@pytest.mark.parametrize(("status", "is_open"), [("draft", True), ("open", False)])
def test_draft_says_that_nobody_sees_it_yet(status, is_open, log_in, coordinator):
    cohort = CohortFactory(status=status)
    page = log_in(coordinator).get(reverse("edition", args=[cohort.pk]))
    assert page.context["tasks"][0].is_open is is_open
