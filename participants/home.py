"""What a participant needs to know now, of the edition at hand or of an earlier one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, OuterRef, Subquery

from courses.models import Break, Cohort, Competency, Session
from courses.schedule import Line, Week, lines_for, next_line, schedule, school_today, this_week
from participants.checking_in import sessions_to_check_in
from participants.due_ratings import DueRatings
from participants.make_ups import HAS_MAKE_UPS, OwnMakeUp
from participants.models import AbsenceRequest, AttendanceRecord, Enrollment
from participants.models.attendance import CAME
from participants.own_certificates import OwnCertificates
from participants.own_excuses import OwnExcuse, own_excuses
from participants.own_sessions import sessions_of
from participants.own_surveys import PendingSurvey, open_invitations, pending_surveys
from participants.progress import EnrollmentProgress
from participants.rules_in_force import rules_in_force


@dataclass(frozen=True, slots=True)
class Home:
    progress: EnrollmentProgress
    next: Line | None
    week: Sequence[Line]
    news: Sequence[Line]
    excuses: Sequence[OwnExcuse]
    make_ups: Sequence[tuple[Session, OwnMakeUp]]
    # Of the next session, where one can be asked or was.
    next_excuse: OwnExcuse | None
    check_in: Sequence[Session]
    surveys: Sequence[PendingSurvey]
    certificates: OwnCertificates
    ratings: DueRatings

    @classmethod
    def of(cls, enrollment: Enrollment, *, at: dt.datetime) -> "Home":
        """Four queries, when the enrollment knows `what_there_is`. More of it cost more: make-ups,
        excuses and a session near one each, surveys two, competencies one, two near the end, and
        once it is decided the certificates one."""
        cohort = enrollment.cohort
        rules = rules_in_force([cohort], on=school_today(at))[cohort.pk]
        progress = EnrollmentProgress.for_enrollment(enrollment, at=at, rules=rules)
        hosts = [made.make_up.host for made in progress.make_ups.values() if made.make_up.host]
        # A host with a mark is already among those that count.
        own = dict.fromkeys([*progress.sessions, *progress.cancelled, *hosts])
        sessions = sorted(own, key=lambda s: s.starts_at)
        marks = {each.pk: progress.shown(each) or "" for each in sessions}
        lines = lines_for(sessions, at=at, marks=marks)
        asked = AbsenceRequest.objects.filter(enrollment=enrollment)
        excuses = own_excuses(progress, asked if enrollment.has_excuses else (), at=at)
        following = next_line(lines)
        day = school_today(at)
        return cls(
            progress=progress,
            next=following,
            week=this_week(lines, day),
            news=[line for line in lines if line.is_news],
            excuses=[excuse for excuse in excuses.values() if excuse.is_news(at)],
            make_ups=[
                (session, progress.make_ups[session.pk])
                for session in progress.sessions
                if session.pk in progress.make_ups and not progress.is_made_up(session)
            ],
            next_excuse=excuses.get(following.session.pk) if following else None,
            check_in=[
                session
                for session in sessions_to_check_in(enrollment, sessions, at=at)
                if progress.marks.get(session.pk) not in CAME
            ],
            surveys=pending_surveys(enrollment.participant_id, at=at)
            if enrollment.has_surveys
            else [],
            certificates=OwnCertificates.of(enrollment, at=at),
            ratings=DueRatings.of(enrollment, day=day),
        )


def own_enrollments(
    user: AbstractBaseUser | AnonymousUser,
    *,
    at: dt.datetime,
    also: Mapping[str, Exists] | None = None,
) -> list[Enrollment]:
    """The current edition first, then from the latest to the earliest.

    Each knows the break that today lies in, `recess` and `recess_ends_on`, at no further query;
    and what is asked `also`.
    """
    today = school_today(at)
    recess = Break.objects.filter(
        cohort=OuterRef("cohort"), starts_on__lte=today, ends_on__gte=today
    ).order_by("-ends_on", "id")
    found = (
        Enrollment.objects.for_participant(user)
        .select_related("cohort__program", "group", "participant", "name_confirmation")
        .annotate(
            recess=Subquery(recess.values("reason")[:1]),
            recess_ends_on=Subquery(recess.values("ends_on")[:1]),
            **(also or {}),
        )
        .order_by("-cohort__starts_on", "-id")
    )
    return sorted(found, key=lambda each: not is_current(each))


def what_there_is(at: dt.datetime) -> dict[str, Exists]:
    """Of what few people have on one day, whether there is any to read."""
    surveys = open_invitations(at).filter(enrollment__participant=OuterRef("participant"))
    return HAS_MAKE_UPS | {
        "has_excuses": Exists(AbsenceRequest.objects.filter(enrollment=OuterRef("pk"))),
        "has_surveys": Exists(surveys),
        "has_competencies": Exists(Competency.objects.of_cohort(OuterRef(OuterRef("cohort")))),
    }


def is_current(enrollment: Enrollment) -> bool:
    return enrollment.is_active and enrollment.cohort.status == Cohort.Status.RUNNING


def own_schedule(enrollment: Enrollment, *, at: dt.datetime) -> tuple[Week, ...]:
    marks = dict(
        AttendanceRecord.objects.filter(enrollment=enrollment).values_list("session_id", "state")
    )
    sessions = sessions_of([enrollment]).select_related("cohort_module__module")
    return schedule(
        enrollment.cohort,
        lines_for(sessions, at=at, marks=marks),
        enrollment.cohort.breaks.all(),
        today=school_today(at),
    )
