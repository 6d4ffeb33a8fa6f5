"""Rows of every model that the admin shows: n of each, and n under the first of each."""

import datetime as dt

from django.contrib.admin import site
from django.contrib.messages import get_messages
from django.db.models import Model
from django.forms import MultiValueField
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from courses.models import Cohort, CohortModule, Competency, Program, Session
from participants.models import (
    AttendanceRecord,
    Enrollment,
    ModuleCompletion,
    Participant,
    Score,
)
from tests.factories import (
    MONDAY,
    AbsenceRequestFactory,
    AttendanceRecordFactory,
    AttendanceWarningFactory,
    BreakFactory,
    CertificateDesignFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyFactory,
    CompletionRuleFactory,
    DesignLogoFactory,
    EditionOutcomeFactory,
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    MakeUpFactory,
    ModuleFactory,
    ParticipantFactory,
    ProgramFactory,
    QuestionSetFactory,
    ScoreFactory,
    SessionFactory,
    SessionPatternFactory,
    SignatoryFactory,
    TutorAssignmentFactory,
    TutorFactory,
    UserFactory,
    at,
)
from trainingprog.models import PrivacyAcceptance, User
from tutors.models import Tutor, TutorAssignment

MODELS: list[type[Model]] = sorted(site._registry, key=lambda model: model._meta.label)


def make_rows(n: int, by: User) -> None:
    """In the first edition n of everything; the first person in n editions; n other editions."""
    program = ProgramFactory(title_es="Programa de formación", title_en="")
    ProgramFactory.create_batch(n - 1, title_es="Otro programa", title_en="")
    cohorts = CohortFactory.create_batch(n, program=program)
    cohort = cohorts[0]
    groups = GroupFactory.create_batch(n, cohort=cohort, name="Norte")
    patterns = SessionPatternFactory.create_batch(n, cohort=cohort, weeks=[1, 2])
    BreakFactory.create_batch(n, cohort=cohort)
    modules = [
        CohortModuleFactory(
            cohort=cohort,
            module=ModuleFactory(program=program, number=number, title_en=""),
            first_week=number,
            last_week=number,
        )
        for number in range(1, n + 1)
    ]
    taught = [module.module for module in modules]
    CompetencyFactory.create_batch(n, program=program, modules=taught, title_en="")
    for version in range(1, n + 1):
        for module in modules[: n if version == 1 else 1]:
            CompletionRuleFactory(
                cohort_module=module, version=version, reason="Acuerdo", published_by=by
            )
    facilities = FacilityFactory.create_batch(n)
    people = [
        ParticipantFactory(facility=each, user=UserFactory(invited_at=at(MONDAY, 9)))
        for each in facilities
    ]
    enrollments = [
        EnrollmentFactory(participant=person, cohort=cohort, group=group)
        for person, group in zip(people, groups, strict=True)
    ]
    for other in cohorts[1:]:
        EnrollmentFactory(participant=people[0], cohort=other)
    tutors = [TutorFactory(user=UserFactory(is_active=False)) for _number in range(n)]
    for number, tutor in enumerate(tutors):
        TutorAssignmentFactory(tutor=tutor, group=groups[0])
        if number:
            TutorAssignmentFactory(tutor=tutors[0], group=groups[number])
    for number in range(n):
        session = SessionFactory(
            cohort=cohort,
            day=number,
            pattern=patterns[0],
            teaching_week=number + 1,
            cohort_module=modules[0],
            lecturer="Dra. Inventada",
        )
        AttendanceRecordFactory(
            enrollment=enrollments[0], session=session, recorded_by=by, minutes=110
        )
        MakeUpFactory(
            enrollment=enrollments[0], missed=session, assigned_by=by, done_by=by, cancelled_by=by
        )
        AbsenceRequestFactory(
            enrollment=enrollments[0], session=session, status="accepted", decided_by=by
        )
    for module in modules:
        AttendanceWarningFactory(enrollment=enrollments[0], cohort_module=module)
        ModuleCompletion.objects.create(
            enrollment=enrollments[0],
            cohort_module=module,
            rule=module.rules.first(),
            meets_rule=True,
            attendance_percent=100,
            sessions_counted=n,
            sessions_taken=n,
            decided_by=by,
            decided_at=at(MONDAY, 20),
        )
    EditionOutcomeFactory(enrollment=enrollments[0], decided_by=by)
    make_designs(n, program)
    for version in range(1, n + 1):
        QuestionSetFactory(version=version, asks=["scale"] * n, published_by=by)
    ScoreFactory.create_batch(n, enrollment=enrollments[0], recorded_by=by)
    for person in people:
        PrivacyAcceptance.objects.create(
            user=person.user, version="2021-10", accepted_at=at(MONDAY, 10)
        )
    for state in ("FAILED", "SUCCESSFUL", "READY")[:n]:
        DBTaskResult.objects.create(
            status=state,
            args_kwargs={"args": [], "kwargs": {}},
            task_path="trainingprog.invitations.send_invitation",
            backend_name="default",
            run_after=get_date_max(),
            exception_class_path="smtplib.SMTPException" if state == "FAILED" else "",
            traceback="Traceback …" if state == "FAILED" else "",
            started_at=timezone.now() if state != "READY" else None,
        )
    # A second version of each, so that its history has something to show.
    for model, field, value in (
        (Cohort, "support_contact", "soporte@ensap.example"),
        (CohortModule, "last_week", n),
        (Competency, "code", "C9"),
        (Session, "venue", "Aula 2"),
        (AttendanceRecord, "minutes", 100),
        (Enrollment, "ended_on", MONDAY + dt.timedelta(days=27)),
        (Participant, "given_names", "Luz María"),
        (Tutor, "given_names", "Carmen"),
        (TutorAssignment, "ends_on", MONDAY + dt.timedelta(days=27)),
        (ModuleCompletion, "attendance_percent", 99),
        (Score, "value", 15),
    ):
        row = first(model)
        setattr(row, field, value)
        row._history_user = by
        row.save()


def make_designs(n: int, program: Program) -> None:
    for _number in range(n):
        design = CertificateDesignFactory(program=program)
        for position in range(1, n + 1):
            DesignLogoFactory(design=design, position=position)
            SignatoryFactory(design=design, position=position)


def first(model: type[Model]) -> Model:
    return model._default_manager.order_by("pk")[0]


def url_of(model: type[Model], page: str, *args: object) -> str:
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def submit(client, path: str, **changes):
    """The form at the address, sent as it is shown but for the changes."""
    page = client.get(path)
    assert page.status_code == 200, page
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        if inline.has_change_permission:
            forms += [inline.formset.management_form, *inline.formset.forms]
        else:
            forms.append(inline.formset.management_form)
    data = {}
    for form in forms:
        for field in form:
            data |= posted(field)
    return client.post(path, {k: v for k, v in (data | changes).items() if v is not None})


def posted(field) -> dict[str, str]:
    value = field.value()
    if isinstance(field.field, MultiValueField):
        moment = timezone.localtime(value) if value else None
        return {
            f"{field.html_name}_0": f"{moment:%d/%m/%Y}" if moment else "",
            f"{field.html_name}_1": f"{moment:%H:%M}" if moment else "",
        }
    if isinstance(value, bool):
        return {field.html_name: "on"} if value else {}
    if isinstance(value, dt.date):
        value = f"{value:%d/%m/%Y}"
    return {field.html_name: "" if value is None else str(value)}


def messages_of(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response) -> dict[str, list[str]]:
    return response.context["adminform"].form.errors
