"""Rows for tests: one program with a cohort of four teaching weeks in March 2026."""

import datetime as dt
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from courses.models import (
    Assessment,
    Break,
    Cohort,
    CohortModule,
    Competency,
    CompletionRule,
    Group,
    Module,
    Program,
    RuleScore,
    Session,
    SessionPattern,
)
from participants.meeting_reports.connections import Connection, Report
from participants.models import (
    AbsenceRequest,
    Application,
    AttendanceEvidence,
    AttendanceRecord,
    AttendanceWarning,
    Certificate,
    CertificateDesign,
    CertificateLookup,
    CheckInWindow,
    CompetencyRating,
    DesignLogo,
    DocumentType,
    EarlierPost,
    EditionOutcome,
    Enrollment,
    Facility,
    IssueRun,
    MakeUp,
    MeetingReport,
    ModuleCompletion,
    NameConfirmation,
    NamedAnswer,
    Offer,
    Participant,
    Question,
    QuestionSet,
    Quota,
    RegisterReminder,
    ReportDraft,
    Score,
    SharedConnection,
    ShownName,
    Signatory,
    Survey,
    SurveyInvitation,
)
from tests.sheets import PERSON, sheet_of
from trainingprog.import_drafts import pack_sheet
from trainingprog.models import Digest, ImportDraft, PrivacyAcceptance, SessionNotice, User
from tutors.models import Tutor, TutorAssignment, TutorCertificate

LIMA = ZoneInfo("America/Lima")
MONDAY = dt.date(2026, 3, 2)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), LIMA)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"persona{n}@salud.example")
    password = factory.django.Password("una-clave-larga")


class ProgramFactory(DjangoModelFactory):
    class Meta:
        model = Program

    code = factory.Sequence(lambda n: f"PRG{n}")
    title_es = "Programa de formación"
    title_en = "Training program"


class ModuleFactory(DjangoModelFactory):
    class Meta:
        model = Module

    program = factory.SubFactory(ProgramFactory)
    number = factory.Sequence(lambda n: n + 1)
    title_es = factory.LazyAttribute(lambda o: f"Módulo {o.number}")
    title_en = factory.LazyAttribute(lambda o: f"Module {o.number}")


class CohortFactory(DjangoModelFactory):
    class Meta:
        model = Cohort

    program = factory.SubFactory(ProgramFactory)
    code = factory.Sequence(lambda n: f"ED-{n}")
    status = Cohort.Status.RUNNING
    starts_on = MONDAY
    ends_on = MONDAY + dt.timedelta(days=27)
    capacity = 132


class CohortModuleFactory(DjangoModelFactory):
    class Meta:
        model = CohortModule

    cohort = factory.SubFactory(CohortFactory)
    module = factory.SubFactory(ModuleFactory, program=factory.SelfAttribute("..cohort.program"))
    first_week = 1
    last_week = 4


class CompletionRuleFactory(DjangoModelFactory):
    """Of a module, published and in force from the edition's first day; of the edition as a whole
    with `cohort_module=None`."""

    class Meta:
        model = CompletionRule

    cohort_module = factory.SubFactory(CohortModuleFactory)
    cohort = factory.Maybe(
        "cohort_module",
        factory.SelfAttribute("cohort_module.cohort"),
        factory.SubFactory(CohortFactory),
    )
    version = 1
    minimum_attendance_percent = 80
    requires_sign_off = factory.LazyAttribute(lambda o: o.cohort_module is not None)
    published_at = factory.LazyAttribute(lambda o: at(o.cohort.starts_on, 8))
    effective_on = factory.LazyAttribute(lambda o: o.cohort.starts_on)


class CompetencyFactory(DjangoModelFactory):
    """`modules=[…]` build it; an edition asks for it once it has one of them."""

    class Meta:
        model = Competency
        skip_postgeneration_save = True

    program = factory.SubFactory(ProgramFactory)
    code = factory.Sequence(lambda n: f"C{n:02d}")
    title_es = factory.LazyAttribute(lambda o: f"Competencia {o.code}")
    title_en = factory.LazyAttribute(lambda o: f"Competency {o.code}")
    level_1_es = "Necesita apoyo."
    level_2_es = "Lo hace con guía."
    level_3_es = "Lo hace sin ayuda."
    level_4_es = "Orienta a otras personas."

    @factory.post_generation
    def modules(self, create, extracted, **kwargs):
        if extracted:
            self.modules.set(extracted)


