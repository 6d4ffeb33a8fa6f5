"""Who gets which answer at the pages that the admin makes: of the whole, and of each model."""

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from tests.addresses import ROLES, Address, addresses, answer, send
from tests.factories import (
    AbsenceRequestFactory,
    AttendanceRecordFactory,
    AttendanceWarningFactory,
    BreakFactory,
    CertificateFactory,
    CompetencyFactory,
    CompetencyRatingFactory,
    EditionOutcomeFactory,
    MakeUpFactory,
    ModuleCompletionFactory,
    ScoreFactory,
    SessionFactory,
    SessionPatternFactory,
    SurveyFactory,
)
from trainingprog.invitations import send_invitation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

# What a coordinator gets; nobody else enters at all.
SITE = {
    "admin:index": 200,
    "admin:search": 200,
    "admin:login": "login",
    "admin:logout": 405,
    "admin:password_change": 302,
    "admin:password_change_done": 200,
    "admin:autocomplete": 403,
    "admin:jsi18n": 200,
    "admin:participants_enrollment_export": 200,
    "admin:view_on_site(content_type_id, object_id)": 404,
    "admin:app_list(app_label)": 200,
    "admin/(?P<url>.*)$(url)": 404,
}
# The list, a new one, a change, a deletion; what is in use leads back with the reason (302).
# 403 where the verbs alone write, or where a record of the past is kept for good.
MODELS = {
    "courses.Program": (200, 200, 200, 302),
    "courses.Module": (200, 200, 200, 302),
    "courses.Competency": (200, 200, 200, 302),
    "courses.Cohort": (200, 200, 200, 302),
    "courses.CohortModule": (200, 200, 200, 302),
    "courses.CompletionRule": (200, 403, 200, 403),
    "courses.Group": (200, 200, 200, 302),
    "courses.SessionPattern": (200, 200, 200, 200),
    "courses.Session": (200, 200, 200, 302),
    "courses.Break": (200, 200, 200, 200),
    "participants.Participant": (200, 200, 200, 302),
    "participants.Facility": (200, 200, 200, 302),
    "participants.Enrollment": (200, 200, 200, 403),
    "participants.AttendanceRecord": (200, 403, 200, 403),
    "participants.AttendanceWarning": (200, 403, 200, 403),
    "participants.AbsenceRequest": (200, 403, 200, 403),
    "participants.MakeUp": (200, 403, 200, 403),
    "participants.ModuleCompletion": (200, 403, 200, 403),
    "participants.EditionOutcome": (200, 403, 200, 403),
    "participants.CertificateDesign": (200, 200, 200, 302),
    "participants.Score": (200, 403, 200, 403),
    "participants.QuestionSet": (200, 200, 200, 403),
    "tutors.Tutor": (200, 200, 200, 302),
    "tutors.TutorAssignment": (200, 200, 200, 200),
    "trainingprog.User": (200, 200, 200, 403),
    "trainingprog.PrivacyAcceptance": (200, 403, 200, 403),
    "trainingprog.BackgroundTask": (200, 403, 200, 403),
}
# Buttons of one row that lead to a task's own page.
LEADS = {
    "admin:courses_program_new_competency(object_id)": "courses.Program",
    "admin:participants_enrollment_see_timeline(object_id)": "participants.Enrollment",
    "admin:participants_absencerequest_decide_excuse(object_id)": "participants.AbsenceRequest",
    "admin:courses_cohortmodule_new_rule(object_id)": "courses.CohortModule",
    "admin:courses_completionrule_new_version(object_id)": "courses.CompletionRule",
    "admin:courses_session_cancel_session(object_id)": "courses.Session",
    "admin:courses_session_move_session(object_id)": "courses.Session",
    "admin:courses_session_print_sheet(object_id)": "courses.Session",
    "admin:participants_certificatedesign_see_sample(object_id)": "participants.CertificateDesign",
    "admin:participants_questionset_see_and_publish(object_id)": "participants.QuestionSet",
}
PAGES = ["changelist", "add", "change", "delete"]


def of_the_admin() -> list[Address]:
    return [address for address in addresses() if address.is_admins]


