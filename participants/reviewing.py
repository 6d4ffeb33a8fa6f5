"""The decisions about applications: approve, waitlist, decline, one or hundreds at once.

Each verb takes the applications of one edition, locks the edition first, writes in a number of
queries that does not depend on how many there are, and returns what became of each. Whom a rule
refuses is left as it was, with the reason; the others are decided. Each decision is mailed once.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.models import Cohort
from participants.applicants import Applicants, document_of, match_applicants
from participants.decision_mail import tell_decisions
from participants.models import Application
from participants.places import locked_cohort, refuse_closed
from participants.review_places import Seats, remove_from_the_list

Status = Application.Status
Reason = Application.Reason


@dataclass
class Outcome:
    """`short` are those approved for whom no place was left: they wait."""

    approved: list[Application] = field(default_factory=list)
    waitlisted: list[Application] = field(default_factory=list)
    short: list[Application] = field(default_factory=list)
    declined: list[Application] = field(default_factory=list)
    unchanged: list[Application] = field(default_factory=list)
    refused: list[tuple[Application, str]] = field(default_factory=list)

    @property
    def decided(self) -> list[Application]:
        return [*self.approved, *self.waitlisted, *self.short, *self.declined]


@transaction.atomic
def approve(
    cohort: Cohort, pks: Collection[int], *, at: dt.datetime, by: AbstractBaseUser
) -> Outcome:
    """Enrolls in the order of confirmation; who finds no place left, or the quota full, waits.

    Places belong first to who waits already, unless these are among the chosen.
    """
    cohort, applications, outcome = _to_decide(cohort, pks, leave=(Status.APPROVED,))
    people = _people(applications, outcome)
    seats = Seats.of(cohort, list(people.people.values()), at=at)
    without = _seat(seats, applications, people, outcome, may_enroll=True)
    people.save(by=by)
    seats.save(by=by)
    decided = [each for each in applications if each.pk in people.people]
    outcome.approved = [each for each in decided if each.pk not in without]
    outcome.short = [each for each in decided if each.pk in without]
    _store(outcome.approved, Status.APPROVED, "", people, at=at, by=by)
    for reason in (Reason.NO_PLACES, Reason.QUOTA):
        short = [each for each in outcome.short if without[each.pk] == reason]
        _store(short, Status.WAITLISTED, reason, people, at=at, by=by)
    _tell(outcome)
    return outcome


@transaction.atomic
def waitlist_applications(
    cohort: Cohort, pks: Collection[int], *, reason: str, at: dt.datetime, by: AbstractBaseUser
) -> Outcome:
    """Puts people at the end of the waiting list, in the order of confirmation."""
    cohort, applications, outcome = _to_decide(cohort, pks, leave=(Status.WAITLISTED,))
    applications = _without_enrolled(applications, outcome)
    people = _people(applications, outcome)
    seats = Seats.of(cohort, list(people.people.values()), at=at)
    _seat(seats, applications, people, outcome, may_enroll=False)
    people.save(by=by)
    seats.save(by=by)
    outcome.waitlisted = [each for each in applications if each.pk in people.people]
    _store(outcome.waitlisted, Status.WAITLISTED, reason, people, at=at, by=by)
    _tell(outcome)
    return outcome


@transaction.atomic
def decline_applications(
    cohort: Cohort, pks: Collection[int], *, reason: str, at: dt.datetime, by: AbstractBaseUser
) -> Outcome:
    """Who waits leaves the list. Who is enrolled is not declined: that is a withdrawal."""
    cohort, applications, outcome = _to_decide(cohort, pks, leave=(Status.DECLINED,), again=True)
    applications = _without_enrolled(applications, outcome)
    waiting = [each.participant_id for each in applications if each.status == Status.WAITLISTED]
    if waiting:
        remove_from_the_list(cohort, waiting, at=at, by=by)
    outcome.declined = applications
    _store(applications, Status.DECLINED, reason, Applicants(), at=at, by=by)
    _tell(outcome)
    return outcome


def _to_decide(
    cohort: Cohort, pks: Collection[int], *, leave: tuple[str, ...], again: bool = False
) -> tuple[Cohort, list[Application], Outcome]:
    """The edition, locked, and of the chosen those that may be decided; the others' outcome.

    `again`: a second application of a person may be decided beside the one in force.
    """
    cohort = locked_cohort(cohort.pk)
    refuse_closed(cohort)
    outcome = Outcome()
    rows = Application.objects.select_for_update(of=("self",)).select_related("facility")
    chosen = rows.filter(cohort=cohort, pk__in=pks).order_by("confirmed_at", "pk")
    documents, emails = _in_force(cohort)
    decide = []
    for application in chosen:
        application.cohort = cohort
        in_force = application.status in Application.IN_FORCE
        document, email = document_of(application), application.email.lower()
        if application.status in leave:
            outcome.unchanged.append(application)
        elif application.status in Application.NOT_YET:
            outcome.refused.append((application, _("The e-mail is not confirmed yet.")))
        elif application.status == Status.WITHDRAWN:
            outcome.refused.append((application, _("The person withdrew the application.")))
        elif not (in_force or again) and (document in documents or email in emails):
            text = _("Another application of this person is in force: decline that one first.")
            outcome.refused.append((application, text))
        else:
            documents.add(document)
            emails.add(email)
            decide.append(application)
    return cohort, decide, outcome


def _in_force(cohort: Cohort) -> tuple[set[tuple[str, str]], set[str]]:
    rows = Application.objects.in_force().filter(cohort=cohort)
    values = list(rows.values_list("document_type", "document_number", "email"))
    return {(kind, number) for kind, number, _email in values}, {row[2].lower() for row in values}


def _without_enrolled(applications: list[Application], outcome: Outcome) -> list[Application]:
    approved = [each for each in applications if each.status == Status.APPROVED]
    text = _("It is approved already: withdraw the enrollment instead.")
    outcome.refused += [(each, text) for each in approved]
    return [each for each in applications if each.status != Status.APPROVED]


def _people(applications: list[Application], outcome: Outcome) -> Applicants:
    people = match_applicants(applications)
    outcome.refused += [
        (each, people.refused[each.pk]) for each in applications if each.pk in people.refused
    ]
    return people


def _seat(
    seats: Seats,
    applications: Iterable[Application],
    people: Applicants,
    outcome: Outcome,
    *,
    may_enroll: bool,
) -> dict[int, str]:
    """Gives places in order. Returns why not, by application; who left is refused."""
    without: dict[int, str] = {}
    for application in applications:
        person = people.people.get(application.pk)
        if person is None:
            continue
        if refusal := seats.refusal(person, may_enroll=may_enroll):
            outcome.refused.append((application, refusal))
            del people.people[application.pk]
        elif may_enroll and (reason := seats.enroll(person)):
            without[application.pk] = reason
            seats.waitlist(person)
        elif not may_enroll:
            seats.waitlist(person)
    return without


def _store(
    applications: Collection[Application],
    status: str,
    reason: str,
    people: Applicants,
    *,
    at: dt.datetime,
    by: AbstractBaseUser,
) -> None:
    if not applications:
        return
    for application in applications:
        application.status, application.reason = status, reason
        application.decided_at, application.decided_by = at, by  # type: ignore[assignment]
        application.participant = people.people.get(application.pk, application.participant)
    Application.objects.filter(pk__in=[each.pk for each in applications]).update(
        status=status, reason=reason, decided_at=at, decided_by=by, saved_at=timezone.now()
    )
    if people.people:
        Application.objects.bulk_update(applications, ["participant"])


def _tell(outcome: Outcome) -> None:
    if outcome.decided:
        tell_decisions.enqueue([each.pk for each in outcome.decided])