class BreakFactory(DjangoModelFactory):
    class Meta:
        model = Break

    cohort = factory.SubFactory(CohortFactory)
    starts_on = MONDAY + dt.timedelta(days=7)
    ends_on = MONDAY + dt.timedelta(days=13)
    reason = "Receso"


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    cohort = factory.SubFactory(CohortFactory)
    number = factory.Sequence(lambda n: n + 1)


class SessionPatternFactory(DjangoModelFactory):
    class Meta:
        model = SessionPattern

    cohort = factory.SubFactory(CohortFactory)
    title = "Plenaria"
    weekday = 2
    starts_at = dt.time(18, 0)
    minutes = 120


class SessionFactory(DjangoModelFactory):
    """`day` counts from the cohort's first day."""

    class Meta:
        model = Session

    class Params:
        day = 2

    cohort = factory.SubFactory(CohortFactory)
    title = "Plenaria"
    teaching_week = factory.LazyAttribute(lambda o: o.day // 7 + 1)
    starts_at = factory.LazyAttribute(
        lambda o: at(o.cohort.starts_on + dt.timedelta(days=o.day), 18)
    )
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + dt.timedelta(minutes=120))
    meeting_link = "https://reuniones.example/sala-1"


class FacilityFactory(DjangoModelFactory):
    class Meta:
        model = Facility

    renipress = factory.Sequence(lambda n: f"{20000 + n:08d}")
    name = factory.Sequence(lambda n: f"Centro de Salud Mental Comunitario {n} (ficticio)")
    region = "15"


class ParticipantFactory(DjangoModelFactory):
    class Meta:
        model = Participant

    document_type = DocumentType.DNI
    document_number = factory.Sequence(lambda n: f"{40000000 + n}")
    paternal_surname = factory.Sequence(lambda n: f"Apaza{n:03d}")
    maternal_surname = "Quispe"
    given_names = "Luz Marina"
    email = factory.Sequence(lambda n: f"participante{n}@salud.example")
    facility = factory.SubFactory(FacilityFactory)


class EnrollmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrollment

    participant = factory.SubFactory(ParticipantFactory)
    cohort = factory.SubFactory(CohortFactory)
    enrolled_on = factory.LazyAttribute(lambda o: o.cohort.starts_on)
    facility = factory.LazyAttribute(lambda o: o.participant.facility)


class EarlierPostFactory(DjangoModelFactory):
    class Meta:
        model = EarlierPost

    enrollment = factory.SubFactory(EnrollmentFactory)
    until = MONDAY + dt.timedelta(days=6)


class OfferFactory(DjangoModelFactory):
    """Open, and the enrollment is as it is while an offer is open."""

    class Meta:
        model = Offer

    enrollment = factory.SubFactory(EnrollmentFactory, status="offered", waitlist_rank=1)
    offered_at = at(MONDAY, 9)
    expires_at = at(MONDAY + dt.timedelta(days=3), 9)


class ApplicationFactory(DjangoModelFactory):
    """Confirmed and waiting for its review; `status` takes others, with what they need."""

    class Meta:
        model = Application

    cohort = factory.SubFactory(CohortFactory)
    status = Application.Status.CONFIRMED
    document_number = factory.Sequence(lambda n: f"{70000000 + n}")
    paternal_surname = factory.Sequence(lambda n: f"Mamani{n:03d}")
    maternal_surname = "Flores"
    given_names = "Ana María"
    email = factory.Sequence(lambda n: f"postulante{n}@salud.example")
    profession = "psychology"
    employment_regime = "cas"
    service = "csmc"
    facility = factory.SubFactory(FacilityFactory)
    notice_version = "2026-11"
    notice_accepted_at = at(MONDAY, 8)
    submitted_at = at(MONDAY, 8)
    confirmed_at = factory.LazyAttribute(
        lambda o: None if o.status in Application.NOT_YET else at(MONDAY, 9)
    )
    decided_at = factory.LazyAttribute(
        lambda o: at(MONDAY, 10) if o.status in Application.DECIDED else None
    )
    reason = factory.LazyAttribute(lambda o: "requirements" if o.status == "declined" else "")


