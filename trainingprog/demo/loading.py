"""Everything of the demo in one transaction: all three editions, or nothing."""

import datetime as dt

from django.db import transaction

from courses.models import Cohort
from participants.enrolling import enroll
from participants.models import (
    AttendanceWarning,
    Audience,
    Facility,
    Participant,
)
from participants.standard_question_sets import install_question_sets
from participants.warning import note
from trainingprog.demo.absences import fill_absences
from trainingprog.demo.accounts import (
    give_accounts,
    let_one_who_completed_log_in,
    make_coordinator,
    make_second_coordinator,
)
from trainingprog.demo.attendance import take_registers
from trainingprog.demo.call import fill_queue, noon, open_call
from trainingprog.demo.certificates import certify
from trainingprog.demo.check_in import check_in_most
from trainingprog.demo.competencies import rate_growth
from trainingprog.demo.completion import decide_module, finish, publish_edition_rule
from trainingprog.demo.editions import (
    dates_around,
    fill_groups,
    fill_timetable,
    first_edition_facts,
    import_facilities,
    import_participants,
    import_tutors,
    make_cohort,
    make_program,
    week_of,
)
from trainingprog.demo.evidence import contradict
from trainingprog.demo.people import invented_participants
from trainingprog.demo.scores import fill_scores, plan_assessments
from trainingprog.demo.surveys import answer_first_edition, open_current
from trainingprog.models import User
from tutors.models import Tutor

FIRST = "ATN-2021-1"
WEEK_TODAY = 10
CURRENT_PEOPLE = 121
OVERDUE_GROUP = 1
APPLICANTS = 60


@transaction.atomic
def load(*, today: dt.date) -> None:
    coordinator = make_coordinator()
    import_facilities(today=today, by=coordinator)
    import_tutors(today=today, by=coordinator)
    give_accounts(Tutor, list(Tutor.objects.order_by("pk")))
    install_question_sets(at=noon(today))
    load_first_edition(today=today, by=coordinator)
    current = load_current_edition(today=today, by=coordinator)
    load_next_edition(current.ends_on, today=today)


def load_first_edition(*, today: dt.date, by: User) -> Cohort:
    """The first edition as it was, to its end: registers, decisions, outcome."""
    facts = first_edition_facts()
    dates = facts["cohort"]
    cohort = make_cohort(
        make_program(facts),
        facts,
        code=dates["code"],
        starts_on=dates["starts_on"],
        ends_on=dates["ends_on"],
        breaks=facts["break"],
        capacity=dates["capacity"],
    )
    import_participants(cohort, today=today, by=by)
    tutors = fill_groups(cohort, by=by)
    fill_timetable(cohort, by=by, at=noon(cohort.starts_on))
    cohort.overrides_need_approval = True
    _run(cohort)
    take_registers(cohort, cohort.sessions.order_by("starts_at"), tutors=tutors)
    answer_first_edition(cohort, at=noon(cohort.ends_on))
    plan_assessments(cohort)
    end = noon(cohort.ends_on)
    fill_scores(cohort, tutors=tutors, at=end)
    fifth_day = noon(cohort.starts_on + dt.timedelta(days=4))
    rate_growth(cohort, tutors, baseline=fifth_day, end=end)
    approver = make_second_coordinator()
    publish_edition_rule(cohort, by=by, at=noon(cohort.starts_on))
    for cohort_module in cohort.cohort_modules.all():
        decide_module(cohort_module, tutors, approver=approver, at=end)
    close_modules(cohort, at=end)
    finish(cohort, by=by, approver=approver, at=end + dt.timedelta(days=1))
    cohort.status = Cohort.Status.CLOSED
    cohort.save()
    certify(cohort, by=by)
    let_one_who_completed_log_in(cohort, by=by)
    return cohort


def load_current_edition(*, today: dt.date, by: User) -> Cohort:
    """An edition in its tenth week: one register overdue, one read from a meeting's report, an
    excuse to decide, make-ups, its first module signed off."""
    facts = first_edition_facts()
    starts_on, ends_on, breaks = dates_around(today, week=WEEK_TODAY, weeks=18)
    cohort = make_cohort(
        make_program(facts),
        facts,
        code=f"ATN-{starts_on.year}-2",
        starts_on=starts_on,
        ends_on=ends_on,
        breaks=breaks,
        capacity=150,
    )
    facilities = list(Facility.objects.order_by("renipress"))
    participants = Participant.objects.bulk_create(
        invented_participants(CURRENT_PEOPLE, facilities)
    )
    give_accounts(Participant, participants)
    for participant in participants:
        enroll(participant, cohort, on=starts_on, by=by)
    tutors = fill_groups(cohort, by=by)
    fill_timetable(cohort, by=by, at=noon(starts_on))
    _run(cohort)
    ended = cohort.sessions.ended(noon(today)).order_by("starts_at")
    last = ended.filter(group=None).last()
    overdue = (last.pk, cohort.groups.get(number=OVERDUE_GROUP)) if last else None
    online = ended.filter(group=None, modality="online").reverse()
    met = next((session for session in online if session != last), None)
    take_registers(
        cohort,
        ended,
        tutors=tutors,
        but_not=overdue,
        met=(met, by) if met is not None else None,
    )
    if overdue is not None and last is not None:
        check_in_most(last, overdue[1], tutor=tutors[overdue[1].pk])
    remote = ended.filter(group=None).exclude(modality="in_person").reverse()
    doubtful = next((session for session in remote if session not in (last, met)), None)
    if doubtful is not None:
        first = cohort.groups.get(number=1)
        contradict(doubtful, first, by=tutors[first.pk])
    plan_assessments(cohort)
    fill_scores(cohort, tutors=tutors, at=noon(today))
    open_current(cohort, today=today, at=noon(today))
    publish_edition_rule(cohort, by=by, at=noon(today))
    warn(cohort, at=noon(today) - dt.timedelta(days=1))
    week = week_of(cohort, today) or WEEK_TODAY
    for cohort_module in cohort.cohort_modules.filter(last_week__lt=week - 2):
        decide_module(cohort_module, tutors, approver=by, at=noon(today))
    fill_absences(cohort, tutors=tutors, at=noon(today))
    fifth_day = noon(starts_on + dt.timedelta(days=4))
    rate_growth(cohort, tutors, baseline=fifth_day, unfinished=1)
    return cohort


def warn(cohort: Cohort, *, at: dt.datetime) -> None:
    """The tutors were told; the participants will be, unless they are spoken with before."""
    note([cohort], at=at)
    AttendanceWarning.objects.filter(audience=Audience.TUTOR).update(sent_at=at)


def load_next_edition(after: dt.date, *, today: dt.date) -> Cohort:
    """An edition that takes applications: a call open today, and a queue to review."""
    facts = first_edition_facts()
    starts_on = after + dt.timedelta(days=31)
    starts_on -= dt.timedelta(days=starts_on.weekday())
    cohort = make_cohort(
        make_program(facts),
        facts,
        code=f"ATN-{starts_on.year}-3",
        starts_on=starts_on,
        ends_on=starts_on + dt.timedelta(weeks=18, days=-3),
        breaks=[],
        capacity=132,
    )
    open_call(cohort, at=noon(today))
    fill_queue(cohort, after=CURRENT_PEOPLE, count=APPLICANTS, at=noon(today))
    return cohort


def close_modules(cohort: Cohort, *, at: dt.datetime) -> None:
    for cohort_module in cohort.cohort_modules.all():
        cohort_module.closed_at = at
        cohort_module.save()


def _run(cohort: Cohort) -> None:
    cohort.status = Cohort.Status.RUNNING
    cohort.save()
