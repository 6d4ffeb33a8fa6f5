"""The pages and verbs that are measured, each asked for by whoever works with it."""

from collections.abc import Iterator
from functools import partial

from django.urls import reverse

from courses.models import Session
from participants.models import AttendanceRecord, ParticipantCalendar
from trainingprog.bench.browsing import Browser, Work
from trainingprog.bench.certificate_cases import certificate_cases
from trainingprog.bench.check_in_cases import check_in_cases
from trainingprog.bench.coordinator_cases import coordinator_cases
from trainingprog.bench.editions import Edition
from trainingprog.bench.measuring import Case
from trainingprog.bench.meeting_cases import meeting_cases
from trainingprog.bench.requests import delete_quickly, form_of, page, verb
from trainingprog.bench.review_cases import review_cases
from trainingprog.bench.score_cases import score_cases


def cases(edition: Edition) -> Iterator[Case]:
    work = Work.on(edition)
    yield page("log-in page", work.anyone, reverse("account_login"))
    yield from tutor_cases(work)
    yield from participant_cases(work)
    yield from score_cases(work)
    yield from certificate_cases(work)
    yield from check_in_cases(work)
    yield from coordinator_cases(work)
    yield from review_cases(work)
    yield from meeting_cases(work)


def tutor_cases(work: Work) -> Iterator[Case]:
    edition, tutor, coordinator = work.edition, work.tutor, work.coordinator
    group, module = edition.group.pk, edition.cohort_modules[1].pk
    plenary = edition.plenary
    own = reverse("tutors:register", args=[edition.group_session.pk])
    whole = reverse("tutors:register", args=[plenary.pk])
    yield page("tutor's home", tutor, reverse("tutors:home"))
    yield page("register of 13", tutor, reverse("tutors:register", args=[plenary.pk, group]))
    yield page("register of 132", coordinator, whole)
    yield from save_cases("13", tutor, own, edition.group_session)
    yield from save_cases("132", coordinator, whole, plenary)
    yield page("group page", tutor, reverse("tutors:group", args=[group]))
    yield page("matrix 13 × 31", tutor, reverse("tutors:matrix", args=[group]))
    matrix = reverse("tutors:cohort_matrix", args=[edition.cohort.pk])
    yield page("matrix 132 × 31", coordinator, matrix)
    yield page("sign-off page", tutor, reverse("tutors:sign_off", args=[group, module]))
    complete_all = reverse("tutors:sign_off_all", args=[group, module])
    yield verb("complete all who meet the rule", tutor, complete_all, {})


def save_cases(people: str, browser: Browser, path: str, session: Session) -> Iterator[Case]:
    """With all present where nobody is marked yet, and the same form again."""
    forget = partial(delete_quickly, AttendanceRecord.objects.filter(session=session))
    new = form_of(browser, path, "seen", prepare=forget).sent()
    same = form_of(browser, path, "seen").sent()
    yield verb(f"save of {people}, all new", browser, path, new, prepare=forget)
    yield verb(f"save of {people}, unchanged", browser, path, same)


def participant_cases(work: Work) -> Iterator[Case]:
    participant = work.participant
    yield page("participant's home", participant, reverse("participants:home"))
    yield page("schedule", participant, reverse("participants:schedule"))
    session = reverse("participants:session", args=[work.edition.group_session.pk])
    yield page("session page", participant, session)
    subscribe = reverse("participants:subscribe")
    participant.page(subscribe)
    yield page("subscribe page", participant, subscribe)
    address = ParticipantCalendar.objects.get(participant__user=work.edition.participant)
    feed = reverse("participants:calendar_feed", args=[address.token])
    yield Case("calendar feed", partial(work.anyone.get, feed))
    known = work.anyone.get(feed).headers["ETag"]
    again = partial(work.anyone.get, feed, if_none_match=known)
    yield Case("calendar feed, not changed", again, status=304)