class QuotaFactory(DjangoModelFactory):
    class Meta:
        model = Quota

    cohort = factory.SubFactory(CohortFactory, quota_by="region")
    value = "15"
    places = 10


class AttendanceRecordFactory(DjangoModelFactory):
    class Meta:
        model = AttendanceRecord

    enrollment = factory.SubFactory(EnrollmentFactory)
    session = factory.SubFactory(
        SessionFactory, cohort=factory.SelfAttribute("..enrollment.cohort")
    )
    state = AttendanceRecord.State.PRESENT
    recorded_at = factory.LazyAttribute(lambda o: o.session.ends_at)


class AbsenceRequestFactory(DjangoModelFactory):
    class Meta:
        model = AbsenceRequest

    enrollment = factory.SubFactory(EnrollmentFactory)
    session = factory.SubFactory(
        SessionFactory, cohort=factory.SelfAttribute("..enrollment.cohort")
    )
    reason = AbsenceRequest.Reason.SHIFT
    asked_at = factory.LazyAttribute(lambda o: o.session.starts_at - dt.timedelta(days=1))
    decided_at = factory.LazyAttribute(
        lambda o: o.asked_at if o.status in ("accepted", "declined") else None
    )
    status = "asked"


class MakeUpFactory(DjangoModelFactory):
    """A task; with `host`, another group's session."""

    class Meta:
        model = MakeUp

    enrollment = factory.SubFactory(EnrollmentFactory)
    missed = factory.SubFactory(SessionFactory, cohort=factory.SelfAttribute("..enrollment.cohort"))
    task = factory.LazyAttribute(lambda o: "" if o.host else "reading")
    host = None
    due_on = factory.LazyAttribute(
        lambda o: None if o.host else o.missed.day + dt.timedelta(days=7)
    )
    assigned_at = factory.LazyAttribute(lambda o: o.missed.ends_at)


class MeetingReportFactory(DjangoModelFactory):
    class Meta:
        model = MeetingReport

    session = factory.SubFactory(SessionFactory)
    format = MeetingReport.Format.ZOOM
    digest = factory.Sequence(lambda n: f"{n:064x}")
    rows = 3
    imported_at = factory.LazyAttribute(lambda o: o.session.ends_at)


class AttendanceEvidenceFactory(DjangoModelFactory):
    """In the meeting from the session's start to its end."""

    class Meta:
        model = AttendanceEvidence

    enrollment = factory.SubFactory(EnrollmentFactory)
    session = factory.SubFactory(
        SessionFactory, cohort=factory.SelfAttribute("..enrollment.cohort")
    )
    kind = AttendanceEvidence.Kind.MEETING
    starts_at = factory.LazyAttribute(lambda o: o.session.starts_at)
    ends_at = factory.LazyAttribute(lambda o: o.session.ends_at)
    reported_at = factory.LazyAttribute(lambda o: o.session.ends_at)


class SharedConnectionFactory(DjangoModelFactory):
    """Declared, of two colleagues of one facility; `status` takes others, with their time."""

    class Meta:
        model = SharedConnection

    enrollment = factory.SubFactory(EnrollmentFactory)
    colleague = factory.SubFactory(
        EnrollmentFactory,
        cohort=factory.SelfAttribute("..enrollment.cohort"),
        facility=factory.SelfAttribute("..enrollment.facility"),
    )
    session = factory.SubFactory(
        SessionFactory, cohort=factory.SelfAttribute("..enrollment.cohort")
    )
    declared_at = factory.LazyAttribute(lambda o: o.session.starts_at)
    status = "declared"
    decided_at = factory.LazyAttribute(
        lambda o: None if o.status == "declared" else o.session.ends_at
    )


