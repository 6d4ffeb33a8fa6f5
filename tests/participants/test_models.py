import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from factory import LazyFunction, SubFactory

from participants.models import AttendanceRecord, Enrollment, MakeUp, ToldApart
from tests.breaking import Broken, assert_database_refuses, assert_form_refuses
from tests.factories import (
    MONDAY,
    AbsenceRequestFactory,
    ApplicationFactory,
    AssessmentFactory,
    AttendanceEvidenceFactory,
    AttendanceRecordFactory,
    AttendanceWarningFactory,
    CheckInWindowFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyRatingFactory,
    CompletionRuleFactory,
    EarlierPostFactory,
    EditionOutcomeFactory,
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    MakeUpFactory,
    MeetingReportFactory,
    ModuleCompletionFactory,
    NamedAnswerFactory,
    OfferFactory,
    ParticipantFactory,
    QuestionFactory,
    QuestionSetFactory,
    QuotaFactory,
    RegisterReminderFactory,
    ScoreFactory,
    SessionFactory,
    SharedConnectionFactory,
    ShownNameFactory,
    SurveyFactory,
    SurveyInvitationFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db

DAY_BEFORE = MONDAY - dt.timedelta(days=1)
# Whom a session of the first Wednesday concerns.
WEDNESDAY = MONDAY + dt.timedelta(days=2)
TUESDAY, THURSDAY = MONDAY + dt.timedelta(days=1), MONDAY + dt.timedelta(days=3)


def told_apart(**fields):
    pair = {"one": ParticipantFactory(), "two": ParticipantFactory(), "said_by": UserFactory()}
    return ToldApart.objects.create(**pair | {"said_at": at(MONDAY, 9)} | fields)


def follow_up(**fields):
    return SurveyFactory(**{"purpose": "months_3", "cohort_module": None} | fields)


def tutor_survey(**fields):
    fields = {"purpose": "tutor"} | fields
    if "cohort" not in fields:
        fields["cohort"] = CohortFactory()
    fields.setdefault("group", GroupFactory(cohort=fields["cohort"]))
    return SurveyFactory(**fields)


APPROVED = {"needs_approval": True, "override_reason": "other", "approved_at": at(MONDAY, 20)}


def broken_decisions(factory) -> dict[str, Broken]:
    """What decisions on a module and on the edition have in common."""
    return {
        "taken_within_counted": Broken(factory, {"sessions_taken": 6}),
        "attendance_percent_0_to_100": Broken(factory, {"attendance_percent": 101}),
        "average_0_to_20": Broken(factory, {"average": 21}),
        "override_reason_known": Broken(factory, {"override_reason": "favour"}),
        "approved_by_another": Broken(
            factory,
            {},
            given=APPROVED | {"approved_by": SubFactory(UserFactory)},
            beside=lambda row: setattr(row, "decided_by", row.approved_by),
        ),
        "approved_by_whom_and_when": Broken(factory, {"approved_at": at(MONDAY, 20)}),
        "approval_is_of_exceptions": Broken(factory, {"needs_approval": True}),
    }


BROKEN = {
    "questionset_version_unique": Broken(
        QuestionSetFactory,
        {},
        beside=lambda row: QuestionSetFactory(version=row.version),
    ),
    "questionset_one_draft": Broken(
        QuestionSetFactory,
        {"published_at": None},
        beside=lambda row: QuestionSetFactory(published_at=None),
    ),
    "questionset_version_from_1": Broken(QuestionSetFactory, {"version": 0}),
    "questionset_days_open_from_1": Broken(
        QuestionSetFactory, {"days_open": 0, "reminder_after_days": None}
    ),
    "questionset_reminder_while_open": Broken(QuestionSetFactory, {"reminder_after_days": 14}),
    "questionset_purpose_known": Broken(QuestionSetFactory, {"purpose": "months_12"}),
    "question_number_unique_in_set": Broken(
        QuestionFactory,
        {},
        beside=lambda row: QuestionFactory(question_set=row.question_set, number=row.number),
    ),
    "question_number_from_1": Broken(QuestionFactory, {"number": 0}),
    "question_choices_of_its_kind": Broken(QuestionFactory, {"choices_es": "Sí\nNo"}),
    "question_measures_by_yes": Broken(QuestionFactory, {"measures": "taught"}),
    "question_kind_known": Broken(QuestionFactory, {"kind": "matrix"}),
    "question_measures_known": Broken(QuestionFactory, {"kind": "yes_no", "measures": "promoted"}),
    "survey_once_per_module": Broken(
        SurveyFactory,
        {},
        beside=lambda row: SurveyFactory(cohort=row.cohort, cohort_module=row.cohort_module),
    ),
    "survey_once_per_module_and_group": Broken(
        tutor_survey,
        {},
        beside=lambda row: tutor_survey(
            cohort=row.cohort, cohort_module=row.cohort_module, group=row.group
        ),
    ),
    "survey_once_per_follow_up": Broken(
        follow_up, {}, beside=lambda row: follow_up(cohort=row.cohort)
    ),
    "survey_is_of_what_its_purpose_asks": Broken(SurveyFactory, {"cohort_module": None}),
    "survey_closes_on_not_before_opens_on": Broken(SurveyFactory, {"closes_on": MONDAY}),
    "survey_cancelled_with_reason": Broken(SurveyFactory, {"cancelled_at": at(MONDAY, 9)}),
    "survey_cancellation_known": Broken(
        SurveyFactory, {"cancelled_at": at(MONDAY, 9), "cancellation": "unwell"}
    ),
    "survey_purpose_known": Broken(SurveyFactory, {"purpose": "months_12"}),
    "surveyinvitation_once": Broken(
        SurveyInvitationFactory,
        {},
        beside=lambda row: SurveyInvitationFactory(survey=row.survey, enrollment=row.enrollment),
    ),
    "namedanswer_once": Broken(
        NamedAnswerFactory,
        {},
        beside=lambda row: NamedAnswerFactory(survey=row.survey, enrollment=row.enrollment),
    ),
    "attendancewarning_told_once": Broken(
        AttendanceWarningFactory,
        {},
        beside=lambda row: AttendanceWarningFactory(enrollment=row.enrollment),
    ),
    "attendancewarning_told_once_of_a_module": Broken(
        AttendanceWarningFactory,
        {},
        given={"cohort_module": SubFactory(CohortModuleFactory)},
        beside=lambda row: AttendanceWarningFactory(
            enrollment=row.enrollment, cohort_module=row.cohort_module
        ),
    ),
    "attendancewarning_kind_known": Broken(AttendanceWarningFactory, {"kind": "two_left"}),
    "attendancewarning_audience_known": Broken(AttendanceWarningFactory, {"audience": "donor"}),
    "registerreminder_told_once": Broken(
        RegisterReminderFactory,
        {},
        beside=lambda row: RegisterReminderFactory(session=row.session, group=row.group),
    ),
    "registerreminder_told_once_without_group": Broken(
        RegisterReminderFactory,
        {"audience": "coordinator"},
        given={"group": None, "audience": "coordinator"},
        beside=lambda row: RegisterReminderFactory(
            session=row.session, group=None, audience="coordinator"
        ),
    ),
    "registerreminder_audience_known": Broken(RegisterReminderFactory, {"audience": "participant"}),
    "facility_renipress_8_digits": Broken(FacilityFactory, {"renipress": "0002001"}),
    "facility_region_known": Broken(FacilityFactory, {"region": "26"}),
    "participant_document_unique": Broken(
        ParticipantFactory,
        {"document_number": "40123456"},
        beside=lambda row: ParticipantFactory(document_number="40123456"),
    ),
    "participant_email_unique_in_any_case": Broken(
        ParticipantFactory,
        {"email": "Luz@salud.example"},
        beside=lambda row: ParticipantFactory(email="luz@salud.example"),
    ),
    "participant_dni_8_digits": Broken(ParticipantFactory, {"document_number": "4012345"}),
    "participant_document_type_known": Broken(ParticipantFactory, {"document_type": "ruc"}),
    "participant_profession_known": Broken(ParticipantFactory, {"profession": "law"}),
    "participant_sex_known": Broken(ParticipantFactory, {"sex": ""}),
    "participant_licence_board_known": Broken(ParticipantFactory, {"licence_board": "CAL"}),
    "participant_employment_regime_known": Broken(ParticipantFactory, {"employment_regime": "dl1"}),
    "participant_service_known": Broken(ParticipantFactory, {"service": "hospital"}),
    "toldapart_once": Broken(
        told_apart,
        {},
        beside=lambda row: told_apart(one=row.one, two=row.two, said_by=row.said_by),
    ),
    "toldapart_older_record_first": Broken(
        told_apart, {}, beside=lambda row: setattr(row, "one", row.two)
    ),
    "checkinwindow_closed_at_not_before_opened_at": Broken(
        CheckInWindowFactory, {"closed_at": at(MONDAY, 8)}
    ),
    "checkinwindow_one_open_per_group": Broken(
        CheckInWindowFactory,
        {},
        given={"group": LazyFunction(GroupFactory)},
        beside=lambda row: CheckInWindowFactory(session=row.session, group=row.group),
    ),
    "checkinwindow_one_open_for_everyone": Broken(
        CheckInWindowFactory,
        {},
        beside=lambda row: CheckInWindowFactory(session=row.session),
    ),
    "enrollment_once_per_cohort": Broken(
        EnrollmentFactory,
        {},
        beside=lambda row: EnrollmentFactory(participant=row.participant, cohort=row.cohort),
    ),
    "enrollment_left_reason_of_who_left": Broken(EnrollmentFactory, {"left_reason": "health"}),
    "enrollment_left_reason_known": Broken(
        EnrollmentFactory, {"status": "withdrawn", "ended_on": MONDAY, "left_reason": "luck"}
    ),
    "enrollment_transferred_to_of_who_is_transferred": Broken(
        EnrollmentFactory,
        {},
        beside=lambda row: setattr(row, "transferred_to", EnrollmentFactory()),
    ),
    "enrollment_waitlist_rank_of_who_waits": Broken(EnrollmentFactory, {"waitlist_rank": 1}),
    "enrollment_waitlist_rank_unique": Broken(
        EnrollmentFactory,
        {"status": "waitlisted", "waitlist_rank": 1},
        beside=lambda row: EnrollmentFactory(cohort=row.cohort, status="offered", waitlist_rank=1),
    ),
    "earlierpost_once_per_day": Broken(
        EarlierPostFactory,
        {},
        beside=lambda row: EarlierPostFactory(enrollment=row.enrollment),
    ),
    "earlierpost_service_known": Broken(EarlierPostFactory, {"service": "hospital"}),
    "earlierpost_profession_known": Broken(EarlierPostFactory, {"profession": "law"}),
    "earlierpost_employment_regime_known": Broken(EarlierPostFactory, {"employment_regime": "dl1"}),
    "offer_one_open": Broken(
        OfferFactory, {}, beside=lambda row: OfferFactory(enrollment=row.enrollment)
    ),
    "offer_expires_after_it_is_made": Broken(OfferFactory, {"expires_at": at(MONDAY, 9)}),
    "offer_answer_has_its_time": Broken(OfferFactory, {"answer": "accepted"}),
    "offer_answer_known": Broken(
        OfferFactory, {"answer": "perhaps", "answered_at": at(MONDAY, 10)}
    ),
    "enrollment_ended_on_not_before_enrolled_on": Broken(
        EnrollmentFactory, {"ended_on": DAY_BEFORE}
    ),
    "enrollment_left_has_last_day": Broken(EnrollmentFactory, {"status": "withdrawn"}),
    "enrollment_group_since_not_before_enrolled_on": Broken(
        lambda: in_group(), {"group_since": DAY_BEFORE}
    ),
    "enrollment_group_since_with_group": Broken(EnrollmentFactory, {"group_since": TUESDAY}),
    "enrollment_status_known": Broken(EnrollmentFactory, {"status": "expelled"}),
    "enrollment_service_known": Broken(EnrollmentFactory, {"service": "hospital"}),
    "enrollment_profession_known": Broken(EnrollmentFactory, {"profession": "law"}),
    "enrollment_employment_regime_known": Broken(EnrollmentFactory, {"employment_regime": "dl1"}),
    "application_document_once": Broken(
        ApplicationFactory,
        {"document_number": "40123456"},
        beside=lambda row: ApplicationFactory(cohort=row.cohort, document_number="40123456"),
    ),
    "application_email_once": Broken(
        ApplicationFactory,
        {"email": "Luz@salud.example"},
        beside=lambda row: ApplicationFactory(
            cohort=row.cohort, email="luz@salud.example", status="waitlisted"
        ),
    ),
    "application_dni_8_digits": Broken(ApplicationFactory, {"document_number": "4012345"}),
    "application_sent_with_the_notice_accepted": Broken(
        ApplicationFactory, {"notice_accepted_at": None}
    ),
    "application_confirmed_has_its_time": Broken(ApplicationFactory, {"confirmed_at": None}),
    "application_decided_has_its_time": Broken(ApplicationFactory, {"status": "approved"}),
    "application_declined_has_reason": Broken(
        lambda: ApplicationFactory(status="declined"), {"reason": ""}
    ),
    "application_status_known": Broken(ApplicationFactory, {"status": "lost"}),
    "application_reason_known": Broken(ApplicationFactory, {"reason": "favour"}),
    "application_document_type_known": Broken(ApplicationFactory, {"document_type": "ruc"}),
    "application_profession_known": Broken(ApplicationFactory, {"profession": "law"}),
    "application_sex_known": Broken(ApplicationFactory, {"sex": ""}),
    "application_licence_board_known": Broken(ApplicationFactory, {"licence_board": "CAL"}),
    "application_employment_regime_known": Broken(ApplicationFactory, {"employment_regime": "dl1"}),
    "application_service_known": Broken(ApplicationFactory, {"service": "hospital"}),
    "quota_once_per_value": Broken(
        QuotaFactory, {}, beside=lambda row: QuotaFactory(cohort=row.cohort)
    ),
    "quota_value_known": Broken(QuotaFactory, {"value": "26"}),
    "attendancerecord_once": Broken(
        AttendanceRecordFactory,
        {},
        beside=lambda row: AttendanceRecordFactory(
            enrollment=row.enrollment, session=row.session, state="absent"
        ),
    ),
    "attendancerecord_state_known": Broken(AttendanceRecordFactory, {"state": "asleep"}),
    "attendancerecord_mode_known": Broken(AttendanceRecordFactory, {"mode": "hybrid"}),
    "attendancerecord_source_known": Broken(AttendanceRecordFactory, {"source": "hearsay"}),
    "attendancerecord_correction_known": Broken(
        AttendanceRecordFactory, {"correction": "whim", "correction_note": "por gusto"}
    ),
    "attendancerecord_correction_has_its_note": Broken(
        AttendanceRecordFactory, {"correction": "fault"}
    ),
    "attendancerecord_version_from_1": Broken(AttendanceRecordFactory, {"version": 0}),
    "absencerequest_one_live": Broken(
        AbsenceRequestFactory,
        {},
        beside=lambda row: AbsenceRequestFactory(
            enrollment=row.enrollment, session=row.session, status="accepted"
        ),
    ),
    "absencerequest_decided_has_its_time": Broken(AbsenceRequestFactory, {"status": "declined"}),
    "absencerequest_reason_known": Broken(AbsenceRequestFactory, {"reason": "depression"}),
    "absencerequest_status_known": Broken(lambda: AbsenceRequestFactory(), {"status": "lost"}),
    "makeup_one_live": Broken(
        MakeUpFactory,
        {},
        beside=lambda row: MakeUpFactory(enrollment=row.enrollment, missed=row.missed),
    ),
    "makeup_host_makes_up_for_one": Broken(
        lambda: as_guest(),
        {},
        beside=lambda row: MakeUpFactory(enrollment=row.enrollment, host=row.host),
    ),
    "makeup_session_or_task_with_its_day": Broken(MakeUpFactory, {"due_on": None}),
    "makeup_host_is_another_session": Broken(
        lambda: as_guest(), {}, beside=lambda row: setattr(row, "host", row.missed)
    ),
    "makeup_session_is_done_by_its_register": Broken(
        lambda: as_guest(), {"done_at": at(MONDAY, 9)}
    ),
    "makeup_task_known": Broken(MakeUpFactory, {"task": "poem"}),
    "meetingreport_once": Broken(
        MeetingReportFactory,
        {},
        beside=lambda row: MeetingReportFactory(session=row.session, digest=row.digest),
    ),
    "meetingreport_format_known": Broken(MeetingReportFactory, {"format": "webex"}),
    "attendanceevidence_one_check_in": Broken(
        AttendanceEvidenceFactory,
        {},
        given={"kind": "check_in", "ends_at": None},
        beside=lambda row: AttendanceEvidenceFactory(
            enrollment=row.enrollment, session=row.session, kind="check_in", ends_at=None
        ),
    ),
    "attendanceevidence_ends_at_not_before_starts_at": Broken(
        AttendanceEvidenceFactory, {"ends_at": at(MONDAY, 9)}
    ),
    "attendanceevidence_end_has_its_start": Broken(
        AttendanceEvidenceFactory, {"starts_at": None, "minutes": 60}
    ),
    "attendanceevidence_says_something": Broken(
        AttendanceEvidenceFactory, {"starts_at": None, "ends_at": None}
    ),
    "attendanceevidence_shared_with_another": Broken(
        AttendanceEvidenceFactory,
        {},
        beside=lambda row: setattr(row, "shared_with", row.enrollment),
    ),
    "attendanceevidence_kind_known": Broken(AttendanceEvidenceFactory, {"kind": "hearsay"}),
    "attendanceevidence_mode_known": Broken(AttendanceEvidenceFactory, {"mode": "hybrid"}),
    "sharedconnection_once_per_pair": Broken(
        SharedConnectionFactory,
        {},
        beside=lambda row: SharedConnectionFactory(
            session=row.session, enrollment=row.colleague, colleague=row.enrollment
        ),
    ),
    "sharedconnection_with_another": Broken(
        SharedConnectionFactory,
        {},
        beside=lambda row: setattr(row, "colleague", row.enrollment),
    ),
    "sharedconnection_decided_has_its_time": Broken(
        SharedConnectionFactory, {"status": "confirmed"}
    ),
    "sharedconnection_status_known": Broken(
        SharedConnectionFactory, {"status": "lost"}, given={"status": "confirmed"}
    ),
    "shownname_one_person": Broken(
        ShownNameFactory,
        {},
        beside=lambda row: ShownNameFactory(
            enrollment=EnrollmentFactory(cohort=row.cohort), name=row.name
        ),
    ),
    "competencyrating_once": Broken(
        CompetencyRatingFactory,
        {},
        beside=lambda row: CompetencyRatingFactory(
            enrollment=row.enrollment, competency=row.competency
        ),
    ),
    "competencyrating_moment_known": Broken(CompetencyRatingFactory, {"moment": "middle"}),
    "competencyrating_rater_known": Broken(CompetencyRatingFactory, {"rater": "peer"}),
    "competencyrating_level_known": Broken(CompetencyRatingFactory, {"level": 5}),
    "modulecompletion_once": Broken(
        ModuleCompletionFactory,
        {},
        beside=lambda row: ModuleCompletionFactory(
            enrollment=row.enrollment, cohort_module=row.cohort_module, rule=row.rule
        ),
    ),
    "modulecompletion_override_has_reason": Broken(ModuleCompletionFactory, {"meets_rule": False}),
    "modulecompletion_outcome_known": Broken(
        ModuleCompletionFactory, {"outcome": "pending", "override_reason": "other"}
    ),
    **{
        f"{name}_{constraint}": broken
        for name, factory in (
            ("modulecompletion", ModuleCompletionFactory),
            ("editionoutcome", EditionOutcomeFactory),
        )
        for constraint, broken in broken_decisions(factory).items()
    },
    "editionoutcome_override_has_reason": Broken(EditionOutcomeFactory, {"meets_rule": False}),
    "editionoutcome_by_a_rule": Broken(EditionOutcomeFactory, {"rule": None}),
    "editionoutcome_outcome_known": Broken(
        EditionOutcomeFactory, {"outcome": "transferred", "override_reason": "other"}
    ),
    "score_once_per_attempt": Broken(
        ScoreFactory,
        {},
        beside=lambda row: ScoreFactory(enrollment=row.enrollment, assessment=row.assessment),
    ),
    "score_value_or_did_not_sit": Broken(ScoreFactory, {"did_not_sit": True}),
    "score_value_0_to_20": Broken(ScoreFactory, {"value": 21}),
    "score_attempt_from_1": Broken(ScoreFactory, {"attempt": 0}),
    "score_version_from_1": Broken(ScoreFactory, {"version": 0}),
    "score_source_known": Broken(ScoreFactory, {"source": "guess"}),
}


def in_group(**fields) -> Enrollment:
    cohort = CohortFactory()
    return EnrollmentFactory(cohort=cohort, group=GroupFactory(cohort=cohort), **fields)


def as_guest() -> MakeUp:
    person = in_group()
    host = SessionFactory(
        cohort=person.cohort, group=GroupFactory(cohort=person.cohort, number=77), day=9
    )
    return MakeUpFactory(enrollment=person, host=host)


@pytest.mark.parametrize(
    ("quota_by", "value", "is_right"),
    [
        ("region", "15", True),
        ("service", "csmc", True),
        ("region", "csmc", False),
        ("service", "15", False),
        ("none", "15", False),
    ],
)
def test_quota_is_of_what_the_edition_counts_by(quota_by, value, is_right):
    quota = QuotaFactory(cohort=CohortFactory(quota_by=quota_by), value=value)

    if is_right:
        quota.full_clean()
    else:
        assert "value" in refused(quota)


@pytest.mark.parametrize("name", BROKEN)
def test_database_refuses_what_breaks(name):
    assert_database_refuses(BROKEN[name], name)


@pytest.mark.parametrize("name", BROKEN)
def test_form_says_at_the_field_what_breaks(name):
    assert_form_refuses(BROKEN[name], name)


def test_what_may_be_empty_breaks_nothing():
    ModuleCompletionFactory(
        attendance_percent=None, sessions_counted=0, sessions_taken=0
    ).full_clean()
    EnrollmentFactory(group=None, group_since=None, ended_on=None).full_clean()
    ParticipantFactory(licence_board="").full_clean()


@pytest.mark.parametrize(
    ("outcome", "meets", "reason"),
    [
        ("completed", True, ""),
        ("not_completed", False, ""),
        ("completed", False, "made_up"),
        ("not_completed", True, "other"),
    ],
)
def test_completion_by_the_rule_or_with_a_reason_is_stored(outcome, meets, reason):
    row = ModuleCompletionFactory(outcome=outcome, meets_rule=meets, override_reason=reason)
    row.full_clean()


def refused(row, **changes) -> dict[str, list[str]]:
    for name, value in changes.items():
        setattr(row, name, value)
    with translation.override("en"), pytest.raises(ValidationError) as error:
        row.full_clean()
    with translation.override("en"):
        return error.value.message_dict


# ---- clean -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("dni", "40123456", ["4012345", "401234567", "4012345X", "４０１２３４５６", ""]),
        ("ce", "001234567", ["00123456", "0012345678901", "00123-567"]),
        ("passport", "PE123456", ["PE123", "PE12345678901", "PE 123456"]),
        ("ptp", "AB1234", ["AB123", "Á12345"]),
    ],
)
def test_document_number_has_the_form_of_its_type(kind, good, bad):
    ParticipantFactory(document_type=kind, document_number=good).full_clean()
    for number in bad:
        person = ParticipantFactory()
        assert list(refused(person, document_type=kind, document_number=number)) == [
            "document_number"
        ]


