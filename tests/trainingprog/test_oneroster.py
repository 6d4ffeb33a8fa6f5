"""The package is held against the rules of the standard, as a reader of it would check them."""

import csv
import datetime as dt
import io
import re
import uuid
import zipfile
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import EnrollmentFactory, GroupFactory, TutorAssignmentFactory, TutorFactory
from trainingprog.oneroster import OneRosterPackage

pytestmark = pytest.mark.usefixtures("clock")

# 1EdTech OneRoster CSV Binding 1.2.1 (22 August 2023),
# https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv: the fields in order, where * must have a
# value. What is asked for in delta files only (status, dateLastModified) is empty in bulk ones.
STANDARD = {
    "academicSessions": (
        "sourcedId* status dateLastModified title* type* startDate* endDate* parentSourcedId"
        " schoolYear*"
    ),
    "orgs": "sourcedId* status dateLastModified name* type* identifier parentSourcedId",
    "courses": (
        "sourcedId* status dateLastModified schoolYearSourcedId title* courseCode grades"
        " orgSourcedId* subjects subjectCodes"
    ),
    "classes": (
        "sourcedId* status dateLastModified title* grades courseSourcedId* classCode classType*"
        " location schoolSourcedId* termSourcedIds* subjects subjectCodes periods"
    ),
    "users": (
        "sourcedId* status dateLastModified enabledUser* username* userIds givenName* familyName*"
        " middleName identifier email sms phone agentSourcedIds grades password"
        " userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName"
        " primaryOrgSourcedId pronouns"
    ),
    "roles": (
        "sourcedId* status dateLastModified userSourcedId* roleType* role* beginDate endDate"
        " orgSourcedId* userProfileSourcedId"
    ),
    "enrollments": (
        "sourcedId* status dateLastModified classSourcedId* schoolSourcedId* userSourcedId* role*"
        " primary beginDate endDate"
    ),
}
VOCABULARY = {
    ("academicSessions", "type"): {"gradingPeriod", "semester", "schoolYear", "term"},
    ("orgs", "type"): {"department", "school", "district", "local", "state", "national"},
    ("classes", "classType"): {"homeroom", "scheduled"},
    ("users", "enabledUser"): {"true", "false"},
    ("roles", "roleType"): {"primary", "secondary"},
    ("roles", "role"): {
        "aide",
        "counselor",
        "districtAdministrator",
        "guardian",
        "parent",
        "principal",
        "proctor",
        "relative",
        "siteAdministrator",
        "student",
        "systemAdministrator",
        "teacher",
    },
    ("enrollments", "role"): {"administrator", "proctor", "student", "teacher"},
    ("enrollments", "primary"): {"true", "false", ""},
}
REFERENCES = {
    ("academicSessions", "parentSourcedId"): "academicSessions",
    ("orgs", "parentSourcedId"): "orgs",
    ("courses", "schoolYearSourcedId"): "academicSessions",
    ("courses", "orgSourcedId"): "orgs",
    ("classes", "courseSourcedId"): "courses",
    ("classes", "schoolSourcedId"): "orgs",
    ("classes", "termSourcedIds"): "academicSessions",
    ("users", "primaryOrgSourcedId"): "orgs",
    ("roles", "userSourcedId"): "users",
    ("roles", "orgSourcedId"): "orgs",
    ("enrollments", "classSourcedId"): "classes",
    ("enrollments", "schoolSourcedId"): "orgs",
    ("enrollments", "userSourcedId"): "users",
}
MANIFEST_FILES = [
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

type Rows = list[dict[str, str]]


def files_of(cohort) -> dict[str, str]:
    archive = zipfile.ZipFile(io.BytesIO(OneRosterPackage.of(cohort).as_zip()))
    assert archive.testzip() is None
    return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def tables_of(cohort) -> dict[str, Rows]:
    return {
        name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(text)))
        for name, text in files_of(cohort).items()
    }


def faults(cohort) -> list[str]:
    """What breaks a rule of the standard."""
    files = files_of(cohort)
    tables = tables_of(cohort)
    found = []
    manifest = {row["propertyName"]: row["value"] for row in tables.pop("manifest")}
    if (manifest["manifest.version"], manifest["oneroster.version"]) != ("1.0", "1.2"):
        found.append("versions")
    for name in MANIFEST_FILES:
        if manifest[f"file.{name}"] != ("bulk" if name in tables else "absent"):
            found.append(f"manifest: {name}")
    if set(tables) - set(MANIFEST_FILES):
        found.append("a file that the standard does not have")
    for name, rows in tables.items():
        fields = STANDARD[name].split()
        header = ",".join(field.rstrip("*") for field in fields)
        if files[f"{name}.csv"].split("\r\n")[0] != header:
            found.append(f"{name}: header")
        if not rows:
            found.append(f"{name}: no rows")
        identifiers = [row["sourcedId"] for row in rows]
        if len(set(identifiers)) != len(identifiers):
            found.append(f"{name}: sourcedId twice")
        for row in rows:
            found += [
                f"{name}: {field}" for field in fields if field[-1] == "*" and not row[field[:-1]]
            ]
            found += [
                f"{name}: {field} in bulk" for field in ("status", "dateLastModified") if row[field]
            ]
            found += faults_of_row(name, row, tables)
    usernames = [row["username"] for row in tables["users"]]
    if len(set(usernames)) != len(usernames):
        found.append("users: username twice")
    found += faults_of_periods(tables)
    primary = [row["userSourcedId"] for row in tables["roles"] if row["roleType"] == "primary"]
    if sorted(primary) != sorted(row["sourcedId"] for row in tables["users"]):
        found.append("roles: not one primary role a user")
    return found