class ReportDraftFactory(DjangoModelFactory):
    """Of one connection, all the session long, of whoever is called so."""

    class Meta:
        model = ReportDraft

    class Params:
        shown_name = "iPhone de Luz"

    session = factory.SubFactory(SessionFactory)
    user = factory.SubFactory(UserFactory)
    digest = factory.Sequence(lambda n: f"{n:064x}")
    report = factory.LazyAttribute(
        lambda o: Report(
            "zoom",
            (
                Connection(
                    2,
                    o.shown_name,
                    joined=o.session.starts_at.isoformat(),
                    left=o.session.ends_at.isoformat(),
                ),
            ),
        ).pack()
    )


class ShownNameFactory(DjangoModelFactory):
    class Meta:
        model = ShownName

    enrollment = factory.SubFactory(EnrollmentFactory)
    cohort = factory.SelfAttribute("enrollment.cohort")
    name = factory.Sequence(lambda n: f"iphone de luz {n}")
    confirmed_at = at(MONDAY, 9)


class CheckInWindowFactory(DjangoModelFactory):
    """Opened as the session starts, and not closed."""

    class Meta:
        model = CheckInWindow

    session = factory.SubFactory(SessionFactory)
    group = factory.LazyAttribute(lambda o: o.session.group)
    opened_at = factory.LazyAttribute(lambda o: o.session.starts_at)
    secret = "secreto-de-prueba"


class TutorFactory(DjangoModelFactory):
    class Meta:
        model = Tutor

    document_number = factory.Sequence(lambda n: f"{10000000 + n}")
    paternal_surname = factory.Sequence(lambda n: f"Condori{n:03d}")
    given_names = "Karina"
    email = factory.Sequence(lambda n: f"tutora{n}@minsa.example")


class TutorAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = TutorAssignment

    tutor = factory.SubFactory(TutorFactory)
    group = factory.SubFactory(GroupFactory)
    starts_on = factory.LazyAttribute(lambda o: o.group.cohort.starts_on)


class CompetencyRatingFactory(DjangoModelFactory):
    class Meta:
        model = CompetencyRating

    enrollment = factory.SubFactory(EnrollmentFactory)
    competency = factory.SubFactory(
        CompetencyFactory, program=factory.SelfAttribute("..enrollment.cohort.program")
    )
    moment = "baseline"
    rater = "self"
    level = 2
    rated_at = factory.LazyAttribute(lambda o: at(o.enrollment.cohort.starts_on, 12))


class ModuleCompletionFactory(DjangoModelFactory):
    class Meta:
        model = ModuleCompletion

    enrollment = factory.SubFactory(EnrollmentFactory)
    cohort_module = factory.SubFactory(
        CohortModuleFactory, cohort=factory.SelfAttribute("..enrollment.cohort")
    )
    rule = factory.SubFactory(
        CompletionRuleFactory, cohort_module=factory.SelfAttribute("..cohort_module")
    )
    meets_rule = True
    attendance_percent = 100
    sessions_counted = 5
    sessions_taken = 5
    decided_by = factory.SubFactory(UserFactory)
    decided_at = factory.LazyAttribute(lambda o: at(o.enrollment.cohort.ends_on, 12))


class AssessmentFactory(DjangoModelFactory):
    """Of the edition as a whole; with `cohort_module`, in that module and its edition."""

    class Meta:
        model = Assessment

    cohort_module = None
    cohort = factory.Maybe(
        "cohort_module",
        factory.SelfAttribute("cohort_module.cohort"),
        factory.SubFactory(CohortFactory),
    )
    kind = Assessment.Kind.EXAM
    title = factory.Sequence(lambda n: f"Examen {n}")
    weight = factory.LazyAttribute(lambda o: 0 if o.kind == "pre_test" else 1)


class ScoreFactory(DjangoModelFactory):
    """14, unless given; `value=None` is of who did not sit."""

    class Meta:
        model = Score

    enrollment = factory.SubFactory(EnrollmentFactory)
    assessment = factory.SubFactory(
        AssessmentFactory, cohort=factory.SelfAttribute("..enrollment.cohort")
    )
    value = Decimal("14")
    did_not_sit = factory.LazyAttribute(lambda o: o.value is None)
    recorded_at = factory.LazyAttribute(lambda o: at(o.assessment.cohort.starts_on, 20))


