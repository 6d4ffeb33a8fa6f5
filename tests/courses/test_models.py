import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from factory import LazyFunction

from courses.models import Assessment, Cohort, CompletionRule, Session
from courses.models.sessions import check_week_list
from tests.breaking import Broken, assert_database_refuses, assert_form_refuses
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyFactory,
    CompletionRuleFactory,
    GroupFactory,
    ModuleFactory,
    ProgramFactory,
    RuleScoreFactory,
    SessionFactory,
    SessionPatternFactory,
    at,
)

pytestmark = pytest.mark.django_db

DAY_BEFORE = MONDAY - dt.timedelta(days=1)


def generated() -> Session:
    pattern = SessionPatternFactory()
    return SessionFactory(cohort=pattern.cohort, pattern=pattern)


def generated_for_a_group() -> Session:
    pattern = SessionPatternFactory()
    group = GroupFactory(cohort=pattern.cohort)
    return SessionFactory(cohort=pattern.cohort, pattern=pattern, group=group)


def pre_test(**fields) -> Assessment:
    return AssessmentFactory(kind="pre_test", **fields)


BROKEN = {
    "module_number_unique_in_program": Broken(
        ModuleFactory,
        {"number": 1},
        beside=lambda row: ModuleFactory(program=row.program, number=1),
    ),
    "module_number_from_1": Broken(ModuleFactory, {"number": 0}),
    "cohort_ends_on_not_before_starts_on": Broken(CohortFactory, {"ends_on": DAY_BEFORE}),
    "cohort_minimum_attendance_percent_0_to_100": Broken(
        CohortFactory, {"minimum_attendance_percent": 101}
    ),
    "cohort_late_counts_percent_0_to_100": Broken(CohortFactory, {"late_counts_percent": 101}),
    "cohort_present_minimum_percent_0_to_100": Broken(
        CohortFactory, {"present_minimum_percent": 101}
    ),
    "cohort_pass_mark_0_to_20": Broken(CohortFactory, {"pass_mark": 21}),
    "cohort_capacity_from_1": Broken(CohortFactory, {"capacity": 0}),
    "cohort_minutes_per_academic_hour_from_1": Broken(
        CohortFactory, {"minutes_per_academic_hour": 0}
    ),
    "cohort_status_known": Broken(CohortFactory, {"status": "paused"}),
    "cohort_attendance_base_known": Broken(CohortFactory, {"attendance_base": "hours"}),
    "cohort_excused_counts_known": Broken(CohortFactory, {"excused_counts": ""}),
    "cohort_make_up_counts_known": Broken(CohortFactory, {"make_up_counts": "absent"}),
    "cohort_score_rounding_known": Broken(CohortFactory, {"score_rounding": "halves"}),
    "cohort_attempts_count_known": Broken(CohortFactory, {"attempts_count": "first"}),
    "assessment_title_unique_in_module": Broken(
        AssessmentFactory,
        {"title": "Examen final"},
        given={"cohort_module": LazyFunction(CohortModuleFactory)},
        beside=lambda row: AssessmentFactory(cohort_module=row.cohort_module, title="Examen final"),
    ),
    "assessment_title_unique_in_edition": Broken(
        AssessmentFactory,
        {"title": "Examen final"},
        beside=lambda row: AssessmentFactory(cohort=row.cohort, title="Examen final"),
    ),
    "assessment_weight_0_to_100": Broken(AssessmentFactory, {"weight": 101}),
    "assessment_pre_test_has_no_weight": Broken(
        AssessmentFactory, {"weight": 1}, given={"kind": "pre_test"}
    ),
    "assessment_pre_test_of_a_post_test": Broken(
        AssessmentFactory,
        {"kind": "exam"},
        given={"kind": "post_test", "pre_test": LazyFunction(pre_test)},
    ),
    "assessment_attempts_1_to_10": Broken(AssessmentFactory, {"attempts": 11}),
    "assessment_kind_known": Broken(AssessmentFactory, {"kind": "quiz"}),
    "cohort_applications_close_after_open": Broken(
        CohortFactory,
        {"applications_open_at": at(MONDAY, 9), "applications_close_at": at(MONDAY, 9)},
    ),
    "cohort_offer_hours_from_1": Broken(CohortFactory, {"offer_hours": 0}),
    "cohort_quota_by_known": Broken(CohortFactory, {"quota_by": "age"}),
    "cohortmodule_unique": Broken(
        CohortModuleFactory,
        {},
        given={"first_week": 1, "last_week": 1},
        beside=lambda row: CohortModuleFactory(
            cohort=row.cohort, module=row.module, first_week=2, last_week=2
        ),
    ),
    "cohortmodule_last_week_not_before_first_week": Broken(
        CohortModuleFactory, {"first_week": 3, "last_week": 2}
    ),
    "cohortmodule_first_week_from_1": Broken(CohortModuleFactory, {"first_week": 0}),
    "completionrule_version_unique": Broken(
        CompletionRuleFactory,
        {},
        beside=lambda row: CompletionRuleFactory(cohort_module=row.cohort_module),
    ),
    "completionrule_minimum_attendance_percent_0_to_100": Broken(
        CompletionRuleFactory, {"minimum_attendance_percent": 101}
    ),
    "completionrule_version_from_1": Broken(
        CompletionRuleFactory, {"version": 0, "reason": "Acuerdo"}
    ),
    "completionrule_change_has_reason": Broken(CompletionRuleFactory, {"version": 2}),
    "completionrule_version_unique_of_edition": Broken(
        CompletionRuleFactory,
        {},
        given={"cohort_module": None},
        beside=lambda row: CompletionRuleFactory(cohort_module=None, cohort=row.cohort),
    ),
    "completionrule_one_draft": Broken(
        CompletionRuleFactory,
        {"version": 2},
        given={"published_at": None},
        beside=lambda row: CompletionRuleFactory(
            cohort_module=row.cohort_module, published_at=None
        ),
    ),
    "completionrule_one_draft_of_edition": Broken(
        CompletionRuleFactory,
        {"version": 2},
        given={"published_at": None, "cohort_module": None},
        beside=lambda row: CompletionRuleFactory(
            cohort_module=None, cohort=row.cohort, published_at=None
        ),
    ),
    "completionrule_minimum_average_0_to_20": Broken(
        CompletionRuleFactory, {"minimum_average": 21}
    ),
    "completionrule_published_from_a_day": Broken(CompletionRuleFactory, {"effective_on": None}),
    "completionrule_sign_off_is_of_modules": Broken(
        CompletionRuleFactory, {"requires_sign_off": True}, given={"cohort_module": None}
    ),
    "completionrule_attendance_base_known": Broken(
        CompletionRuleFactory, {"attendance_base": "hours"}
    ),
    "rulescore_once_per_assessment": Broken(
        RuleScoreFactory,
        {},
        beside=lambda row: RuleScoreFactory(rule=row.rule, assessment=row.assessment),
    ),
    "rulescore_minimum_0_to_20": Broken(RuleScoreFactory, {"minimum": 21}),
    "break_ends_on_not_before_starts_on": Broken(
        BreakFactory, {"starts_on": MONDAY + dt.timedelta(days=1), "ends_on": MONDAY}
    ),
    "break_kind_known": Broken(BreakFactory, {"kind": "strike"}),
    "group_number_unique_in_cohort": Broken(
        GroupFactory,
        {"number": 1},
        beside=lambda row: GroupFactory(cohort=row.cohort, number=1),
    ),
    "group_number_from_1": Broken(GroupFactory, {"number": 0}),
    "competency_code_unique_in_program": Broken(
        CompetencyFactory,
        {"code": "C1"},
        beside=lambda row: CompetencyFactory(program=row.program, code="C1"),
    ),
    "group_weekday_known": Broken(GroupFactory, {"weekday": 7}),
    "sessionpattern_weekday_known": Broken(SessionPatternFactory, {"weekday": 7}),
    "sessionpattern_audience_known": Broken(SessionPatternFactory, {"audience": "tutors"}),
    "sessionpattern_on_non_teaching_day_known": Broken(
        SessionPatternFactory, {"on_non_teaching_day": "before"}
    ),
    "sessionpattern_modality_known": Broken(SessionPatternFactory, {"modality": "radio"}),
    "sessionpattern_minutes_1_to_720": Broken(SessionPatternFactory, {"minutes": 721}),
    "sessionpattern_every_weeks_from_1": Broken(SessionPatternFactory, {"every_weeks": 0}),
    "sessionpattern_first_week_from_1": Broken(SessionPatternFactory, {"first_week": 0}),
    "session_ends_after_start": Broken(SessionFactory, {"ends_at": at(MONDAY, 18)}),
    "session_once_per_pattern_week_group": Broken(
        generated_for_a_group,
        {},
        beside=lambda row: SessionFactory(
            cohort=row.cohort, pattern=row.pattern, group=row.group, day=3
        ),
    ),
    "session_once_per_pattern_week": Broken(
        generated,
        {},
        beside=lambda row: SessionFactory(cohort=row.cohort, pattern=row.pattern, day=3),
    ),
    "session_cancelled_with_reason": Broken(SessionFactory, {"status": "cancelled"}),
    "session_teaching_week_from_1": Broken(SessionFactory, {"teaching_week": 0}),
    "session_status_known": Broken(SessionFactory, {"status": "postponed"}),
    "session_modality_known": Broken(SessionFactory, {"modality": ""}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_database_refuses_what_breaks(name):
    assert_database_refuses(BROKEN[name], name)


@pytest.mark.parametrize("name", BROKEN)
def test_form_says_at_the_field_what_breaks(name):
    assert_form_refuses(BROKEN[name], name)


def test_what_may_be_empty_breaks_nothing():
    GroupFactory(weekday=None).full_clean()
    cohort = CohortFactory(ends_on=MONDAY)
    cohort.full_clean()
    assert cohort.starts_on == cohort.ends_on


def refused(row, **changes) -> dict[str, list[str]]:
    for name, value in changes.items():
        setattr(row, name, value)
    with translation.override("en"), pytest.raises(ValidationError) as error:
        row.full_clean()
    with translation.override("en"):
        return error.value.message_dict


# ---- clean -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "factory",
    [
        AssessmentFactory,
        BreakFactory,
        CohortFactory,
        CohortModuleFactory,
        CompletionRuleFactory,
        GroupFactory,
        ModuleFactory,
        ProgramFactory,
        SessionFactory,
        SessionPatternFactory,
    ],
)
def test_row_of_the_factory_is_clean(factory):
    factory().full_clean()


@pytest.mark.parametrize(
    "factory",
    [
        AssessmentFactory,
        CohortModuleFactory,
        GroupFactory,
        SessionFactory,
        SessionPatternFactory,
    ],
)
def test_row_moved_to_another_edition_is_refused(factory):
    other = CohortFactory()
    assert "stays in the edition" in refused(factory(), cohort=other)["cohort"][0]


def test_edition_of_another_program_than_its_modules_is_refused():
    cohort = CohortModuleFactory().cohort
    assert list(refused(cohort, program=ProgramFactory())) == ["program"]


def test_edition_without_modules_may_change_its_program():
    cohort = CohortFactory()
    cohort.program = ProgramFactory()
    cohort.full_clean()


@pytest.mark.parametrize(
    ("field", "days"), [("starts_on", 3), ("ends_on", -26)], ids=["begins later", "ends earlier"]
)
def test_edition_cut_short_of_its_sessions_is_refused(field, days):
    session = SessionFactory(day=2)
    shortened = getattr(session.cohort, field) + dt.timedelta(days=days)
    assert list(refused(session.cohort, **{field: shortened})) == [field]


def test_edition_cut_to_its_sessions_or_past_cancelled_ones_is_clean():
    session = SessionFactory(day=2)
    SessionFactory(cohort=session.cohort, day=9, status="cancelled", cancellation_reason="Huelga")
    session.cohort.starts_on = session.cohort.ends_on = session.day
    session.cohort.full_clean()


def test_module_of_another_program_is_refused():
    assert list(refused(CohortModuleFactory(), module=ModuleFactory())) == ["module"]


def test_module_that_editions_use_stays_in_its_program():
    module = CohortModuleFactory().module
    assert list(refused(module, program=ProgramFactory())) == ["program"]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 3), (4, 9), (1, 9)])