def test_document_of_an_unknown_type_is_a_message_and_no_crash():
    assert list(refused(ParticipantFactory(), document_type="ruc")) == ["document_type"]


def test_document_and_address_are_tidied():
    person = ParticipantFactory.build(
        document_type="passport", document_number=" pe123456 ", email=" Luz@Salud.example "
    )
    person.clean()
    assert (person.document_number, person.email) == ("PE123456", "luz@salud.example")


@pytest.mark.parametrize("mobile", ["957094499", "+5195709449x", "+51 957 094 499", "+51957"])
def test_mobile_that_is_not_e164_is_refused(mobile):
    assert list(refused(ParticipantFactory(), mobile=mobile)) == ["mobile"]


def test_mobile_in_e164_is_clean():
    ParticipantFactory(mobile="+51957094499").full_clean()


@pytest.mark.parametrize("code", ["12345", "1234567a", "１２３４５６７８", "12345678\n"])
def test_facility_code_is_8_plain_digits(code):
    assert "renipress" in refused(FacilityFactory(), renipress=code)


def test_enrollment_in_a_group_of_another_edition_is_refused():
    assert list(refused(EnrollmentFactory(), group=GroupFactory())) == ["group"]


def test_enrollment_moved_to_another_edition_is_refused():
    assert list(refused(EnrollmentFactory(), cohort=CohortFactory())) == ["cohort"]


