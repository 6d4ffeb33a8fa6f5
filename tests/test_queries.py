"""Every page of ours has its number of queries, the same with one row of everything and with three.

What a page costs may fall; whoever lets it rise, or adds a page, says so here.
"""

import datetime as dt
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.models import Assessment, Cohort, CohortModule, Group, Session
from participants.models import Application, Enrollment, Participant
from tests.addresses import Address
from tests.factories import (
    MONDAY,
    AbsenceRequestFactory,
    ApplicationFactory,
    AssessmentFactory,
    AttendanceRecordFactory,
    BreakFactory,
    CertificateDesignFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyFactory,
    CompetencyRatingFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    IssueRunFactory,
    MakeUpFactory,
    ModuleCompletionFactory,
    NameConfirmationFactory,
    ParticipantFactory,
    ScoreFactory,
    SessionFactory,
    SessionPatternFactory,
    TutorAssignmentFactory,
    TutorFactory,
)
from tests.participants.certified import certified
from tests.sheets import person, sheet_of
from tests.surveyed import fill_surveys
from tests.test_access import TABLE, answers, own_views, path_of
from trainingprog.import_drafts import pack_sheet
from trainingprog.models import ImportDraft
from tutors.models import Tutor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

QUERIES = {
    "invitation(uid, token)": 3,
    "privacy": 2,
    "edition_groups(pk)": 10,
    "group_substitute(pk)": 7,
    "calls:list": 3,
    "calls:call(code)": 4,
    "calls:application(key)": 3,
    "calls:confirm(token)": 3,
    "surveys:answer(token)": 5,
    "certificates:verify": 2,
    # Who has no account costs one.
    "certificates:certificate(code)": 4,
    "certificate_keys": 0,
    "certificate_sample(pk)": 6,
    "edition_surveys(pk)": 12,
    "edition_surveys_xlsx(pk)": 9,
    "edition_surveys_csv(pk)": 9,
    "survey(pk)": 7,
    "question_set(pk)": 5,
    "review_queue(pk)": 12,
    "edition_quotas(pk)": 5,
    "application_review(pk)": 9,
    "application_letter(pk)": 4,
    "edition_invitations(pk)": 6,
    "edition_timetable(pk)": 19,
    "session_reschedule(pk)": 5,
    "session_cancel(pk)": 5,
    "edition_attendance_xlsx(pk)": 12,
    "edition_attendance_csv(pk)": 12,
    "edition_pre_post(pk)": 9,
    "edition_pre_post_xlsx(pk)": 10,
    "edition_pre_post_csv(pk)": 10,
    "edition_competencies(pk)": 8,
    "edition_competencies_xlsx(pk)": 9,
    "edition_oneroster(pk)": 8,
    "edition_moodle(pk)": 7,
    "person_duplicates": 5,
    "person_merge(kept_pk, merged_pk)": 10,
    "module_rule(pk)": 25,
    "edition_rule(pk)": 7,
    "edition_rules(pk)": 27,
    "module_decisions(pk)": 10,
    "edition_decisions(pk)": 10,
    "participants_import(pk)": 5,
    "facilities_import": 4,
    "tutors_import": 4,
    "import_preview(pk)": 7,
    "import_rejected(pk)": 7,
    "edition(pk)": 24,
    "edition_closing(pk)": 15,
    "edition_reopen(pk)": 4,
    "module_close(pk)": 15,
    "edition_certificates(pk)": 29,
    "certificate_preview(pk, design_pk)": 9,
    "issued_certificates(pk)": 5,
    "issued_certificate(pk)": 6,
    "issued_certificate_pdf(pk)": 6,
    "certificate_revoke(pk)": 4,
    "certificate_reissue(pk)": 4,
    "edition_certificates_zip(pk)": 8,
    "certificate_register_xlsx(year)": 6,
    "edition_assessments(pk)": 9,
    "scores_import(pk)": 6,
    "edition_scores_xlsx(pk)": 8,
    "module_reopen(pk)": 4,
    "edition_waiting_list(pk)": 7,
    "enrollment_timeline(pk)": 10,
    "enrollment_withdraw(pk)": 5,
    "enrollment_reinstate(pk)": 5,
    "enrollment_transfer(pk)": 6,
    "enrollment_post(pk)": 4,
    "enrollment_group(pk)": 5,
    "enrollment_waitlist(pk)": 5,
    "enrollment_outcome(pk)": 10,
    "tutors:home": 14,
    "tutors:certificate_pdf(pk)": 5,
    "tutors:survey_results": 6,
    "tutors:group(pk)": 10,
    "tutors:results(pk)": 5,
    "tutors:register(pk)": 6,
    "tutors:register(pk, group_pk)": 6,
    "tutors:sheet(pk)": 8,
    "tutors:sheet(pk, group_pk)": 8,
    "tutors:transcribe(pk)": 6,
    "tutors:transcribe(pk, group_pk)": 6,
    "tutors:recalculate(pk)": 6,
    "tutors:recalculate(pk, group_pk)": 6,
    "tutors:register_copy(pk, group_pk)": 6,
    "tutors:offline": 4,
    "tutors:service_worker": 0,
    "tutors:manifest": 0,
    "tutors:meeting_report(pk)": 6,
    "tutors:meeting_report_draft(pk, draft_pk)": 11,
    "tutors:check_in(pk)": 7,
    "tutors:check_in(pk, group_pk)": 7,
    "tutors:competencies(pk)": 7,
    "tutors:rate(pk, moment, competency_pk)": 7,
    "tutors:rate_person(pk, moment, enrollment_pk)": 7,
    "tutors:schedule": 5,
    "tutors:edition_schedule(pk)": 5,
    "tutors:session(pk)": 4,
    "tutors:session_calendar(pk)": 4,
    "tutors:subscribe": 3,
    "tutors:calendar_feed(token)": 4,
    "tutors:make_up(pk, enrollment_pk)": 10,
    "tutors:excuse(pk)": 6,
    "tutors:matrix(pk)": 8,
    "tutors:cohort_matrix(pk)": 8,
    "tutors:group_scores(pk)": 7,
    "tutors:group_scores(pk, module_pk)": 7,
    "tutors:cohort_scores(pk)": 8,
    "tutors:cohort_scores(pk, module_pk)": 8,
    "tutors:sign_off(pk, module_pk)": 10,
    "tutors:decide(pk, module_pk, enrollment_pk)": 10,
    "participants:home": 13,
    "participants:edition(pk)": 13,
    "participants:competencies(pk)": 7,
    "participants:rate(pk, moment)": 6,
    "participants:printed_name(pk)": 4,
    "participants:certificate_pdf(pk)": 5,
    "participants:schedule": 6,
    "participants:progress(pk)": 8,
    "participants:edition_schedule(pk)": 6,
    "participants:session(pk)": 7,
    "participants:excuse(pk)": 6,
    "participants:shared_connection(pk)": 6,
    "participants:session_calendar(pk)": 4,
    "participants:check_in(pk)": 7,
    "participants:scan(pk, code)": 7,
    "participants:scanned(ticket)": 6,
    "participants:offer(token)": 3,
    "participants:subscribe": 3,
    "participants:calendar_feed(token)": 3,
}