def test_modules_of_overlapping_weeks_are_refused(first, last):
    other = CohortModuleFactory(first_week=1, last_week=4, module__title_en="Basics")
    module = CohortModuleFactory(cohort=other.cohort, first_week=5, last_week=8)
    message = refused(module, first_week=first, last_week=last)["first_week"][0]
    assert "Basics" in message


def test_modules_of_adjoining_weeks_or_of_other_editions_are_clean():
    first = CohortModuleFactory(first_week=1, last_week=4)
    CohortModuleFactory(cohort=first.cohort, first_week=5, last_week=8).full_clean()
    CohortModuleFactory(first_week=2, last_week=3).full_clean()


def test_break_that_ends_before_it_starts_is_told_that_and_nothing_else():
    last = BreakFactory()
    assert list(refused(last, ends_on=last.starts_on - dt.timedelta(days=300))) == ["ends_on"]


@pytest.mark.parametrize("days", [-1, 28], ids=["before", "after"])
def test_break_outside_the_edition_is_refused(days):
    day = MONDAY + dt.timedelta(days=days)
    assert list(refused(BreakFactory(), starts_on=day, ends_on=day)) == ["starts_on"]


def test_break_that_reaches_into_the_edition_is_clean():
    BreakFactory(starts_on=DAY_BEFORE, ends_on=MONDAY).full_clean()


