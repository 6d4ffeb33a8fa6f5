from participants.models.absences import AbsenceRequest, MakeUp
from participants.models.applications import Application
from participants.models.attendance import AttendanceRecord
from participants.models.calendar import ParticipantCalendar
from participants.models.certificate_designs import (
    CertificateDesign,
    CertificateKind,
    DesignImage,
    DesignLogo,
    Recipient,
    Signatory,
)
from participants.models.certificates import (
    Certificate,
    CertificateLookup,
    CertificateRegister,
    IssueRun,
    NameConfirmation,
)
from participants.models.check_in import CheckInWindow
from participants.models.competencies import CompetencyRating
from participants.models.completion import EditionOutcome, ModuleCompletion, Override
from participants.models.enrollments import Enrollment, LeavingReason
from participants.models.evidence import AttendanceEvidence, MeetingReport
from participants.models.facilities import Facility, Region
from participants.models.meeting_names import ReportDraft, ShownName
from participants.models.offers import Offer
from participants.models.people import (
    DocumentType,
    EmploymentRegime,
    LicenceBoard,
    Participant,
    Person,
    PersonalData,
    Profession,
    Service,
    Sex,
    WorkData,
)
from participants.models.posts import EarlierPost
from participants.models.question_sets import Question, QuestionSet
from participants.models.quotas import Quota
from participants.models.scores import Score
from participants.models.shared_connections import SharedConnection
from participants.models.surveys import (
    AnonymousAnswer,
    AnsweredMark,
    NamedAnswer,
    Survey,
    SurveyInvitation,
)
from participants.models.told_apart import ToldApart
from participants.models.warnings import AttendanceWarning, Audience, RegisterReminder

__all__ = [
    "AbsenceRequest",
    "AnonymousAnswer",
    "AnsweredMark",
    "Application",
    "AttendanceEvidence",
    "AttendanceRecord",
    "AttendanceWarning",
    "Audience",
    "Certificate",
    "CertificateDesign",
    "CertificateKind",
    "CertificateLookup",
    "CertificateRegister",
    "CheckInWindow",
    "CompetencyRating",
    "DesignImage",
    "DesignLogo",
    "DocumentType",
    "EarlierPost",
    "EditionOutcome",
    "EmploymentRegime",
    "Enrollment",
    "Facility",
    "IssueRun",
    "LeavingReason",
    "LicenceBoard",
    "MakeUp",
    "MeetingReport",
    "ModuleCompletion",
    "NameConfirmation",
    "NamedAnswer",
    "Offer",
    "Override",
    "Participant",
    "ParticipantCalendar",
    "Person",
    "PersonalData",
    "Profession",
    "Question",
    "QuestionSet",
    "Quota",
    "Recipient",
    "Region",
    "RegisterReminder",
    "ReportDraft",
    "Score",
    "Service",
    "Sex",
    "SharedConnection",
    "ShownName",
    "Signatory",
    "Survey",
    "SurveyInvitation",
    "ToldApart",
    "WorkData",
]
