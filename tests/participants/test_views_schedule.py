import datetime as dt

import pytest
from django.urls import reverse

from courses.models import Cohort
from participants.models import Enrollment, ModuleCompletion
from tests.factories import (
    MONDAY,
    AttendanceRecordFactory,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    ParticipantFactory,
    SessionFactory,
    at,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LINK = "https://reuniones.example/sala-secreta"
FRIDAY = MONDAY + dt.timedelta(days=11)
PAGES = ["home", "schedule"]


@pytest.fixture
def client(log_in, participant):
    client = log_in(participant)
    client.cookies["language"] = "en"
    return client


@pytest.fixture
def tonight(cohort):
    """At 18:00 of the day on which the clock stands at noon."""
    return SessionFactory(cohort=cohort, day=11, title="Plenaria", number=2, meeting_link=LINK)


def url(name, *args):
    return reverse(f"participants:{name}", args=args)


def own_pages(session, enrollment):
    return [
        url("home"),
        url("schedule"),
        url("edition", enrollment.pk),
        url("edition_schedule", enrollment.pk),
        url("session", session.pk),
        url("session_calendar", session.pk),
    ]


def test_pages_open_for_oneself(client, tonight, enrollment):
    for page in own_pages(tonight, enrollment):
        assert client.get(page).status_code == 200, page
    assert client.get(url("join", tonight.pk)).status_code == 302


def test_pages_of_another_are_not_found(log_in, other_participant, tonight, enrollment, group):
    tonight.group = group
    tonight.save()
    client = log_in(other_participant)
    for page in [*own_pages(tonight, enrollment)[2:], url("join", tonight.pk)]:
        assert client.get(page).status_code == 404, page


@pytest.mark.parametrize("role", ["coordinator", "tutor"])
def test_pages_are_refused_to_other_roles(request, log_in, role, tonight, enrollment):
    client = log_in(request.getfixturevalue(role))
    for page in [*own_pages(tonight, enrollment), url("join", tonight.pk)]:
        assert client.get(page).status_code == 403, page


def test_pages_lead_strangers_to_the_log_in(client, tonight, enrollment):
    client.logout()
    for page in [*own_pages(tonight, enrollment), url("join", tonight.pk)]:
        assert client.get(page).url.startswith(reverse("account_login")), page


def test_pages_refuse_other_methods(client, tonight, enrollment):
    for page in [*own_pages(tonight, enrollment), url("join", tonight.pk)]:
        assert client.post(page).status_code == 405, page


@pytest.mark.parametrize("page", PAGES)
def test_page_without_enrollment_says_so(log_in, participant, enrollment, page):
    Enrollment.objects.update(status=Enrollment.Status.APPLIED)
    assert log_in(participant).get(url(page)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_no_draft_edition(client, enrollment, tonight, page):
    Cohort.objects.update(status=Cohort.Status.DRAFT)
    assert "Plenaria" not in client.get(url(page)).content.decode()
    assert client.get(url("session", tonight.pk)).status_code == 404


# ---- home ------------------------------------------------------------------------------------


def test_home_says_when_the_next_session_is_and_when_its_link_opens(client, tonight):
    text = client.get(url("home")).content.decode()
    assert "Plenaria 2" in text
    assert "today 18:00" in text
    assert "opens today 17:45" in text
    assert url("join", tonight.pk) not in text


def test_home_has_the_way_into_the_meeting_while_it_is_open(client, tonight, clock):
    clock.move_to(at(FRIDAY, 17, 45))
    assert url("join", tonight.pk) in client.get(url("home")).content.decode()


def test_home_shows_a_move_with_both_dates_and_a_cancellation_with_its_reason(client, cohort):
    SessionFactory(cohort=cohort, day=16, moved_from=at(MONDAY + dt.timedelta(14), 9), sequence=1)
    SessionFactory(
        cohort=cohort, day=15, status="cancelled", cancellation_reason="Paro regional", sequence=1
    )
    news = client.get(url("home")).context["home"].news
    text = client.get(url("home")).content.decode()
    assert len(news) == 2
    assert "Monday 16/03 09:00" in text
    assert "Wednesday 18/03 18:00" in text
    assert "Paro regional" in text


def test_home_does_not_show_what_concerns_another_group(client, cohort, other_group, tonight):
    SessionFactory(cohort=cohort, group=other_group, day=9, title="Ajena", number=7)
    assert "Ajena" not in client.get(url("home")).content.decode()


def test_home_names_the_break_that_it_is(client, cohort, enrollment):
    BreakFactory(cohort=cohort, reason="Receso de marzo")
    assert "Receso de marzo, until 15/03/2026" in client.get(url("home")).content.decode()


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([], "nothing to count"),
        (["present", None, None, None, None], "You may still miss 1 session "),
        (["absent", None, None, None, None], "no absence left"),
        (["absent", "absent", None, None, None], "out of reach"),
        (["present"] * 5, "You already have the minimum of 80"),
        (["present", "present", "", "", ""], "the register of 3 sessions that is not taken yet"),
        (["absent", "present", "", "present", "present"], "the register of 1 session that is not"),
    ],
)
def test_home_says_the_absences_left_in_words(client, cohort, enrollment, marks, words):
    """None lies ahead; of what was held and has no mark nothing can be missed any more."""
    for number, state in enumerate(marks):
        session = SessionFactory(cohort=cohort, day=number + 12 * (state is None))
        if state:
            AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    assert words in client.get(url("home")).content.decode()