def test_mark_in_another_editions_session_is_refused():
    errors = refused(AttendanceRecordFactory(), session=SessionFactory())
    assert errors == {"__all__": ["The person and the session are of different cohorts."]}


def test_completion_of_another_editions_module_is_refused():
    rule = CompletionRuleFactory()
    errors = refused(ModuleCompletionFactory(), cohort_module=rule.cohort_module, rule=rule)
    assert errors == {"__all__": ["The person and the module are of different cohorts."]}


def test_completion_by_another_modules_rule_is_refused():
    completion = ModuleCompletionFactory()
    other = CohortModuleFactory(cohort=completion.enrollment.cohort)
    errors = refused(completion, rule=CompletionRuleFactory(cohort_module=other))
    assert errors == {"__all__": ["The rule is of another module."]}


@pytest.mark.parametrize(
    "factory",
    [
        AttendanceRecordFactory,
        EnrollmentFactory,
        FacilityFactory,
        ModuleCompletionFactory,
        ParticipantFactory,
        ScoreFactory,
    ],
)
def test_row_of_the_factory_is_clean(factory):
    factory().full_clean()


# ---- QuerySets -------------------------------------------------------------------------------


def of_every_status(cohort) -> dict[str, Enrollment]:
    return {
        status: EnrollmentFactory(cohort=cohort, status=status, ended_on=THURSDAY)
        for status in Enrollment.Status.values
    }