@pytest.mark.parametrize("days", [-1, 28], ids=["before", "after"])
def test_session_outside_the_edition_is_refused(days):
    day = MONDAY + dt.timedelta(days=days)
    errors = refused(SessionFactory(), starts_at=at(day, 18), ends_at=at(day, 20))
    assert "02/03/2026 to 29/03/2026" in errors["starts_at"][0]


def test_session_late_on_the_last_evening_is_inside():
    """In Lima's time: in UTC it is the next day already."""
    last = MONDAY + dt.timedelta(days=27)
    SessionFactory(starts_at=at(last, 21), ends_at=at(last, 23), teaching_week=4).full_clean()


def test_session_of_another_editions_group_and_module_is_refused():
    errors = refused(SessionFactory(), group=GroupFactory(), cohort_module=CohortModuleFactory())
    assert set(errors) == {"group", "cohort_module"}


@pytest.mark.parametrize("weeks", ["1, 2", [0], [-1], [1.5], ["2"], [True], None, {"1": 2}])
def test_weeks_that_are_no_list_of_numbers_are_refused(weeks):
    with pytest.raises(ValidationError):
        check_week_list(weeks)


def test_weeks_as_a_list_of_numbers_are_clean():
    check_week_list([4, 9, 14])


# ---- QuerySets -------------------------------------------------------------------------------


