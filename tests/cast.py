"""The cast: one cohort of two groups, seen by everyone who may come to the door."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group as Role
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from courses.models import Cohort, CohortModule, Group
from participants.application_links import confirmation_token
from participants.certificate_codes import grouped
from participants.check_in_codes import Begun, link_code, ticket_of
from participants.models import CertificateRegister, Enrollment, ParticipantCalendar
from participants.survey_links import token_of
from tests.addresses import ROLES
from tests.factories import (
    MONDAY,
    AbsenceRequestFactory,
    ApplicationFactory,
    AssessmentFactory,
    AttendanceRecordFactory,
    CheckInWindowFactory,
    CohortFactory,
    CohortModuleFactory,
    CompetencyFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    GroupFactory,
    ImportDraftFactory,
    OfferFactory,
    ParticipantFactory,
    ReportDraftFactory,
    SessionFactory,
    SessionPatternFactory,
    SurveyInvitationFactory,
    TutorAssignmentFactory,
    TutorFactory,
    UserFactory,
    at,
)
from tests.participants.certified import certified, certified_tutor
from tests.participants.letters import PDF
from tests.surveyed import surveyed
from trainingprog.invitations import make_token
from trainingprog.models import PrivacyAcceptance, User
from trainingprog.privacy import PRIVACY_NOTICE_VERSION, SESSION_KEY
from tutors.models import TutorCalendar


@pytest.fixture
def clock():
    """The clock stands at noon of Friday of the cohort's second week; `clock.move_to(…)`."""
    with time_machine.travel(at(MONDAY + dt.timedelta(days=11), 12), tick=False) as traveller:
        yield traveller


def account(**fields) -> User:
    user = UserFactory(**fields)
    PrivacyAcceptance.objects.create(
        user=user, version=PRIVACY_NOTICE_VERSION, accepted_at=at(MONDAY, 8)
    )
    return user


@pytest.fixture
def cohort(db) -> Cohort:
    return CohortFactory()


@pytest.fixture
def cohort_module(cohort) -> CohortModule:
    module = CohortModuleFactory(cohort=cohort, first_week=1, last_week=2, module__number=1)
    CompletionRuleFactory(cohort_module=module)
    return module


@pytest.fixture
def group(cohort) -> Group:
    return GroupFactory(cohort=cohort, number=1)


@pytest.fixture
def other_group(cohort) -> Group:
    return GroupFactory(cohort=cohort, number=2)


@pytest.fixture
def coordinator(db) -> User:
    call_command("sync_roles", verbosity=0)
    user = account(email="coordinadora@ensap.example", is_staff=True, name="Rosa Coordinadora")
    user.groups.add(Role.objects.get(name="Coordinator"))
    return user


@pytest.fixture
def tutor(group) -> User:
    user = account(email="tutora@minsa.example")
    TutorAssignmentFactory(tutor=TutorFactory(user=user, email=user.email), group=group)
    return user


@pytest.fixture
def other_tutor(other_group) -> User:
    user = account(email="otro.tutor@minsa.example")
    TutorAssignmentFactory(tutor=TutorFactory(user=user, email=user.email), group=other_group)
    return user


@pytest.fixture
def enrollment(cohort, group) -> Enrollment:
    user = account(email="participante@salud.example")
    participant = ParticipantFactory(user=user, email=user.email)
    return EnrollmentFactory(participant=participant, cohort=cohort, group=group)


@pytest.fixture
def other_enrollment(cohort, other_group) -> Enrollment:
    user = account(email="otra.participante@salud.example")
    participant = ParticipantFactory(user=user, email=user.email)
    return EnrollmentFactory(participant=participant, cohort=cohort, group=other_group)


@pytest.fixture
def participant(enrollment) -> User:
    return enrollment.participant.user


@pytest.fixture
def other_participant(other_enrollment) -> User:
    return other_enrollment.participant.user