def test_active_are_those_who_hold_a_place():
    cohort = CohortFactory()
    of_every_status(cohort)
    EnrollmentFactory()
    active = Enrollment.objects.for_cohort(cohort).active()
    assert {e.status for e in active} == {"enrolled", "completed", "not_completed"}
    assert {e.status for e in Enrollment.objects.all() if e.is_active} == {
        "enrolled",
        "completed",
        "not_completed",
    }


def concerned(session) -> set[Enrollment]:
    return set(Enrollment.objects.for_session(session))


def test_session_concerns_who_was_in_the_edition_that_day():
    """Who only applied, was on the list or declined never was; who left was, until the last day."""
    session = SessionFactory()
    of_every_status(session.cohort)
    EnrollmentFactory()
    assert {e.status for e in concerned(session)} == {
        "enrolled",
        "withdrawn",
        "transferred",
        "completed",
        "not_completed",
    }


@pytest.mark.parametrize(
    ("first", "last", "inside"),
    [
        (MONDAY, None, True),
        (WEDNESDAY, None, True),
        (THURSDAY, None, False),
        (MONDAY, WEDNESDAY, True),
        (MONDAY, TUESDAY, False),
    ],
)
def test_session_concerns_who_is_inside_the_dates(first, last, inside):
    session = SessionFactory()
    person = EnrollmentFactory(cohort=session.cohort, enrolled_on=first, ended_on=last)
    assert (person in concerned(session)) is inside is person.covers(session.day)