@pytest.fixture
def rows(coordinator, cohort, cohort_module, group, enrollment, tutor) -> dict[str, Model]:
    """One row of each model, in use wherever one may be."""
    session = SessionFactory(cohort=cohort, group=group, cohort_module=cohort_module)
    SessionPatternFactory(cohort=cohort)
    BreakFactory(cohort=cohort)
    AttendanceRecordFactory(enrollment=enrollment, session=session)
    AbsenceRequestFactory(enrollment=enrollment, session=session)
    MakeUpFactory(enrollment=enrollment, missed=session)
    competency = CompetencyFactory(program=cohort.program, modules=[cohort_module.module])
    CompetencyRatingFactory(enrollment=enrollment, competency=competency)
    ModuleCompletionFactory(
        enrollment=enrollment, cohort_module=cohort_module, rule=cohort_module.rules.get()
    )
    EditionOutcomeFactory(enrollment=enrollment)
    ScoreFactory(enrollment=enrollment)
    AttendanceWarningFactory(enrollment=enrollment)
    SurveyFactory(cohort=cohort)
    CertificateFactory(enrollment=enrollment)
    send_invitation.enqueue(coordinator.pk)
    return {label: apps.get_model(label)._base_manager.first() for label in MODELS}


def pages_of(row: Model) -> dict[str, str]:
    """Path by page, with the history and, where it is kept, one version of it."""
    meta = row._meta
    name = f"admin:{meta.app_label}_{meta.model_name}"
    paths = {page: reverse(f"{name}_{page}") for page in PAGES[:2]}
    paths |= {page: reverse(f"{name}_{page}", args=[row.pk]) for page in [*PAGES[2:], "history"]}
    if versions := getattr(row, "history", None):
        version = versions.first()
        paths["version"] = reverse(f"{name}_simple_history", args=[row.pk, version.history_id])
    return paths


def expected_of(label: str) -> dict[str, str]:
    codes = dict(zip(PAGES, map(str, MODELS[label]), strict=True))
    return codes | {"history": "200", "version": "200"}


def keys_of(label: str) -> set[str]:
    app, model = label.lower().split(".")
    name = f"admin:{app}_{model}"
    pages = {
        f"{name}_changelist",
        f"{name}_add",
        f"admin/{app}/{model}/<path:object_id>/(object_id)",
    }
    pages |= {f"{name}_{page}(object_id)" for page in ("change", "delete", "history")}
    if hasattr(apps.get_model(label), "history"):
        pages.add(f"{name}_simple_history")
    return pages


def test_every_page_of_the_admin_is_in_a_table():
    known = {*SITE, *LEADS}.union(*map(keys_of, MODELS))
    assert {address.key for address in of_the_admin()} == known


@pytest.mark.parametrize("label", MODELS)
def test_coordinator_gets_what_the_table_says_of_a_model(label, clients, rows):
    client = clients["coordinator"]()
    got = {page: answer(send(client, "GET", path)) for page, path in pages_of(rows[label]).items()}
    assert got == {page: expected_of(label)[page] for page in got}


@pytest.mark.no_cover
@pytest.mark.parametrize("role", [role for role in ROLES if role != "coordinator"])
def test_nobody_else_enters_any_page_of_a_model(role, clients, rows):
    expected = "login" if role == "anonymous" else "403"
    wrong = {}
    for row in rows.values():
        for page, path in pages_of(row).items():
            for method in ("GET", "POST"):
                got = answer(send(clients[role](), method, path))
                if got != expected:
                    wrong[row._meta.label, page, method] = got
    assert wrong == {}


@pytest.mark.parametrize("key", LEADS)
def test_button_leads_the_coordinator_to_a_page_that_is_there(key, clients, rows, cohort):
    rows["courses.Session"] = SessionFactory(cohort=cohort, day=20)  # nobody marked in it yet
    path = reverse(key.partition("(")[0], args=[rows[LEADS[key]].pk])
    response = clients["coordinator"]().get(path, follow=True)
    assert (response.status_code, len(response.redirect_chain)) == (200, 1)
    assert answer(clients["tutor"]().get(path)) == "403"
    assert answer(clients["anonymous"]().get(path)) == "login"


def test_pages_of_the_whole_admin_are_the_coordinators(clients):
    values = {"content_type_id": 1, "object_id": 1, "app_label": "courses", "url": "no-hay/"}
    got = {}
    for address in of_the_admin():
        if address.key not in SITE:
            continue
        path = address.path(values) if address.name else "/admin/no-hay/"
        got[address.key] = answer(send(clients["coordinator"](), "GET", path))
        if address.name not in ("admin:login", "admin:password_change"):
            assert answer(send(clients["anonymous"](), "GET", path)) == "login", path
            assert answer(send(clients["tutor"](), "GET", path)) == "403", path
    assert got == {key: str(code) for key, code in SITE.items()}
