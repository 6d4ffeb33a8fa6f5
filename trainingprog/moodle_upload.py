"""An edition's people as the file that Moodle's page “Upload users” reads.

Moodle's names of the fields are fixed and in lower case: username, firstname, lastname and email
are asked for; cohort1 puts the person into a cohort; course1, role1 and group1 belong together and
are counted on for a person who guides several groups. See docs/exchange.md.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from courses.models import Cohort, Group
from participants.harmless_cells import harmless
from participants.models import Enrollment, Person
from trainingprog.oneroster import sourced_id
from tutors.models import Tutor, TutorAssignment

# What Moodle keeps of a user name unless it is told otherwise (PARAM_USERNAME).
NOT_IN_USERNAMES = re.compile(r"[^-.@_a-z0-9]")
# Short names that every Moodle has; a tutor teaches without editing the course.
STUDENT, TEACHER = "student", "teacher"


@dataclass(slots=True)
class _User:
    person: Person
    id_number: str
    # Role and group of each enrollment in the course; the group is empty where there is none.
    places: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MoodleUpload:
    header: list[str]
    rows: list[list[str]]

    @classmethod
    def of(cls, cohort: Cohort) -> "MoodleUpload":
        """Who holds a place, and the tutors of the groups. Two queries."""
        users = _users(cohort)
        widest = max((len(user.places) for user in users), default=1)
        header = ["username", "firstname", "lastname", "email", "idnumber", "cohort1"]
        for number in range(1, widest + 1):
            header += [f"course{number}", f"role{number}", f"group{number}"]
        return cls(header, [_row(user, cohort, widest) for user in users])

    def as_csv(self) -> bytes:
        """In UTF-8 without a mark, with commas: what Moodle expects unless told otherwise."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.header)
        writer.writerows([harmless(cell) for cell in row] for row in self.rows)
        return text.getvalue().encode()


def _users(cohort: Cohort) -> list[_User]:
    """One row an e-mail: Moodle refuses a second account with the same."""
    users: dict[str, _User] = {}
    enrollments = (
        Enrollment.objects.for_cohort(cohort)
        .active()
        .by_name()
        .select_related("participant", "group")
    )
    for enrollment in enrollments:
        person = enrollment.participant
        user = _User(person, sourced_id("participant", person.pk))
        users.setdefault(person.email, user).places.append((STUDENT, _name(enrollment.group)))
    for tutor, groups in _groups_of_tutors(cohort):
        user = users.setdefault(tutor.email, _User(tutor, sourced_id("tutor", tutor.pk)))
        user.places += [(TEACHER, _name(group)) for group in groups]
    return list(users.values())


def _groups_of_tutors(cohort: Cohort) -> Iterable[tuple[Tutor, list[Group]]]:
    groups: dict[Tutor, list[Group]] = {}
    assignments = (
        TutorAssignment.objects.filter(group__cohort=cohort)
        .select_related("tutor", "group")
        .order_by("group__number", "starts_on", "pk")
    )
    for assignment in assignments:
        known = groups.setdefault(assignment.tutor, [])
        if assignment.group not in known:
            known.append(assignment.group)
    return groups.items()


def _name(group: Group | None) -> str:
    return str(group) if group else ""


def _row(user: _User, cohort: Cohort, widest: int) -> list[str]:
    person = user.person
    cells = [
        _username(user),
        person.given_names,
        person.surnames,
        person.email,
        user.id_number,
        cohort.code,
    ]
    for role, group in user.places:
        cells += [cohort.code, role, group]
    return cells + [""] * (3 * (widest - len(user.places)))


def _username(user: _User) -> str:
    """The e-mail, which the person knows; where Moodle would cut it, one that stays its own."""
    email = user.person.email.lower()
    kept = NOT_IN_USERNAMES.sub("", email).lstrip("-@")
    return email if kept == email else f"{kept}.{user.id_number[:8]}"