def test_session_in_the_evening_is_of_its_day_in_lima():
    """At 21:00 in Lima it is the next day in UTC."""
    session = SessionFactory()
    session.starts_at += dt.timedelta(hours=3)
    leaves = EnrollmentFactory(cohort=session.cohort, ended_on=WEDNESDAY)
    enters = EnrollmentFactory(cohort=session.cohort, enrolled_on=THURSDAY)
    assert concerned(session) == {leaves} != {enters}


def test_group_session_concerns_the_group_alone():
    person = in_group()
    other_group = GroupFactory(cohort=person.cohort)
    other = EnrollmentFactory(cohort=person.cohort, group=other_group)
    nowhere = EnrollmentFactory(cohort=person.cohort)
    session = SessionFactory(cohort=person.cohort, group=person.group)
    plenary = SessionFactory(cohort=person.cohort)
    assert concerned(session) == {person}
    assert concerned(plenary) == {person, other, nowhere}


@pytest.mark.parametrize(
    ("since", "inside"), [(None, True), (TUESDAY, True), (WEDNESDAY, True), (THURSDAY, False)]
)
def test_group_session_concerns_who_is_in_the_group_by_then(since, inside):
    person = in_group(group_since=since)
    session = SessionFactory(cohort=person.cohort, group=person.group)
    plenary = SessionFactory(cohort=person.cohort)
    assert (person in concerned(session)) is inside
    assert person in concerned(plenary)


