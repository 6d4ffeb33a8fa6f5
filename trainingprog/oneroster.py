"""An edition as a OneRoster 1.2 CSV package, for systems that read rosters by the standard.

1EdTech OneRoster CSV Binding 1.2.1 (22 August 2023; the manifest still says 1.2),
https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv, and for what a value means the Rostering
Information Model 1.2. Every file is complete (bulk): its header in the standard's order, `status`
and `dateLastModified` empty; no file is without rows. Ends are exclusive there, so the day after
ours; an enrollment's dates lie within its term; a user has one primary role in an org, and a class
one primary teacher at a time. docs/exchange.md has the mapping.
"""

import csv
import datetime as dt
import io
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from courses.models import Cohort, Group
from participants.harmless_cells import harmless
from participants.models import Enrollment, Participant, Person
from tutors.models import Tutor, TutorAssignment

# Never changed: from it and the primary keys come the identifiers that others keep of us.
NAMESPACE = uuid.UUID("6f3c1f0e-5d57-4c4e-9d0a-2f1c8e7b4a61")
SCHOOL = "Escuela Nacional de Salud Pública"

HEADERS = {
    "academicSessions": (
        "sourcedId status dateLastModified title type startDate endDate parentSourcedId schoolYear"
    ),
    "classes": (
        "sourcedId status dateLastModified title grades courseSourcedId classCode classType"
        " location schoolSourcedId termSourcedIds subjects subjectCodes periods"
    ),
    "courses": (
        "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades"
        " orgSourcedId subjects subjectCodes"
    ),
    "enrollments": (
        "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId role"
        " primary beginDate endDate"
    ),
    "orgs": "sourcedId status dateLastModified name type identifier parentSourcedId",
    "roles": (
        "sourcedId status dateLastModified userSourcedId roleType role beginDate endDate"
        " orgSourcedId userProfileSourcedId"
    ),
    "users": (
        "sourcedId status dateLastModified enabledUser username userIds givenName familyName"
        " middleName identifier email sms phone agentSourcedIds grades password"
        " userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName"
        " primaryOrgSourcedId pronouns"
    ),
}
# All that the manifest must name, in the standard's order.
FILES = [
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "orgs",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "roles",
    "scoreScales",
    "userProfiles",
    "userResources",
    "users",
]

type Row = dict[str, str]


def sourced_id(kind: str, key: object) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{key}"))


@dataclass(frozen=True, slots=True)
class OneRosterPackage:
    tables: dict[str, list[Row]]

    @classmethod
    def of(cls, cohort: Cohort) -> "OneRosterPackage":
        """Who holds a place today, and who guides or will guide a group. Three queries."""
        groups = list(Group.objects.filter(cohort=cohort).order_by("number"))
        enrollments = list(
            Enrollment.objects.for_cohort(cohort).active().by_name().select_related("participant")
        )
        assignments = [
            each
            for each in TutorAssignment.objects.filter(group__cohort=cohort)
            .select_related("tutor")
            .order_by("group__number", "starts_on", "pk")
            if _dates(cohort, each.starts_on, each.ends_on)
        ]
        primary = _primary(assignments)
        users = _users(enrollments, assignments)
        ungrouped = any(enrollment.group_id is None for enrollment in enrollments)
        return cls(
            {
                "academicSessions": _academic_sessions(cohort),
                "classes": _classes(cohort, groups, with_ungrouped=ungrouped),
                "courses": [_course(cohort)],
                "enrollments": [
                    *(_student(enrollment, users, cohort) for enrollment in enrollments),
                    *(
                        _teacher(each, users, cohort, is_primary=each.pk in primary)
                        for each in assignments
                    ),
                ],
                "orgs": [_org()],
                "roles": _roles(enrollments, assignments, users),
                "users": list(users.values()),
            }
        )

    @property
    def people(self) -> int:
        return len(self.tables["users"])

    def as_zip(self) -> bytes:
        """The files lie at the top of the archive, as the standard asks."""
        file = io.BytesIO()
        filled = {name for name, rows in self.tables.items() if rows}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.csv", _csv(("propertyName", "value"), _manifest(filled)))
            for name in sorted(filled):
                header = HEADERS[name].split()
                rows = [[row.get(field, "") for field in header] for row in self.tables[name]]
                archive.writestr(f"{name}.csv", _csv(header, rows))
        return file.getvalue()


def _manifest(filled: set[str]) -> list[list[str]]:
    return [
        ["manifest.version", "1.0"],
        ["oneroster.version", "1.2"],
        *([f"file.{name}", "bulk" if name in filled else "absent"] for name in FILES),
        ["source.systemName", "trainingprog"],
    ]


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    # A cell is one line there, and no program that opens the file may run it.
    writer.writerows([harmless(" ".join(cell.split())) for cell in row] for row in rows)
    return text.getvalue()


def _school() -> str:
    return sourced_id("org", "school")


def _org() -> Row:
    return {"sourcedId": _school(), "name": SCHOOL, "type": "school", "identifier": "ENSAP"}


def _academic_sessions(cohort: Cohort) -> list[Row]:
    first, last = cohort.starts_on.year, cohort.ends_on.year
    year = {
        "sourcedId": _school_year(cohort),
        "title": str(first) if first == last else f"{first}-{last}",
        "type": "schoolYear",
        "startDate": f"{first}-01-01",
        "endDate": f"{last + 1}-01-01",
        "schoolYear": str(last),
    }
    term = {
        "sourcedId": sourced_id("cohort", cohort.pk),
        "title": cohort.code,
        "type": "term",
        "startDate": cohort.starts_on.isoformat(),
        "endDate": _day_after(cohort.ends_on),
        "parentSourcedId": year["sourcedId"],
        "schoolYear": str(last),
    }
    return [year, term]