def test_visible_leaves_drafts_out_and_running_keeps_running_alone():
    cohorts = {status: CohortFactory(status=status) for status in Cohort.Status.values}
    assert set(Cohort.objects.visible()) == set(cohorts.values()) - {cohorts["draft"]}
    assert list(Cohort.objects.running()) == [cohorts["running"]]


def test_in_force_is_the_newest_version_of_each_module():
    module = CohortModuleFactory()
    CompletionRuleFactory(cohort_module=module)
    second = CompletionRuleFactory(cohort_module=module, version=2, reason="Acuerdo")
    other = CompletionRuleFactory()
    assert set(CompletionRule.objects.in_force(MONDAY)) == {second, other}


def test_for_group_has_the_whole_editions_sessions_and_the_own():
    cohort = CohortFactory()
    group, other = GroupFactory(cohort=cohort), GroupFactory(cohort=cohort)
    plenary = SessionFactory(cohort=cohort)
    own = SessionFactory(cohort=cohort, group=group)
    others = SessionFactory(cohort=cohort, group=other)
    elsewhere = SessionFactory()
    sessions = Session.objects.for_cohort(cohort)
    assert set(sessions) == {plenary, own, others}
    assert set(sessions.for_group(group)) == {plenary, own}
    assert set(sessions.for_group(None)) == {plenary}
    assert elsewhere not in sessions


def test_counted_leaves_the_cancelled_out():
    kept = [SessionFactory(), SessionFactory(status="held")]
    SessionFactory(status="cancelled", cancellation_reason="Huelga")
    assert set(Session.objects.counted()) == set(kept)


def test_ended_from_the_moment_of_the_end():
    session = SessionFactory()
    before = session.ends_at - dt.timedelta(seconds=1)
    assert list(Session.objects.ended(session.ends_at)) == [session]
    assert list(Session.objects.not_ended(session.ends_at)) == []
    assert list(Session.objects.ended(before)) == []
    assert list(Session.objects.not_ended(before)) == [session]


def test_on_day_goes_by_the_day_in_lima():
    cohort = CohortFactory()
    late = SessionFactory(cohort=cohort, starts_at=at(MONDAY, 23, 30))
    early = SessionFactory(cohort=cohort, starts_at=at(MONDAY, 0))
    SessionFactory(cohort=cohort, starts_at=at(DAY_BEFORE, 23, 59))
    SessionFactory(cohort=cohort, starts_at=at(MONDAY + dt.timedelta(days=1), 0))
    assert set(Session.objects.on_day(MONDAY)) == {late, early}
    assert {late.day, early.day} == {MONDAY}


# ---- Properties ------------------------------------------------------------------------------