def test_for_participant_is_the_own_and_no_draft():
    user, other = UserFactory(), UserFactory()
    person = ParticipantFactory(user=user)
    running = EnrollmentFactory(participant=person)
    EnrollmentFactory(participant=person, cohort__status="draft")
    EnrollmentFactory(participant=person, status="applied")
    EnrollmentFactory(participant__user=other)
    EnrollmentFactory(participant__user=None)
    closed = EnrollmentFactory(participant=person, cohort__status="closed", status="completed")
    assert set(Enrollment.objects.for_participant(user)) == {running, closed}


def test_for_participant_without_a_record_is_empty():
    EnrollmentFactory(participant__user=None)
    assert not Enrollment.objects.for_participant(UserFactory()).exists()


def test_by_name_orders_by_surnames_and_then_by_names():
    names = [("Quispe", "Mamani", "Zoila"), ("Quispe", "Mamani", "Ana"), ("Apaza", "", "Luz")]
    for paternal, maternal, given in names:
        EnrollmentFactory(
            participant__paternal_surname=paternal,
            participant__maternal_surname=maternal,
            participant__given_names=given,
        )
    found = Enrollment.objects.by_name().select_related("participant")
    assert [e.participant.given_names for e in found] == ["Luz", "Ana", "Zoila"]