class EditionOutcomeFactory(DjangoModelFactory):
    class Meta:
        model = EditionOutcome

    enrollment = factory.SubFactory(EnrollmentFactory)
    rule = factory.SubFactory(
        CompletionRuleFactory,
        cohort_module=None,
        cohort=factory.SelfAttribute("..enrollment.cohort"),
    )
    outcome = "completed"
    meets_rule = True
    attendance_percent = 100
    sessions_counted = 5
    sessions_taken = 5
    decided_by = factory.SubFactory(UserFactory)
    decided_at = factory.LazyAttribute(lambda o: at(o.enrollment.cohort.ends_on, 12))


class RuleScoreFactory(DjangoModelFactory):
    class Meta:
        model = RuleScore

    rule = factory.SubFactory(CompletionRuleFactory)
    assessment = factory.SubFactory(
        AssessmentFactory,
        cohort=factory.SelfAttribute("..rule.cohort"),
        cohort_module=factory.SelfAttribute("..rule.cohort_module"),
    )
    minimum = Decimal("14")


class PrivacyAcceptanceFactory(DjangoModelFactory):
    class Meta:
        model = PrivacyAcceptance

    user = factory.SubFactory(UserFactory)
    version = "2021-10"
    accepted_at = at(MONDAY, 8)


class SessionNoticeFactory(DjangoModelFactory):
    class Meta:
        model = SessionNotice

    session_uid = factory.LazyFunction(uuid.uuid4)
    sequence = 1
    email = "participante@salud.example"


class AttendanceWarningFactory(DjangoModelFactory):
    class Meta:
        model = AttendanceWarning

    enrollment = factory.SubFactory(EnrollmentFactory)
    kind = AttendanceWarning.Kind.ONE_LEFT
    audience = "tutor"
    due_at = at(MONDAY, 9)


class RegisterReminderFactory(DjangoModelFactory):
    class Meta:
        model = RegisterReminder

    session = factory.SubFactory(SessionFactory)
    group = factory.SubFactory(GroupFactory, cohort=factory.SelfAttribute("..session.cohort"))
    audience = "tutor"
    due_at = at(MONDAY, 9)


class QuestionSetFactory(DjangoModelFactory):
    """Published and anonymous; with `asks`, of one question of each kind."""

    class Meta:
        model = QuestionSet
        skip_postgeneration_save = True

    purpose = "module"
    version = factory.Sequence(lambda n: n + 1)
    title_es = "Encuesta del módulo"
    published_at = at(MONDAY, 8)

    @factory.post_generation
    def asks(question_set, create, extracted, **kwargs):
        for number, kind in enumerate(extracted or (), 1):
            QuestionFactory(question_set=question_set, number=number, kind=kind)


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    question_set = factory.SubFactory(QuestionSetFactory)
    number = factory.Sequence(lambda n: n + 1)
    kind = "scale"
    text_es = factory.LazyAttribute(lambda o: f"Pregunta {o.number}")
    choices_es = factory.LazyAttribute(lambda o: "Sí\nEn parte\nNo" if o.kind == "choice" else "")
    is_required = factory.LazyAttribute(lambda o: o.kind != "text")


class SurveyFactory(DjangoModelFactory):
    """Open in the week in which `clock` stands."""

    class Meta:
        model = Survey

    question_set = factory.SubFactory(
        QuestionSetFactory, purpose=factory.SelfAttribute("..purpose"), asks=["scale", "text"]
    )
    purpose = "module"
    cohort = factory.SubFactory(CohortFactory)
    cohort_module = factory.SubFactory(
        CohortModuleFactory, cohort=factory.SelfAttribute("..cohort")
    )
    opens_on = MONDAY + dt.timedelta(days=7)
    closes_on = MONDAY + dt.timedelta(days=20)
    invited = 0


class SurveyInvitationFactory(DjangoModelFactory):
    class Meta:
        model = SurveyInvitation

    survey = factory.SubFactory(SurveyFactory)
    enrollment = factory.SubFactory(
        EnrollmentFactory, cohort=factory.SelfAttribute("..survey.cohort")
    )