@pytest.mark.parametrize("status", ["enrolled", "completed"])
def test_home_of_a_decided_edition_asks_for_nothing_more(client, cohort, enrollment, status):
    CohortModuleFactory(cohort=cohort)
    enrollment.status = status
    enrollment.save()
    text = client.get(url("home")).content.decode()
    is_open = status == "enrolled"
    assert ("No session lies ahead." in text) is is_open
    assert ("What is missing, and scores" in text) is is_open
    assert "No session this week." in text
    assert url("progress", enrollment.pk) in text


def test_home_shows_the_three_percentages(client, cohort, enrollment):
    for number, state in enumerate(["present", "absent", None, None]):
        session = SessionFactory(cohort=cohort, day=number)
        if state:
            AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    text = client.get(url("home")).content.decode()
    for figure in ("50\u00a0%", "25\u00a0%", "75\u00a0%"):
        assert f'<dd class="figure-big">{figure}</dd>' in text


def test_home_shows_what_was_decided_of_a_module(client, cohort_module, enrollment, coordinator):
    ModuleCompletion.objects.create(
        enrollment=enrollment,
        cohort_module=cohort_module,
        rule=cohort_module.rules.get(),
        meets_rule=True,
        attendance_percent=90,
        sessions_counted=4,
        sessions_taken=4,
        decided_by=coordinator,
        decided_at=at(FRIDAY, 9),
    )
    text = client.get(url("home")).content.decode()
    assert "chip-ok" in text
    assert "Decided on 13/03/2026" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [("completed", "You completed the edition"), ("not_completed", "You did not complete")],
)
def test_home_begins_with_how_the_edition_ended(client, tonight, enrollment, status, words):
    assert words not in client.get(url("home")).content.decode()
    enrollment.status = status
    enrollment.save()
    text = client.get(url("home")).content.decode()
    assert text.index(words) < text.index(url("progress", enrollment.pk)) < text.index("This week")
    assert "attendance-words" not in text


def test_home_shows_whom_to_ask_for_support(client, cohort, enrollment):
    cohort.support_contact = "Mesa de ayuda 01 555 0101"
    cohort.save()
    page = client.get(url("home")).content.decode()
    assert 'Mesa de ayuda <a href="tel:015550101">01 555 0101</a>' in page


def test_home_of_who_withdrew_keeps_the_past_and_shows_nothing_to_come(client, tonight, enrollment):
    enrollment.status = Enrollment.Status.WITHDRAWN
    enrollment.ended_on = MONDAY
    enrollment.save()
    response = client.get(url("home"))
    assert response.status_code == 200
    assert response.context["home"].next is None


def test_home_of_several_editions_starts_with_the_running_one(client, enrollment):
    old = CohortFactory(status=Cohort.Status.CLOSED, starts_on=MONDAY - dt.timedelta(weeks=50))
    later = MONDAY + dt.timedelta(weeks=50)
    coming = CohortFactory(status=Cohort.Status.OPEN, starts_on=later, ends_on=later)
    for cohort in (old, coming):
        EnrollmentFactory(participant=enrollment.participant, cohort=cohort)
    response = client.get(url("home"))
    codes = [each.cohort.code for each in response.context["enrollments"]]
    assert codes == [enrollment.cohort.code, coming.code, old.code]
    past = response.context["enrollments"][2]
    assert client.get(url("edition", past.pk)).context["enrollment"] == past