def faults_of_periods(tables: dict[str, Rows]) -> list[str]:
    """Enrollments lie within the term of their class, which has one primary teacher a day; who
    teaches or learns there has that role in the school."""
    found = []
    terms = {row["sourcedId"]: row for row in tables["academicSessions"]}
    term_of = {row["sourcedId"]: terms[row["termSourcedIds"]] for row in tables["classes"]}
    roles = {(row["userSourcedId"], row["role"], row["orgSourcedId"]) for row in tables["roles"]}
    guided: dict[str, list[tuple[str, str]]] = {}
    for row in tables["enrollments"]:
        term = term_of[row["classSourcedId"]]
        begins, ends = row["beginDate"], row["endDate"] or term["endDate"]
        if begins and not term["startDate"] <= begins < ends <= term["endDate"]:
            found.append("enrollments: outside the term")
        if (row["userSourcedId"], row["role"], row["schoolSourcedId"]) not in roles:
            found.append("enrollments: without the role")
        if row["primary"] == "true":
            guided.setdefault(row["classSourcedId"], []).append((begins, ends))
    for periods in guided.values():
        ordered = sorted(periods)
        if any(one[1] > two[0] for one, two in pairwise(ordered)):
            found.append("enrollments: two primary teachers")
    return found


def faults_of_row(name: str, row: dict[str, str], tables: dict[str, Rows]) -> list[str]:
    found = []
    if str(uuid.UUID(row["sourcedId"])) != row["sourcedId"]:
        found.append(f"{name}: sourcedId")
    for field, value in row.items():
        if value not in VOCABULARY.get((name, field), {value}):
            found.append(f"{name}: {field} is {value}")
        target = REFERENCES.get((name, field))
        if target and value and value not in {other["sourcedId"] for other in tables[target]}:
            found.append(f"{name}: {field} leads nowhere")
        if field.endswith("Date") and value and dt.date.fromisoformat(value).isoformat() != value:
            found.append(f"{name}: {field}")
        if "\n" in value or "\r" in value:
            found.append(f"{name}: {field} has lines")
    begins, ends = (row.get(f) for f in ("beginDate", "endDate"))
    if begins and ends and begins >= ends:
        found.append(f"{name}: ends before it begins")
    if "schoolYear" in row and not re.fullmatch(r"\d{4}", row["schoolYear"]):
        found.append(f"{name}: schoolYear")
    return found


def test_package_keeps_the_rules_of_the_standard(enrollment, other_enrollment, tutor) -> None:
    EnrollmentFactory(cohort=enrollment.cohort, group=None)
    assert faults(enrollment.cohort) == []


def test_empty_edition_has_no_file_without_rows(cohort) -> None:
    files = files_of(cohort)
    assert set(files) == {"manifest.csv", "academicSessions.csv", "courses.csv", "orgs.csv"}
    assert "file.users,absent" in files["manifest.csv"]


def test_group_is_a_class_of_the_program_with_its_students_and_tutor(
    enrollment, tutor, group
) -> None:
    tables = tables_of(enrollment.cohort)
    (course,) = tables["courses"]
    assert course["courseCode"] == enrollment.cohort.program.code
    (row,) = tables["classes"]
    assert row["classCode"] == f"{enrollment.cohort.code}-1"
    users = {user["sourcedId"]: user["username"] for user in tables["users"]}
    placed = {users[row["userSourcedId"]]: row for row in tables["enrollments"]}
    assert placed["participante@salud.example"]["role"] == "student"
    assert placed["participante@salud.example"]["primary"] == ""
    assert placed["tutora@minsa.example"]["role"] == "teacher"
    assert placed["tutora@minsa.example"]["primary"] == "true"
    assert {row["classSourcedId"] for row in placed.values()} == {row["sourcedId"]}