def test_meeting_is_open_from_a_quarter_before_to_a_quarter_after():
    session = SessionFactory()
    quarter, second = dt.timedelta(minutes=15), dt.timedelta(seconds=1)
    assert session.meeting_is_open(session.starts_at - quarter)
    assert session.meeting_is_open(session.ends_at + quarter)
    assert not session.meeting_is_open(session.starts_at - quarter - second)
    assert not session.meeting_is_open(session.ends_at + quarter + second)


@pytest.mark.parametrize("changes", [{"meeting_link": ""}, {"status": "cancelled"}])
def test_meeting_without_a_link_or_cancelled_never_opens(changes):
    session = SessionFactory.build(cohort=CohortFactory(), **changes)
    assert not session.meeting_is_open(session.starts_at)


def test_texts_are_in_the_readers_language():
    program = ProgramFactory(code="ATN", title_es="Cuidado", title_en="Care")
    cohort = CohortFactory(code="ATN-1", program=program)
    module = ModuleFactory(program=program, number=2, title_es="Bases", title_en="Basics")
    part = CohortModuleFactory(cohort=cohort, module=module)
    rule = CompletionRuleFactory(cohort_module=part)
    pattern = SessionPatternFactory(cohort=cohort)
    day_off = BreakFactory(cohort=cohort, reason="Aniversario", ends_on=MONDAY, starts_on=MONDAY)
    rows = [program, cohort, module, part, rule, day_off, GroupFactory(number=3)]
    rows += [GroupFactory(number=3, name="Sur"), pattern, SessionFactory(cohort=cohort, number=2)]
    with translation.override("en"):
        assert [str(row) for row in rows] == [
            "ATN · Care",
            "ATN-1",
            "2. Basics",
            "2. Basics",
            "version 1: at least 80 % attendance",
            "Aniversario (02/03/2026 – 02/03/2026)",
            "Group 3",
            "Group 3 · Sur",
            "Plenaria · Wednesday 18:00",
            "Plenaria 2 · 04/03/2026 18:00",
        ]
    with translation.override("es"):
        assert [str(row) for row in rows] == [
            "ATN · Cuidado",
            "ATN-1",
            "2. Bases",
            "2. Bases",
            "versión 1: asistencia de al menos 80\u00a0%",
            "Aniversario (02/03/2026 – 02/03/2026)",
            "Grupo 3",
            "Grupo 3 · Sur",
            "Plenaria · miércoles 18:00",
            "Plenaria 2 · 04/03/2026 18:00",
        ]


def test_title_without_english_is_the_spanish_one():
    with translation.override("en"):
        assert ProgramFactory(title_es="Cuidado", title_en="").title == "Cuidado"


def test_assessment_of_another_editions_module_or_pre_test_is_refused():
    strangers = {"cohort_module": CohortModuleFactory(), "pre_test": pre_test()}
    assert set(refused(AssessmentFactory(kind="post_test"), **strangers)) == set(strangers)


def test_post_test_of_something_else_than_a_pre_test_is_refused():
    exam = AssessmentFactory(kind="exam")
    post = AssessmentFactory(cohort=exam.cohort, kind="post_test")
    assert list(refused(post, pre_test=exam)) == ["pre_test"]


def test_pre_test_that_a_post_test_names_stays_one():
    pre = pre_test()
    AssessmentFactory(cohort=pre.cohort, kind="post_test", pre_test=pre).full_clean()
    assert list(refused(pre, kind="exam")) == ["kind"]


def test_assessments_come_by_module_then_date_and_those_of_the_edition_last():
    first = CohortModuleFactory(first_week=1, last_week=1)
    second = CohortModuleFactory(cohort=first.cohort, first_week=2, last_week=2)
    whole = AssessmentFactory(cohort=first.cohort, due_on=MONDAY)
    undated = AssessmentFactory(cohort_module=first)
    late = AssessmentFactory(cohort_module=first, due_on=MONDAY + dt.timedelta(days=7))
    early = AssessmentFactory(cohort_module=first, due_on=MONDAY)
    later = AssessmentFactory(cohort_module=second, due_on=MONDAY)
    assert list(first.cohort.assessments.all()) == [early, late, undated, later, whole]


def test_rule_of_a_module_asks_for_minimums_in_its_own_assessments():
    minimum = RuleScoreFactory()
    minimum.assessment.cohort_module = CohortModuleFactory(
        cohort=minimum.rule.cohort, first_week=9, last_week=9
    )
    with pytest.raises(ValidationError, match="otro módulo"):
        minimum.full_clean()
