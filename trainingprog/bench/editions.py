"""Invented editions to measure on: 132 people in 10 groups, each with 31 sessions, in the middle.

Every edition is made from the same seed, so that what is measured at one and at ten has the same
size. Rows are written in bulk and rest on no verb but the timetable's, so that a timetable that is
applied again finds nothing to do.
"""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as Role
from django.core.management import call_command
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from courses import scheduling
from courses.models import (
    Break,
    Cohort,
    CohortModule,
    CompletionRule,
    Group,
    Module,
    Program,
    Session,
    SessionPattern,
)
from participants.models import (
    AttendanceRecord,
    DocumentType,
    EmploymentRegime,
    Enrollment,
    Facility,
    ModuleCompletion,
    Participant,
    Profession,
    Region,
    Service,
    Sex,
)
from participants.session_locks import sessions_in_use
from trainingprog.models import PrivacyAcceptance, User
from trainingprog.privacy import PRIVACY_NOTICE_VERSION
from trainingprog.roles import COORDINATOR
from tutors.models import Tutor, TutorAssignment

PEOPLE = 132
GROUPS = 10
FACILITIES = 60
MODULE_WEEKS = ((1, 4), (5, 9), (10, 14), (15, 18))
WEEKS_BEFORE_TODAY = 9
STATES = ("present", "late", "excused", "absent")
WEIGHTS = (88, 5, 3, 4)

SURNAMES = ("Aguirre", "Cárdenas", "De la Cruz", "Huamán", "Mamani", "Ñahui", "Quispe", "Zegarra")
GIVEN_NAMES = ("Ana Lucía", "Carmen Rosa", "José Luis", "Luz Marina", "María del Pilar", "Raúl")


@dataclass(frozen=True)
class School:
    """What all editions share."""

    program: Program
    modules: tuple[Module, ...]
    facilities: tuple[Facility, ...]
    coordinator: User

    @classmethod
    def make(cls) -> "School":
        call_command("sync_roles", verbosity=0)
        program = Program.objects.create(
            code="ATN",
            title_es="Programa de formación para la atención de víctimas de violencia y trata",
            title_en="Training program for the care of victims of violence and trafficking",
        )
        modules = Module.objects.bulk_create(
            Module(
                program=program,
                number=number,
                title_es=f"Intervención desde el enfoque del trauma, parte {number}",
                title_en=f"Trauma-informed intervention, part {number}",
            )
            for number in range(1, len(MODULE_WEEKS) + 1)
        )
        regions = Region.values
        facilities = bulk_create_with_history(
            [
                Facility(
                    renipress=facility_code(index),
                    name=f"Centro de Salud Mental Comunitario {index + 1}",
                    region=regions[index % len(regions)],
                )
                for index in range(FACILITIES)
            ],
            Facility,
        )
        coordinator = make_accounts(["coordinadora@bench.example"], is_staff=True)[0]
        coordinator.groups.add(Role.objects.get(name=COORDINATOR))
        return cls(program, tuple(modules), tuple(facilities), coordinator)


@dataclass(frozen=True)
class Edition:
    """One edition and those of its rows that the measured pages are about."""

    cohort: Cohort
    groups: tuple[Group, ...]
    cohort_modules: tuple[CohortModule, ...]
    tutors: tuple[Tutor, ...]
    coordinator: User
    tutor: User
    participant: User
    """Both of the first group, of 13 people."""
    plenary: Session
    """The last plenary that has ended."""
    group_session: Session
    """The last session of the first group that has ended."""

    @property
    def group(self) -> Group:
        return self.groups[0]