@pytest.fixture
def log_in():
    """`log_in(user)` gives a client of that user, past the privacy notice in its session."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        session = client.session
        session[SESSION_KEY] = PRIVACY_NOTICE_VERSION
        session.save()
        return client

    return client_of


@pytest.fixture
def no_role(db):
    return account(email="sin.papel@salud.example")


@pytest.fixture
def clients(
    log_in, coordinator, tutor, other_tutor, participant, other_participant, no_role
) -> dict[str, Any]:
    """Gives a fresh client for each request: some addresses log out.

    Each role logs in once: `send` brings back the session that a request has ended.
    """
    users = [None, coordinator, tutor, other_tutor, participant, other_participant, no_role]
    logged_in = {
        role: log_in(user).cookies if user else {} for role, user in zip(ROLES, users, strict=True)
    }

    def client_of(role: str) -> Client:
        client = Client()
        client.cookies.update(logged_in[role])
        return client

    return {role: partial(client_of, role) for role in ROLES}


@pytest.fixture
def objects(
    clients, coordinator, cohort, cohort_module, group, enrollment, settings, tmp_path
) -> dict[str, Any]:
    """What an address may be of: the values of its fields."""
    session = SessionFactory(cohort=cohort, group=group, cohort_module=cohort_module)
    AssessmentFactory(cohort_module=cohort_module)
    invited = UserFactory(email="invitada@salud.example")
    guides = group.tutor_assignments.get().tutor
    call = CohortFactory(status="open", applications_open_at=at(MONDAY, 8))
    application = ApplicationFactory(cohort=call, status="submitted")
    settings.PRIVATE_MEDIA_ROOT = tmp_path
    received = ApplicationFactory(cohort=cohort, letter=ContentFile(PDF, "letter.pdf"))
    certificate = certified(enrollment)
    pre_test = AssessmentFactory(cohort=cohort, kind="pre_test")
    AssessmentFactory(cohort=cohort, kind="post_test", pre_test=pre_test)
    competency = CompetencyFactory(program=cohort.program, modules=[cohort_module.module])
    now = timezone.now()
    window = CheckInWindowFactory(
        session=SessionFactory(cohort=cohort, group=group, starts_at=now), opened_by=coordinator
    )
    return {
        "": {},
        **surveyed(),
        "cohort": {"pk": cohort.pk, "module_pk": cohort_module.pk},
        "group": {
            "pk": group.pk,
            "module_pk": cohort_module.pk,
            "enrollment_pk": enrollment.pk,
            "moment": "baseline",
            "competency_pk": competency.pk,
        },
        "assignment": {"pk": group.tutor_assignments.get().pk},
        "session": {"pk": session.pk, "group_pk": group.pk},
        "report": {
            "pk": session.pk,
            "draft_pk": ReportDraftFactory(session=session, user=guides.user).pk,
        },
        "enrollment": {"pk": enrollment.pk, "moment": "baseline"},
        "missed": {
            "pk": AttendanceRecordFactory(
                enrollment=enrollment,
                session=SessionFactory(cohort=cohort, group=group, day=8),
                state="absent",
            ).session_id,
            "enrollment_pk": enrollment.pk,
        },
        "excuse": {
            "pk": AbsenceRequestFactory(
                enrollment=enrollment, session=SessionFactory(cohort=cohort, group=group, day=9)
            ).pk
        },
        "module": {"pk": cohort_module.pk},
        "twice": {
            "kept_pk": enrollment.participant.pk,
            "merged_pk": EnrollmentFactory(cohort=cohort).participant_id,
        },
        "pattern": {"pk": SessionPatternFactory(cohort=cohort).pk},
        "draft": {"pk": ImportDraftFactory(user=coordinator, cohort=cohort).pk},
        "key": {"key": "clave", "uidb36": "1"},
        "invited": {
            "uid": urlsafe_base64_encode(str(invited.pk).encode()),
            "token": make_token(invited),
        },
        "tutors_calendar": {"token": TutorCalendar.objects.create(tutor=guides).token},
        "application": {
            "code": application.cohort.code,
            "key": application.key,
            "token": confirmation_token(application),
        },
        "check_in": {"pk": window.session.pk, "group_pk": group.pk},
        "shown": {
            "pk": window.pk,
            "code": link_code(window, at=now),
            "ticket": ticket_of(Begun(window, now, 0)),
        },
        "received": {"pk": received.pk},
        "survey": {
            "token": token_of(
                SurveyInvitationFactory(
                    enrollment=enrollment,
                    survey__cohort=cohort,
                    survey__cohort_module=cohort_module,
                )
            )
        },
        "tutors_certificate": {"pk": certified_tutor(guides, cohort).pk},
        "design": {"pk": certificate.design_id},
        "certificate": {
            "pk": certificate.pk,
            "code": grouped(certificate.code),
            "year": CertificateRegister.objects.create(year=certificate.year).year,
        },
        "in_design": {"pk": cohort.pk, "design_pk": certificate.design_id},
        "nothing": {"pk": 0},
        "offer": {"token": OfferFactory(expires_at=at(MONDAY + dt.timedelta(days=30), 9)).token},
        "participants_calendar": {
            "token": ParticipantCalendar.objects.create(participant=enrollment.participant).token
        },
    }
