"""An edition's people and their log-ins: who has none yet, who was invited, who has entered."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.models import Enrollment, Person
from trainingprog.account_states import ACCOUNT_STATES, account_state
from trainingprog.invitations import INVITATION_DAYS, has_password
from trainingprog.models import User
from tutors.models import TutorAssignment


@dataclass(frozen=True, slots=True)
class Invitee:
    """`person` comes with the account; `place` says what the person is in the edition."""

    key: str
    person: Person
    place: str
    state: str
    link_expired: bool

    @property
    def user(self) -> User | None:
        user: User | None = self.person.user
        return user

    @property
    def state_label(self) -> str:
        return str(ACCOUNT_STATES[self.state])

    @property
    def has_never_entered(self) -> bool:
        return self.state != "entered"

    @property
    def can_be_invited(self) -> bool:
        """An invitation would tell who has a password to set another."""
        if self.state not in ("none", "waiting", "invited"):
            return False
        return self.user is None or not has_password(self.user)

    @property
    def is_new(self) -> bool:
        return self.can_be_invited and self.state != "invited"


@dataclass(frozen=True, slots=True)
class Invitees:
    people: tuple[Invitee, ...]

    @classmethod
    def of(cls, cohort: Cohort, *, at: dt.datetime) -> "Invitees":
        """Tutors whose assignment has not ended, then who holds a place. Two queries."""
        tutors: dict[int, tuple[Person, list[str]]] = {}
        for each in _assignments(cohort, timezone.localtime(at).date()):
            tutors.setdefault(each.tutor_id, (each.tutor, []))[1].append(str(each.group))
        people = [
            _invitee("tutor", tutor, _tutors_place(groups), at=at)
            for tutor, groups in tutors.values()
        ]
        for enrollment in _enrollments(cohort):
            place = str(enrollment.group or _("in no group"))
            people.append(_invitee("participant", enrollment.participant, place, at=at))
        return cls(tuple(people))

    @property
    def new(self) -> tuple[Invitee, ...]:
        """To whom no invitation has gone yet."""
        return tuple(each for each in self.people if each.is_new)

    @property
    def to_invite(self) -> tuple[Invitee, ...]:
        return tuple(each for each in self.people if each.can_be_invited)

    @property
    def never_entered(self) -> tuple[Invitee, ...]:
        return tuple(each for each in self.people if each.has_never_entered)

    @property
    def entered(self) -> tuple[Invitee, ...]:
        return tuple(each for each in self.people if not each.has_never_entered)


def _assignments(cohort: Cohort, day: dt.date) -> list[TutorAssignment]:
    found = (
        TutorAssignment.objects.filter(group__cohort=cohort)
        .select_related("tutor__user", "group")
        .order_by("tutor__paternal_surname", "tutor__given_names", "tutor", "group__number")
    )
    return [each for each in found if each.ends_on is None or each.ends_on >= day]


def _enrollments(cohort: Cohort) -> list[Enrollment]:
    found = Enrollment.objects.for_cohort(cohort).active().by_name()
    return list(found.select_related("participant__user", "group"))


def _tutors_place(groups: list[str]) -> str:
    return _("Tutor: %(groups)s") % {"groups": ", ".join(dict.fromkeys(groups))}


def _invitee(kind: str, person: Person, place: str, *, at: dt.datetime) -> Invitee:
    state = account_state(person.user)
    sent = person.user.invited_at if person.user and state == "invited" else None
    expired = sent is not None and sent + dt.timedelta(days=INVITATION_DAYS) < at
    return Invitee(f"{kind}-{person.pk}", person, place, state, expired)