def make_edition(school: School, number: int, *, at: dt.datetime) -> Edition:
    """An edition in its tenth week with all marks until now and its first module decided."""
    cohort = _make_cohort(school, number, today=timezone.localdate(at))
    groups = tuple(Group.objects.bulk_create(_groups(cohort)))
    cohort_modules = _make_modules(cohort, school)
    applied = scheduling.apply(cohort, locked=sessions_in_use, by=school.coordinator, at=at)
    tutor_users = make_accounts([f"tutora{number}.{n}@bench.example" for n in range(GROUPS)])
    tutors = _make_tutors(tutor_users, groups, number)
    users = make_accounts([f"participante{number}.{n}@bench.example" for n in range(PEOPLE)])
    enrollments = _make_enrollments(cohort, groups, _make_people(users, school, number))
    ended = [session for session in applied.created if session.ends_at <= at]
    _make_marks(ended, enrollments, by=tutor_users[0])
    _decide_first_module(cohort_modules[0], enrollments, by=tutor_users[0], at=at)
    ended.sort(key=lambda session: (session.starts_at, session.pk))
    return Edition(
        cohort=cohort,
        groups=groups,
        cohort_modules=cohort_modules,
        tutors=tuple(tutors),
        coordinator=school.coordinator,
        tutor=tutor_users[0],
        participant=users[GROUPS - 1],
        plenary=[session for session in ended if session.title == "Plenaria"][-1],
        group_session=[session for session in ended if session.group_id == groups[0].pk][-1],
    )


def facility_code(index: int) -> str:
    return f"{20_001 + index:08d}"


def make_accounts(emails: Sequence[str], **fields: bool) -> list[User]:
    """Accounts without a password that have accepted the privacy notice."""
    users = User.objects.bulk_create(
        User(email=email, password=make_password(None), **fields) for email in emails
    )
    PrivacyAcceptance.objects.bulk_create(
        PrivacyAcceptance(user=user, version=PRIVACY_NOTICE_VERSION, accepted_at=timezone.now())
        for user in users
    )
    return users


def _make_cohort(school: School, number: int, *, today: dt.date) -> Cohort:
    monday = today - dt.timedelta(days=today.weekday())
    starts_on = monday - dt.timedelta(weeks=WEEKS_BEFORE_TODAY)
    recess = starts_on + dt.timedelta(weeks=13)
    cohort = Cohort.objects.create(
        program=school.program,
        code=f"ATN-{number:02d}",
        status=Cohort.Status.RUNNING,
        starts_on=starts_on,
        ends_on=starts_on + dt.timedelta(weeks=19, days=-1),
        capacity=2 * PEOPLE,  # as many again are imported
    )
    Break.objects.create(
        cohort=cohort,
        starts_on=recess,
        ends_on=recess + dt.timedelta(days=6),
        reason="Receso",
    )
    SessionPattern.objects.bulk_create(_patterns(cohort))
    return cohort


def _patterns(cohort: Cohort) -> list[SessionPattern]:
    """18 plenaries, 9 meetings of each group and 4 workshops."""
    group = SessionPattern.Audience.GROUP
    return [
        SessionPattern(
            cohort=cohort, title="Plenaria", weekday=2, starts_at=dt.time(18), minutes=120
        ),
        SessionPattern(
            cohort=cohort,
            title="Encuentro de grupo",
            audience=group,
            weekday=4,
            starts_at=dt.time(17),
            minutes=90,
            every_weeks=2,
        ),
        SessionPattern(
            cohort=cohort,
            title="Taller",
            weekday=5,
            starts_at=dt.time(9),
            minutes=240,
            weeks=[4, 9, 14, 17],
            modality="hybrid",
            venue=f"Auditorio de la edición {cohort.code}",
        ),
    ]


def _groups(cohort: Cohort) -> list[Group]:
    return [
        Group(
            cohort=cohort, number=number, meeting_link=f"https://reuniones.example/grupo-{number}"
        )
        for number in range(1, GROUPS + 1)
    ]


def _make_modules(cohort: Cohort, school: School) -> tuple[CohortModule, ...]:
    made = CohortModule.objects.bulk_create(
        CohortModule(cohort=cohort, module=module, first_week=first, last_week=last)
        for module, (first, last) in zip(school.modules, MODULE_WEEKS, strict=True)
    )
    CompletionRule.objects.bulk_create(
        CompletionRule(
            cohort=cohort,
            cohort_module=module,
            requires_sign_off=module is not None,
            published_at=timezone.now(),
            effective_on=cohort.starts_on,
        )
        for module in (*made, None)
    )
    return tuple(made)