class NamedAnswerFactory(DjangoModelFactory):
    class Meta:
        model = NamedAnswer

    survey = factory.SubFactory(SurveyFactory, question_set__is_anonymous=False)
    enrollment = factory.SubFactory(
        EnrollmentFactory, cohort=factory.SelfAttribute("..survey.cohort")
    )
    answers = factory.LazyFunction(lambda: {"1": 4})
    answered_on = MONDAY + dt.timedelta(days=8)


class DigestFactory(DjangoModelFactory):
    class Meta:
        model = Digest

    user = factory.SubFactory(UserFactory)
    day = MONDAY
    sent_at = at(MONDAY, 7)


class ImportDraftFactory(DjangoModelFactory):
    class Meta:
        model = ImportDraft

    user = factory.SubFactory(UserFactory)
    kind = "participants"
    cohort = factory.SubFactory(CohortFactory)
    filename = "participantes.xlsx"
    sheet = factory.LazyFunction(lambda: pack_sheet(sheet_of(PERSON)))


class CertificateDesignFactory(DjangoModelFactory):
    class Meta:
        model = CertificateDesign
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Diseño {n}")
    kind = "certificate"
    issuer = "Escuela Nacional de Salud Pública"
    title = "Certificado"
    lead = "Se otorga a"
    body = "con {document}, por completar {program} del {starts_on} al {ends_on}: {hours} horas"
    hours_from = "fixed"
    fixed_hours = factory.LazyAttribute(lambda o: 96 if o.hours_from == "fixed" else None)
    least_attendance_percent = factory.LazyAttribute(
        lambda o: 30 if (o.kind, o.recipient) == ("constancia", "participants") else None
    )
    recipient = "participants"

    # In the last place, so that a test has the others for its own.
    signatory = factory.RelatedFactory("tests.factories.SignatoryFactory", "design", position=4)


class DesignLogoFactory(DjangoModelFactory):
    class Meta:
        model = DesignLogo

    design = factory.SubFactory(CertificateDesignFactory)
    institution = "ENSAP"


class SignatoryFactory(DjangoModelFactory):
    class Meta:
        model = Signatory

    design = factory.SubFactory(CertificateDesignFactory, signatory=None)
    name = "Rosa Quispe"
    post = "Directora"


class CertificateFactory(DjangoModelFactory):
    """A row of its own, as no verb made it: certificates that say something are issued."""

    class Meta:
        model = Certificate

    enrollment = factory.SubFactory(EnrollmentFactory, status="completed")
    cohort = factory.LazyAttribute(lambda o: o.enrollment.cohort)
    design = factory.SubFactory(CertificateDesignFactory, kind=factory.SelfAttribute("..kind"))
    kind = "certificate"
    year = 2026
    number = factory.Sequence(lambda n: 1000 + n)
    code = factory.Sequence(lambda n: f"TEST{n:012}")
    facts_text = "{}"
    signature = "none"
    issued_at = at(MONDAY, 9)


class NameConfirmationFactory(DjangoModelFactory):
    class Meta:
        model = NameConfirmation

    enrollment = factory.SubFactory(EnrollmentFactory)
    state = "confirmed"
    name = factory.LazyAttribute(lambda o: o.enrollment.participant.full_name)
    said_at = at(MONDAY, 9)


class CertificateLookupFactory(DjangoModelFactory):
    class Meta:
        model = CertificateLookup

    visitor = "sealed"
    minute = 29_000_000
    count = 1


class IssueRunFactory(DjangoModelFactory):
    class Meta:
        model = IssueRun

    cohort = factory.SubFactory(CohortFactory)
    design = factory.SubFactory(CertificateDesignFactory)
    total = 1
    started_at = at(MONDAY, 9)


class TutorCertificateFactory(DjangoModelFactory):
    class Meta:
        model = TutorCertificate

    tutor = factory.SubFactory(TutorFactory)
    cohort = factory.SubFactory(CohortFactory)
    kind = "constancia"
    certificate = factory.SubFactory(
        CertificateFactory,
        cohort=factory.SelfAttribute("..cohort"),
        kind=factory.SelfAttribute("..kind"),
        enrollment=None,
    )