def pages() -> list[Address]:
    """What someone reads: an own address that answers 200 to GET."""
    return [
        address
        for address in own_views()
        if TABLE[address.key][0].startswith("GET") and "200" in TABLE[address.key][2].split()
    ]


def reader(address: Address) -> str:
    roles = ("tutor", "participant", "coordinator", "anonymous")
    return next(role for role in roles if answers(address)[role] == "200")


@pytest.fixture(params=[1, 3], ids=["1", "3"])
def filled(request, objects, coordinator, tutor, cohort, cohort_module, group, enrollment) -> int:
    """As many rows of everything that a page may list: around the one edition, and beside it."""
    size: int = request.param
    session = Session.objects.get(pk=objects["session"]["pk"])
    guide = Tutor.objects.get(user=tutor)
    AttendanceRecordFactory(enrollment=enrollment, session=session, recorded_by=tutor)
    received = Application.objects.get(pk=objects["received"]["pk"])
    known = ParticipantFactory(document_number=received.document_number)
    fill_draft(cohort_module, version=2)
    for number in range(size):
        fill_surveys(group, cohort_module, guide, enrollment)
        fill_call(objects["application"]["code"], received, known, week=number + 1)
        fill_group(group, cohort_module, number, by=coordinator)
        fill_tests(cohort)
        BreakFactory(
            cohort=cohort,
            starts_on=MONDAY + dt.timedelta(days=20 + number),
            ends_on=MONDAY + dt.timedelta(days=20 + number),
        )
        named = CompetencyFactory(program=cohort.program, modules=[cohort_module.module])
        for moment, rater in product(("baseline", "end"), ("self", "tutor")):
            CompetencyRatingFactory(
                enrollment=enrollment, competency=named, moment=moment, rater=rater
            )
        SessionPatternFactory(cohort=cohort, weeks=[1, 2], weekday=number)
        if number:
            more_groups(cohort, guide, number)
            fill_module(cohort, enrollment, first_week=number + 2, by=coordinator)
            earlier = CohortFactory(starts_on=MONDAY - dt.timedelta(days=7))
            EnrollmentFactory(participant=enrollment.participant, cohort=earlier)
            TutorAssignmentFactory(tutor=guide)
            CohortFactory()
    rows = [
        person(number=7846088 + n, email=f"p{n}@salud.example", code=90001 + n, facility=f"CS {n}")
        for n in range(size)
    ]
    draft = ImportDraft.objects.get()
    draft.sheet = pack_sheet(sheet_of(*rows, person(number="x")))
    draft.save()
    return size