# ---- Properties ------------------------------------------------------------------------------


def test_masked_document_shows_its_last_three():
    person = ParticipantFactory.build(facility=None, document_number="40123456")
    assert person.masked_document == "•••••456"


def test_texts_are_in_the_readers_language():
    person = ParticipantFactory(
        paternal_surname="Apaza", maternal_surname="", given_names="Luz Marina"
    )
    cohort = CohortFactory(code="ATN-1")
    enrollment = EnrollmentFactory(participant=person, cohort=cohort)
    mark = AttendanceRecord(enrollment=enrollment, session=SessionFactory(cohort=cohort))
    mark.state = "late"
    module = CohortModuleFactory(
        cohort=cohort, module__number=1, module__title_es="Bases", module__title_en="Basics"
    )
    completion = ModuleCompletionFactory(enrollment=enrollment, cohort_module=module)
    facility = FacilityFactory(name="CSMC Sur", renipress="00020001")
    assert person.full_name == "Luz Marina Apaza"
    rows = [person, enrollment, mark, completion, facility]
    with translation.override("en"):
        assert [str(row) for row in rows] == [
            "Apaza, Luz Marina",
            "Apaza, Luz Marina · ATN-1",
            "Apaza, Luz Marina · ATN-1 · Plenaria · 04/03/2026 18:00 · late",
            "Apaza, Luz Marina · ATN-1 · 1. Basics · completed",
            "CSMC Sur (00020001)",
        ]
    with translation.override("es"):
        assert [str(row) for row in rows][2:4] == [
            "Apaza, Luz Marina · ATN-1 · Plenaria · 04/03/2026 18:00 · tardanza",
            "Apaza, Luz Marina · ATN-1 · 1. Bases · culminó",
        ]


def test_shown_name_is_of_somebody_of_the_edition(db):
    with pytest.raises(ValidationError) as error:
        ShownNameFactory.build(enrollment=EnrollmentFactory(), cohort=CohortFactory()).full_clean()
    assert set(error.value.message_dict) == {"enrollment"}


def test_score_of_another_edition_is_refused():
    score = ScoreFactory()
    score.assessment = AssessmentFactory()
    with pytest.raises(ValidationError):
        score.full_clean()


@pytest.mark.parametrize(
    ("value", "read"),
    [(None, "NP"), ("0", "0"), ("14", "14"), ("14.5", "14,5"), ("9.25", "9,25"), ("20", "20")],
)
def test_score_reads_as_it_is_typed(value, read):
    score = ScoreFactory.build(value=value and Decimal(value), assessment=AssessmentFactory.build())
    assert score.result == read