def _school_year(cohort: Cohort) -> str:
    return sourced_id("year", f"{cohort.starts_on.year}-{cohort.ends_on.year}")


def _course(cohort: Cohort) -> Row:
    return {
        "sourcedId": sourced_id("program", cohort.program_id),
        "schoolYearSourcedId": _school_year(cohort),
        "title": cohort.program.title,
        "courseCode": cohort.program.code,
        "orgSourcedId": _school(),
    }


def _classes(cohort: Cohort, groups: Sequence[Group], *, with_ungrouped: bool) -> list[Row]:
    """A group is a class; who is in no group yet is in a class of the edition's own."""
    common = {
        "courseSourcedId": sourced_id("program", cohort.program_id),
        "classType": "scheduled",
        "schoolSourcedId": _school(),
        "termSourcedIds": sourced_id("cohort", cohort.pk),
    }
    rows = [
        common
        | {
            "sourcedId": _class(cohort, group.pk),
            "title": f"{cohort.code} · {group}",
            "classCode": f"{cohort.code}-{group.number}",
            "location": group.venue,
        }
        for group in groups
    ]
    if with_ungrouped:
        own = {"sourcedId": _class(cohort, None), "title": cohort.code, "classCode": cohort.code}
        rows.append(common | own)
    return rows


def _class(cohort: Cohort, group: int | None) -> str:
    return sourced_id("class", cohort.pk) if group is None else sourced_id("group", group)


def _users(
    enrollments: Sequence[Enrollment], assignments: Sequence[TutorAssignment]
) -> dict[str, Row]:
    """By e-mail, which is the user name: who trains and guides at once is one user."""
    users: dict[str, Row] = {}
    for enrollment in enrollments:
        users.setdefault(enrollment.participant.email, _user(enrollment.participant))
    for assignment in assignments:
        users.setdefault(assignment.tutor.email, _user(assignment.tutor))
    return users


def _user(person: Person) -> Row:
    """Document numbers and mobiles stay here: no roster needs them."""
    kind = {Participant: "participant", Tutor: "tutor"}[type(person)]
    return {
        "sourcedId": sourced_id(kind, person.pk),
        "enabledUser": "true",
        "username": person.email,
        "givenName": person.given_names,
        "familyName": person.surnames,
        "email": person.email,
        "primaryOrgSourcedId": _school(),
    }


def _roles(
    enrollments: Sequence[Enrollment],
    assignments: Sequence[TutorAssignment],
    users: dict[str, Row],
) -> list[Row]:
    """The first role of a user is the primary one; each has exactly one."""
    pairs = dict.fromkeys(
        [
            *((enrollment.participant.email, "student") for enrollment in enrollments),
            *((assignment.tutor.email, "teacher") for assignment in assignments),
        ]
    )
    seen: set[str] = set()
    rows = []
    for email, role in pairs:
        user = users[email]["sourcedId"]
        rows.append(
            {
                "sourcedId": sourced_id("role", f"{user}:{role}"),
                "userSourcedId": user,
                "roleType": "secondary" if email in seen else "primary",
                "role": role,
                "orgSourcedId": _school(),
            }
        )
        seen.add(email)
    return rows


def _primary(assignments: Sequence[TutorAssignment]) -> set[int]:
    """Who guides the group alone, or as its regular tutor: no two of a group on the same day. Of
    those without an end it is the one who came last."""
    found: list[TutorAssignment] = []
    for each in sorted(
        assignments, key=lambda a: (a.ends_on is not None, -a.starts_on.toordinal())
    ):
        if not any(_meet(each, other) for other in found):
            found.append(each)
    return {each.pk for each in found}


def _meet(one: TutorAssignment, two: TutorAssignment) -> bool:
    return (
        one.group_id == two.group_id
        and one.starts_on <= (two.ends_on or dt.date.max)
        and two.starts_on <= (one.ends_on or dt.date.max)
    )


def _student(enrollment: Enrollment, users: dict[str, Row], cohort: Cohort) -> Row:
    return {
        "sourcedId": sourced_id("enrollment", enrollment.pk),
        "classSourcedId": _class(cohort, enrollment.group_id),
        "schoolSourcedId": _school(),
        "userSourcedId": users[enrollment.participant.email]["sourcedId"],
        "role": "student",
    } | _dates(cohort, enrollment.enrolled_on, enrollment.ended_on)


def _teacher(
    assignment: TutorAssignment, users: dict[str, Row], cohort: Cohort, *, is_primary: bool
) -> Row:
    return {
        "sourcedId": sourced_id("assignment", assignment.pk),
        "classSourcedId": _class(cohort, assignment.group_id),
        "schoolSourcedId": _school(),
        "userSourcedId": users[assignment.tutor.email]["sourcedId"],
        "role": "teacher",
        "primary": "true" if is_primary else "false",
    } | _dates(cohort, assignment.starts_on, assignment.ends_on)


def _dates(cohort: Cohort, first: dt.date, last: dt.date | None) -> Row:
    """Within the term; none at all of who is not in it on any day."""
    begin = max(first, cohort.starts_on)
    end = min(last, cohort.ends_on) if last else None
    if begin > (end or cohort.ends_on):
        return {}
    return {"beginDate": begin.isoformat(), "endDate": _day_after(end)}


def _day_after(day: dt.date | None) -> str:
    return (day + dt.timedelta(days=1)).isoformat() if day else ""