def fill_call(code: str, received: Application, known: Participant, *, week: int) -> None:
    """One more call, module of the call, application to review, repeated one, earlier edition."""
    called = Cohort.objects.get(code=code)
    CohortFactory(status="open", applications_open_at=called.applications_open_at)
    CohortModuleFactory(cohort=called, first_week=week, last_week=week)
    ApplicationFactory(cohort=received.cohort)
    ApplicationFactory(
        cohort=received.cohort, document_number=received.document_number, status="duplicate"
    )
    EnrollmentFactory(participant=known)


def fill_group(group: Group, module: Any, number: int, *, by: Any) -> None:
    """One more person, session held with a mark changed since, session ahead, and decision."""
    cohort = group.cohort
    who = EnrollmentFactory(cohort=cohort, group=group)
    asked = SessionFactory(cohort=cohort, group=group, cohort_module=module, day=10)
    elsewhere = GroupFactory(cohort=cohort, number=50 + number)
    host = SessionFactory(cohort=cohort, group=elsewhere, day=13)
    for member in cohort.enrollments.filter(group=group):
        AbsenceRequestFactory(enrollment=member, session=asked)
        MakeUpFactory(enrollment=member, missed=asked, host=host)
    for audience in (None, group):
        past = SessionFactory(
            cohort=cohort, group=audience, cohort_module=module, day=3 + number, status="held"
        )
        mark = AttendanceRecordFactory(enrollment=who, session=past, recorded_by=by)
        mark.state, mark.version = "absent", 2
        mark.save()
        SessionFactory(cohort=cohort, group=audience, cohort_module=module, day=12 + number)
        SessionFactory(cohort=cohort, group=audience, day=8 + number)  # ended, nobody marked
    ModuleCompletionFactory(enrollment=who, cohort_module=module, rule=module.rules.first())
    ScoreFactory(enrollment=who, assessment=module.assessments.first(), recorded_by=by)
    ScoreFactory(enrollment=who, assessment=AssessmentFactory(cohort_module=module))
    fill_certificates(group, number, by=by)


def fill_certificates(group: Group, number: int, *, by: Any) -> None:
    """One more of each: issued, to be issued, for a tutor, correction asked for, run."""
    cohort = group.cohort
    has = EnrollmentFactory(cohort=cohort, group=group, status="completed")
    certificate = certified(has, number=100 + number)
    NameConfirmationFactory(enrollment=has, state="asked", wished=f"María {number}")
    IssueRunFactory(cohort=cohort, design=certificate.design, started_by=by)
    for status in ("completed", "not_completed"):
        EnrollmentFactory(cohort=cohort, group=group, status=status)
    TutorAssignmentFactory(tutor=TutorFactory(), group=group)
    CertificateDesignFactory(kind="constancia")
    CertificateDesignFactory(kind="constancia", recipient="tutors")


def fill_tests(cohort: Cohort) -> None:
    """Five more people with both tests: of fewer nothing is shown."""
    post_test = Assessment.objects.get(cohort=cohort, pre_test__isnull=False)
    for number in range(5):
        who = EnrollmentFactory(cohort=cohort)
        ScoreFactory(enrollment=who, assessment=post_test.pre_test, value=10 + number)
        ScoreFactory(enrollment=who, assessment=post_test, value=20 - number)


def more_groups(cohort: Cohort, guide: Tutor, number: int) -> None:
    group = GroupFactory(cohort=cohort, number=10 + number)
    TutorAssignmentFactory(tutor=guide, group=group)
    TutorAssignmentFactory(tutor=TutorFactory(), group=group)
    EnrollmentFactory(cohort=cohort, group=group)


def fill_module(cohort: Cohort, enrollment: Enrollment, *, first_week: int, by: Any) -> None:
    module = CohortModuleFactory(cohort=cohort, first_week=first_week, last_week=first_week)
    rule = CompletionRuleFactory(cohort_module=module, published_by=by)
    CompletionRuleFactory(cohort_module=module, version=2, reason="Acuerdo", published_by=by)
    ModuleCompletionFactory(enrollment=enrollment, cohort_module=module, rule=rule)
    fill_draft(module, version=3)


def fill_draft(module: CohortModule, *, version: int) -> None:
    """One that asks for a score and for a module without a rule."""
    draft = CompletionRuleFactory(
        cohort_module=module, version=version, published_at=None, effective_on=None
    )
    draft.score_minimums.create(assessment=AssessmentFactory(cohort_module=module), minimum=14)
    draft.prerequisites.add(
        CohortModuleFactory(cohort=module.cohort, first_week=9 + version, last_week=9 + version)
    )


def test_every_page_has_its_number():
    assert sorted(address.key for address in pages()) == sorted(QUERIES)


@pytest.mark.no_cover
def test_page_costs_its_number_of_queries_whatever_it_lists(filled, clients, objects):
    wrong = {}
    for address in pages():
        client = clients[reader(address)]()
        path = path_of(address, objects)
        assert client.get(path).status_code == 200, path  # what is made once is made
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        if len(queries) != QUERIES.get(address.key):
            wrong[address.key] = len(queries)
    assert wrong == {}
