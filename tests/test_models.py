"""What holds for the product's models as a whole: constraints, coded values, history."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.db import models
from simple_history.models import HistoricalChanges
from simple_history.utils import get_history_manager_for_model

from courses.models.checks import AtField
from tests.courses.test_models import BROKEN as BROKEN_COURSES
from tests.factories import (
    AbsenceRequestFactory,
    AssessmentFactory,
    AttendanceRecordFactory,
    CertificateFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyFactory,
    CompetencyRatingFactory,
    EditionOutcomeFactory,
    EnrollmentFactory,
    FacilityFactory,
    MakeUpFactory,
    ModuleCompletionFactory,
    NameConfirmationFactory,
    ParticipantFactory,
    ScoreFactory,
    SessionFactory,
    TutorAssignmentFactory,
    TutorCertificateFactory,
    TutorFactory,
    UserFactory,
)
from tests.participants.test_certificate_models import BROKEN as BROKEN_CERTIFICATES
from tests.participants.test_models import BROKEN as BROKEN_PARTICIPANTS
from tests.trainingprog.test_models import BROKEN as BROKEN_TRAININGPROG
from tests.tutors.test_models import BROKEN as BROKEN_TUTORS

OWN_APPS = ["courses", "participants", "tutors", "trainingprog"]
OWN_MODELS = [
    model
    for app in OWN_APPS
    for model in apps.get_app_config(app).get_models()
    if not issubclass(model, HistoricalChanges) and not model._meta.proxy
]
BROKEN = (
    BROKEN_COURSES | BROKEN_CERTIFICATES | BROKEN_PARTICIPANTS | BROKEN_TUTORS | BROKEN_TRAININGPROG
)

# Every change to these leaves old value, new value, who and when; so does the person and the
# timetable, of which the registers speak.
KEPT = {
    "courses.Assessment": (AssessmentFactory, "weight", 3),
    "courses.Cohort": (CohortFactory, "capacity", 99),
    "courses.CohortModule": (CohortModuleFactory, "last_week", 3),
    "courses.Competency": (CompetencyFactory, "code", "C9"),
    "courses.Session": (SessionFactory, "venue", "Auditorio"),
    "participants.AbsenceRequest": (AbsenceRequestFactory, "document_seen", True),
    "participants.AttendanceRecord": (AttendanceRecordFactory, "state", "excused"),
    "participants.CompetencyRating": (CompetencyRatingFactory, "level", 3),
    "participants.Certificate": (CertificateFactory, "facts_text", '{"name":"A"}'),
    "participants.EditionOutcome": (EditionOutcomeFactory, "override_reason", "other"),
    "participants.Enrollment": (EnrollmentFactory, "service", "mamis"),
    "participants.Facility": (FacilityFactory, "district", "Ate"),
    "participants.MakeUp": (MakeUpFactory, "task", "exercise"),
    "participants.ModuleCompletion": (ModuleCompletionFactory, "override_reason", "other"),
    "participants.NameConfirmation": (NameConfirmationFactory, "name", "Rosa Quispe"),
    "participants.Participant": (ParticipantFactory, "given_names", "Rosa"),
    "participants.Score": (ScoreFactory, "value", Decimal("15.50")),
    "tutors.Tutor": (TutorFactory, "given_names", "Rosa"),
    "tutors.TutorAssignment": (TutorAssignmentFactory, "ends_on", None),
    "tutors.TutorCertificate": (TutorCertificateFactory, "kind", "certificate"),
}
DEMANDED = {
    "participants.EditionOutcome",
    "participants.AttendanceRecord",
    "participants.Certificate",
    "participants.Enrollment",
    "participants.ModuleCompletion",
    "participants.Score",
}


def constraints() -> list[tuple[type[models.Model], models.BaseConstraint]]:
    return [(model, constraint) for model in OWN_MODELS for constraint in model._meta.constraints]


def test_every_constraint_is_broken_by_a_test() -> None:
    assert {constraint.name for _model, constraint in constraints()} == set(BROKEN)


def test_every_constraint_says_in_its_own_words_what_is_wrong() -> None:
    default = models.BaseConstraint.default_violation_error_message
    silent = [c.name for _model, c in constraints() if c.violation_error_message == default]
    assert silent == []


def test_message_of_a_constraint_stands_at_a_field_of_its_own() -> None:
    """Else a form without that field could not show it."""
    astray = [
        constraint.name
        for model, constraint in constraints()
        if isinstance(constraint, AtField) and constraint.at not in fields_of(model, constraint)
    ]
    assert astray == []


def fields_of(model: type[models.Model], constraint: models.BaseConstraint) -> set[str]:
    if isinstance(constraint, models.CheckConstraint):
        sources = [constraint.condition]
    else:
        assert isinstance(constraint, models.UniqueConstraint)
        sources = list(constraint.expressions)
    names = {ref[0] for source in sources for ref in model._get_expr_references(source)}
    return names | set(getattr(constraint, "fields", ()))


def test_messages_stand_above_the_form_only_where_no_form_has_their_fields() -> None:
    """Rows that verbs alone make: versions, generated sessions, marks, decisions."""
    above = {c.name for _m, c in constraints() if not isinstance(c, AtField)}
    assert above == {
        "completionrule_version_unique",
        "privacy_accepted_once_per_version",
        "session_once_per_pattern_week",
        "session_once_per_pattern_week_group",
        "sessionnotice_told_once",
        "attendancewarning_told_once",
        "attendancewarning_told_once_of_a_module",
        "registerreminder_told_once",
        "registerreminder_told_once_without_group",
        "digest_once_a_day",
        "attendancerecord_once",
        "competencyrating_once",
        "modulecompletion_once",
        "score_once_per_attempt",
    }


def coded_fields() -> list[tuple[type[models.Model], models.Field]]:
    return [
        (model, field)
        for model in OWN_MODELS
        for field in model._meta.concrete_fields
        if field.choices
    ]


@pytest.mark.parametrize(
    ("model", "field"), coded_fields(), ids=lambda part: getattr(part, "__name__", str(part))
)
def test_coded_field_takes_its_choices_and_nothing_else(model, field) -> None:
    """A new choice without its place in the constraint could be chosen and not stored."""
    name = f"{model._meta.model_name}_{field.name}_known"
    [check] = [c for c in model._meta.constraints if c.name == name]
    [(lookup, values)] = check.condition.children
    assert lookup == f"{field.name}__in"
    expected = [value for value, _label in field.flatchoices if value != ""]
    if field.blank and not field.null:
        expected.append("")
    assert sorted(values) == sorted(expected)


def test_history_is_kept_of_what_the_school_must_account_for() -> None:
    with_history = {
        model._meta.label
        for model in OWN_MODELS
        if hasattr(model._meta, "simple_history_manager_attribute")
    }
    assert with_history == set(KEPT)
    assert with_history >= DEMANDED


@pytest.mark.django_db
@pytest.mark.parametrize("label", KEPT)
def test_history_has_old_and_new_value_who_and_when(label: str) -> None:
    factory, name, new = KEPT[label]
    row = factory()
    old = getattr(row, name)
    user = UserFactory()
    if new is None:
        new = row.starts_on
    setattr(row, name, new)
    row._history_user = user
    row.save()
    versions = get_history_manager_for_model(row).filter(id=row.pk).order_by("history_id")
    assert [getattr(version, name) for version in versions] == [old, new]
    assert versions.last().history_user == user
    assert versions.last().history_date is not None