def test_ends_are_exclusive(enrollment, group) -> None:
    last = enrollment.cohort.starts_on + dt.timedelta(days=7)
    TutorAssignmentFactory(group=group, ends_on=last)
    tables = tables_of(enrollment.cohort)
    term = next(row for row in tables["academicSessions"] if row["type"] == "term")
    assert (term["startDate"], term["endDate"]) == ("2026-03-02", "2026-03-30")
    (teacher,) = (row for row in tables["enrollments"] if row["role"] == "teacher")
    assert (teacher["endDate"], teacher["primary"]) == ("2026-03-10", "true")


def test_class_has_one_primary_teacher_a_day(enrollment, group, tutor) -> None:
    start = enrollment.cohort.starts_on
    later = start + dt.timedelta(days=7)
    TutorAssignmentFactory(group=group, starts_on=later, ends_on=later + dt.timedelta(days=3))
    TutorAssignmentFactory(group=group, starts_on=start + dt.timedelta(days=3))
    assert faults(enrollment.cohort) == []
    teachers = [row for row in tables_of(enrollment.cohort)["enrollments"] if row["primary"]]
    assert [row["primary"] for row in teachers] == ["false", "true", "false"]


def test_tutor_who_left_was_the_primary_one(enrollment, group) -> None:
    start = enrollment.cohort.starts_on
    last = start + dt.timedelta(days=7)
    TutorAssignmentFactory(group=group, ends_on=last)
    TutorAssignmentFactory(group=group, starts_on=last + dt.timedelta(days=1))
    teachers = [row for row in tables_of(enrollment.cohort)["enrollments"] if row["primary"]]
    assert [row["primary"] for row in teachers] == ["true", "true"]
    assert faults(enrollment.cohort) == []


def test_dates_lie_within_the_term(enrollment, group) -> None:
    cohort, week = enrollment.cohort, dt.timedelta(days=7)
    enrollment.enrolled_on = cohort.starts_on - week
    enrollment.save()
    TutorAssignmentFactory(group=group, starts_on=cohort.starts_on - week)
    TutorAssignmentFactory(group=group, starts_on=cohort.ends_on + week)
    assert faults(cohort) == []
    rows = tables_of(cohort)["enrollments"]
    assert [row["beginDate"] for row in rows] == [cohort.starts_on.isoformat()] * 2


def test_identifiers_stay_the_same(enrollment, tutor) -> None:
    assert files_of(enrollment.cohort) == files_of(enrollment.cohort)
    before = {row["sourcedId"] for row in tables_of(enrollment.cohort)["users"]}
    enrollment.participant.email = "otra@salud.example"
    enrollment.participant.document_number = "87654321"
    enrollment.participant.save()
    assert {row["sourcedId"] for row in tables_of(enrollment.cohort)["users"]} == before


def test_who_left_or_waits_is_not_in_it(enrollment) -> None:
    EnrollmentFactory(cohort=enrollment.cohort, status="applied")
    gone = EnrollmentFactory(cohort=enrollment.cohort)
    gone.status, gone.ended_on = "withdrawn", gone.enrolled_on
    gone.save()
    assert len(tables_of(enrollment.cohort)["users"]) == 1


def test_who_trains_and_guides_is_one_user_with_two_roles(enrollment, other_group) -> None:
    person = enrollment.participant
    tutor = TutorFactory(email=person.email, document_number=person.document_number)
    TutorAssignmentFactory(tutor=tutor, group=other_group)
    tables = tables_of(enrollment.cohort)
    assert len(tables["users"]) == 1
    roles = {(row["role"], row["roleType"]) for row in tables["roles"]}
    assert roles == {("student", "primary"), ("teacher", "secondary")}
    assert faults(enrollment.cohort) == []


def test_documents_and_mobiles_stay_here_and_no_cell_runs(enrollment) -> None:
    person = enrollment.participant
    person.given_names, person.mobile = "=1+1", "+51957094499"
    person.save()
    text = "".join(files_of(enrollment.cohort).values())
    assert person.document_number not in text
    assert "957094499" not in text
    assert "'=1+1" in text


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow(n, cohort) -> None:
    for group in GroupFactory.create_batch(n, cohort=cohort):
        EnrollmentFactory(cohort=cohort, group=group)
        TutorAssignmentFactory(group=group)
    with CaptureQueriesContext(connection) as captured:
        OneRosterPackage.of(cohort)
    assert len(captured) == 3


def test_faults_are_found(enrollment, monkeypatch) -> None:
    """The rules above are of use only if a package that breaks them does not pass."""
    honest = OneRosterPackage.of

    def broken(cohort):
        package = honest(cohort)
        package.tables["users"][0]["sourcedId"] = str(uuid.uuid4())
        package.tables["orgs"][0]["type"] = "escuela"
        package.tables["classes"][0]["title"] = ""
        return package

    monkeypatch.setattr(OneRosterPackage, "of", broken)
    found = set(faults(enrollment.cohort))
    assert {"orgs: type is escuela", "classes: title*"} <= found
    assert "enrollments: userSourcedId leads nowhere" in found