def fill(enrollment, weeks):
    """An edition as large as asked, with everything that a page may show."""
    for number in range(weeks):
        module = CohortModuleFactory(
            cohort=enrollment.cohort, first_week=number + 1, last_week=number + 1
        )
        CompletionRuleFactory(cohort_module=module)
        sessions = [
            SessionFactory(cohort=enrollment.cohort, cohort_module=module, day=number * 7 + day)
            for day in (0, 1, 11)
        ]
        SessionFactory(
            cohort=enrollment.cohort, day=11, status="cancelled", cancellation_reason="Paro"
        )
        AttendanceRecordFactory(enrollment=enrollment, session=sessions[0])
        BreakFactory(
            cohort=enrollment.cohort,
            starts_on=MONDAY + dt.timedelta(days=number),
            ends_on=MONDAY + dt.timedelta(days=number),
        )
    for _number in range(weeks - 1):
        EnrollmentFactory(participant=enrollment.participant, cohort=CohortFactory())


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("home", 6), ("schedule", 6)])
def test_page_costs_the_same_queries_at_any_size(
    client, enrollment, size, page, queries, django_assert_num_queries
):
    fill(enrollment, size)
    client.get(url(page))  # the session learns that the privacy notice was accepted
    with django_assert_num_queries(queries):
        client.get(url(page))


# ---- schedule, session, meeting --------------------------------------------------------------


def test_schedule_shows_own_marks_breaks_and_today(client, cohort, enrollment, tonight):
    BreakFactory(
        cohort=cohort, starts_on=MONDAY + dt.timedelta(14), ends_on=MONDAY + dt.timedelta(20)
    )
    past = SessionFactory(cohort=cohort, day=2)
    AttendanceRecordFactory(enrollment=enrollment, session=past, state="late")
    text = client.get(url("schedule")).content.decode()
    assert "mark-late" in text
    assert "Receso" in text
    assert text.count('id="hoy"') == 1
    assert [week.number for week in client.get(url("schedule")).context["weeks"]] == [1, 2, None, 3]


def test_schedule_does_not_show_the_mark_of_another(client, enrollment, other_enrollment, cohort):
    AttendanceRecordFactory(
        enrollment=other_enrollment, session=SessionFactory(cohort=cohort, day=2), state="absent"
    )
    assert "mark-absent" not in client.get(url("schedule")).content.decode()


def test_session_page_shows_support_where_the_contents_may_distress(client, cohort, tonight):
    cohort.support_contact = "Psic. Rojas"
    cohort.save()
    assert "Psic. Rojas" not in client.get(url("session", tonight.pk)).content.decode()
    tonight.is_sensitive = True
    tonight.save()
    assert "Psic. Rojas" in client.get(url("session", tonight.pk)).content.decode()


def test_session_page_asks_by_itself_shortly_before_the_meeting_opens(client, tonight, clock):
    assert "hx-trigger" not in client.get(url("session", tonight.pk)).content.decode()
    clock.move_to(at(FRIDAY, 17))
    assert "hx-trigger" in client.get(url("session", tonight.pk)).content.decode()
    clock.move_to(at(FRIDAY, 18))
    assert "hx-trigger" not in client.get(url("session", tonight.pk)).content.decode()


def test_session_as_a_file_for_the_calendar(client, tonight):
    response = client.get(url("session_calendar", tonight.pk))
    assert response["Content-Type"].startswith("text/calendar")
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.count(b"BEGIN:VEVENT") == 1
    assert b"sala-secreta" not in response.content


def test_join_while_open_leads_to_the_meeting_and_tells_it_no_referrer(client, tonight, clock):
    clock.move_to(at(FRIDAY, 17, 45))
    response = client.get(url("join", tonight.pk))
    assert (response.status_code, response.url) == (302, LINK)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"


def test_join_before_it_opens_leads_to_the_page_that_says_when(client, tonight, clock):
    clock.move_to(at(FRIDAY, 17, 44))
    response = client.get(url("join", tonight.pk), follow=True)
    assert response.redirect_chain == [(url("session", tonight.pk), 302)]
    assert "opens today 17:45" in response.content.decode()


def test_join_of_who_withdrew_is_not_found(client, tonight, clock, enrollment):
    enrollment.status = Enrollment.Status.WITHDRAWN
    enrollment.ended_on = FRIDAY - dt.timedelta(days=1)
    enrollment.save()
    clock.move_to(at(FRIDAY, 18))
    assert client.get(url("join", tonight.pk)).status_code == 404


def test_no_page_holds_the_meeting_link(client, tonight, enrollment, clock):
    clock.move_to(at(FRIDAY, 18))
    assert client.get(url("join", tonight.pk)).url == LINK  # it could leak
    for page in own_pages(tonight, enrollment):
        assert "sala-secreta" not in client.get(page).content.decode(), page


def test_participant_of_one_s_own_account_only(client, tonight):
    """Another person's enrollment in the same cohort opens nothing of it."""
    stranger = EnrollmentFactory(participant=ParticipantFactory(), cohort=tonight.cohort)
    assert client.get(url("edition", stranger.pk)).status_code == 404