def _make_tutors(users: Sequence[User], groups: Sequence[Group], number: int) -> list[Tutor]:
    tutors = bulk_create_with_history(
        [
            Tutor(
                document_number=f"{10_000_000 + number * 1_000 + index}",
                paternal_surname=SURNAMES[index % len(SURNAMES)],
                maternal_surname="Condori",
                given_names=GIVEN_NAMES[index % len(GIVEN_NAMES)],
                email=user.email,
                user=user,
            )
            for index, user in enumerate(users)
        ],
        Tutor,
    )
    bulk_create_with_history(
        [
            TutorAssignment(tutor=tutor, group=group, starts_on=group.cohort.starts_on)
            for tutor, group in zip(tutors, groups, strict=True)
        ],
        TutorAssignment,
    )
    return tutors


def _make_people(users: Sequence[User], school: School, number: int) -> list[Participant]:
    chance = random.Random(1)
    people: list[Participant] = bulk_create_with_history(
        [
            Participant(
                document_type=DocumentType.DNI,
                document_number=f"{40_000_000 + number * 1_000 + index}",
                paternal_surname=chance.choice(SURNAMES),
                maternal_surname=chance.choice(SURNAMES),
                given_names=chance.choice(GIVEN_NAMES),
                sex=chance.choice(Sex.values),
                email=user.email,
                mobile=f"+519{index:08d}",
                profession=chance.choice(Profession.values),
                employment_regime=chance.choice(EmploymentRegime.values),
                service=chance.choice(Service.values),
                facility=school.facilities[index % FACILITIES],
                user=user,
            )
            for index, user in enumerate(users)
        ],
        Participant,
    )
    return people


def _make_enrollments(
    cohort: Cohort, groups: Sequence[Group], people: Sequence[Participant]
) -> list[Enrollment]:
    # From the last group down: the first groups have 13 people and the last two 14.
    enrollments: list[Enrollment] = [
        Enrollment(
            participant=person,
            cohort=cohort,
            group=groups[-1 - index % len(groups)],
            enrolled_on=cohort.starts_on,
            facility=person.facility,
            service=person.service,
            profession=person.profession,
            employment_regime=person.employment_regime,
        )
        for index, person in enumerate(people)
    ]
    return list(bulk_create_with_history(enrollments, Enrollment))


def _make_marks(
    sessions: Sequence[Session], enrollments: Sequence[Enrollment], *, by: User
) -> None:
    chance = random.Random(2)
    marks = [
        AttendanceRecord(
            enrollment=enrollment,
            session=session,
            state=chance.choices(STATES, WEIGHTS)[0],
            recorded_by=by,
            recorded_at=session.ends_at,
        )
        for session in sessions
        for enrollment in enrollments
        if session.group_id in (None, enrollment.group_id)
    ]
    bulk_create_with_history(marks, AttendanceRecord, batch_size=1_000)
    held = [session.pk for session in sessions]
    Session.objects.filter(pk__in=held).update(status=Session.Status.HELD)
    for session in sessions:
        session.status = Session.Status.HELD


def _decide_first_module(
    module: CohortModule, enrollments: Sequence[Enrollment], *, by: User, at: dt.datetime
) -> None:
    rule = module.rules.get()
    decisions = [
        ModuleCompletion(
            enrollment=enrollment,
            cohort_module=module,
            rule=rule,
            meets_rule=True,
            attendance_percent=100,
            sessions_counted=7,
            sessions_taken=7,
            decided_by=by,
            decided_at=at,
        )
        for enrollment in enrollments
        if enrollment.pk % 4
    ]
    bulk_create_with_history(decisions, ModuleCompletion)
