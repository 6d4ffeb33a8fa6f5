"""Whatever happens in whatever order: the places hold, and the history tells the present state."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from participants.enrolling import (
    enroll,
    enroll_or_waitlist,
    reinstate,
    transfer,
    withdraw,
)
from participants.enrollment_steps import STATUS_AFTER, Step, step_of
from participants.models import Enrollment, LeavingReason, Offer
from participants.places import locked_cohort, locked_cohorts
from participants.waiting_list import (
    accept_offer,
    decline,
    decline_offer,
    lapse_offers,
    offer_next,
    offer_places,
    waitlist,
)
from tests.factories import (
    MONDAY,
    CohortFactory,
    GroupFactory,
    ParticipantFactory,
    ProgramFactory,
    UserFactory,
    at,
)
from tests.participants.refusals import codes
from tutors.grouping import move

CAPACITIES = (2, 1)
PEOPLE = 5
# Every refusal has a name; one that is not here is a fault.
REFUSALS = {
    "already_there",
    "attended_later",
    "before_enrollment",
    "before_withdrawal",
    "begun",
    "capacity",
    "enrolled",
    "future",
    "lapsed",
    "left",
    "not_enrolled",
    "not_left",
    "same_edition",
    "transferred",
    "used",
}
PERSON = st.integers(0, PEOPLE - 1)
COHORT = st.integers(0, len(CAPACITIES) - 1)
PICK = st.integers(0, 10_000)
DAYS_AGO = st.integers(-1, 3)
REASON = st.sampled_from(LeavingReason.values)


class Places(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        program = ProgramFactory()
        self.cohorts = [CohortFactory(program=program, capacity=n) for n in CAPACITIES]
        for cohort in self.cohorts:
            GroupFactory.create_batch(2, cohort=cohort)
        self.people = [ParticipantFactory() for _number in range(PEOPLE)]
        self.by = UserFactory()
        self.now = at(MONDAY, 9)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @property
    def today(self) -> dt.date:
        return self.now.date()

    def attempt(self, verb, *args, **kwargs) -> None:
        """A refusal is by name, and leaves everything as it was."""
        before = self.state()
        refusals: list[str] = []
        try:
            with transaction.atomic():
                verb(*args, **kwargs)
        except ValidationError as error:
            refusals = codes(error)
        if refusals:
            assert set(refusals) <= REFUSALS
            assert self.state() == before

    def state(self) -> list[tuple]:
        fields = ("pk", "status", "enrolled_on", "ended_on", "waitlist_rank", "transferred_to")
        people = list(Enrollment.objects.order_by("pk").values_list(*fields))
        return people + list(Offer.objects.order_by("pk").values_list("pk", "answer"))

    def some_enrollment(self, pick: int) -> Enrollment:
        rows = Enrollment.objects.order_by("pk")
        return rows[pick % rows.count()]

    def some_token(self, pick: int) -> str:
        tokens = Offer.objects.order_by("pk").values_list("token", flat=True)
        return tokens[pick % len(tokens)]

    def anyone_is_there(self) -> bool:
        return Enrollment.objects.exists()

    def anything_was_offered(self) -> bool:
        return Offer.objects.exists()

    # ---- what may happen -----------------------------------------------------------------

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.now += dt.timedelta(hours=hours)

    @rule(person=PERSON, cohort=COHORT)
    def enroll(self, person, cohort):
        args = self.people[person], self.cohorts[cohort]
        self.attempt(enroll, *args, on=self.today, by=self.by, at=self.now)

    @rule(person=PERSON, cohort=COHORT, days=st.integers(0, 5))
    def enter(self, person, cohort, days):
        on = self.today + dt.timedelta(days=days)
        args = self.people[person], self.cohorts[cohort]
        self.attempt(enroll_or_waitlist, *args, on=on, at=self.now, by=self.by)

    @rule(person=PERSON, cohort=COHORT)
    def waitlist(self, person, cohort):
        self.attempt(waitlist, self.people[person], self.cohorts[cohort], at=self.now, by=self.by)

    @precondition(anyone_is_there)
    @rule(pick=PICK, days=DAYS_AGO, reason=REASON)
    def withdraw(self, pick, days, reason):
        on = self.today - dt.timedelta(days=days)
        row = self.some_enrollment(pick)
        self.attempt(withdraw, row, on=on, reason=reason, by=self.by, at=self.now)

    @precondition(anyone_is_there)
    @rule(pick=PICK, days=DAYS_AGO)
    def reinstate(self, pick, days):
        on = self.today - dt.timedelta(days=days)
        self.attempt(reinstate, self.some_enrollment(pick), on=on, by=self.by)

    @precondition(anyone_is_there)
    @rule(pick=PICK, cohort=COHORT, days=DAYS_AGO)
    def transfer(self, pick, cohort, days):
        on = self.today - dt.timedelta(days=days)
        row = self.some_enrollment(pick)
        self.attempt(transfer, row, self.cohorts[cohort], on=on, by=self.by, at=self.now)

    @precondition(anyone_is_there)
    @rule(pick=PICK, reason=REASON)
    def decline(self, pick, reason):
        row = self.some_enrollment(pick)
        self.attempt(decline, row, reason=reason, at=self.now, by=self.by)

    @precondition(anyone_is_there)
    @rule(pick=PICK, days=DAYS_AGO)
    def change_group(self, pick, days):
        row = self.some_enrollment(pick)
        group = row.cohort.groups.exclude(pk=row.group_id).first()
        if row.is_active:
            self.attempt(move, row, group, on=self.today - dt.timedelta(days=days), by=self.by)

    @rule(cohort=COHORT)
    def offer_one(self, cohort):
        self.attempt(offer_next, self.cohorts[cohort], at=self.now)

    @rule(cohort=COHORT)
    def offer_all(self, cohort):
        self.attempt(offer_places, self.cohorts[cohort], at=self.now)
        assert offer_places(self.cohorts[cohort], at=self.now) == ()

    @precondition(anything_was_offered)
    @rule(pick=PICK)
    def accept(self, pick):
        self.attempt(accept_offer, self.some_token(pick), at=self.now)

    @precondition(anything_was_offered)
    @rule(pick=PICK)
    def decline_offer(self, pick):
        self.attempt(decline_offer, self.some_token(pick), at=self.now)

    @rule()
    def lapse(self):
        lapse_offers(at=self.now)
        assert lapse_offers(at=self.now) == 0

    # ---- what holds ----------------------------------------------------------------------

    @invariant()
    def capacity_holds(self):
        for cohort, capacity in zip(self.cohorts, CAPACITIES, strict=True):
            held = Enrollment.objects.for_cohort(cohort).active().count()
            offered = Offer.objects.open().filter(enrollment__cohort=cohort).count()
            assert held + offered <= capacity

    @invariant()
    def person_is_once_in_an_edition(self):
        pairs = Enrollment.objects.values("participant", "cohort").annotate(n=Count("pk"))
        assert all(pair["n"] == 1 for pair in pairs.order_by())

    @invariant()
    def offer_is_open_of_whom_a_place_is_offered(self):
        offered = Enrollment.objects.filter(status="offered").order_by("pk")
        open_ones = Offer.objects.open().order_by("enrollment")
        assert list(offered.values_list("pk", flat=True)) == list(
            open_ones.values_list("enrollment", flat=True)
        )

    @invariant()
    def who_waits_has_a_rank_and_nobody_else(self):
        for row in Enrollment.objects.all():
            assert (row.waitlist_rank is not None) == (row.status in Enrollment.ON_THE_LIST)

    @invariant()
    def history_tells_the_present_state(self):
        for row in Enrollment.objects.all():
            assert rebuilt(row) == (row.status, row.enrolled_on, row.ended_on)

    @invariant()
    def last_version_is_the_present_one(self):
        """Nothing is written past the history."""
        names = [field.attname for field in Enrollment._meta.concrete_fields]
        for row in Enrollment.objects.all():
            last = row.history.latest("history_id")
            assert [getattr(last, name) for name in names] == [getattr(row, name) for name in names]


def rebuilt(enrollment: Enrollment) -> tuple[str, dt.date, dt.date | None]:
    """Status, first and last day, from nothing but the names and days of the steps."""
    status, enrolled_on, ended_on = "", dt.date.max, None
    for version in enrollment.history.order_by("history_id"):
        step, on = step_of(version.history_change_reason)
        if step not in STATUS_AFTER:
            continue
        status = STATUS_AFTER[step]
        if step in (Step.ENROLL, Step.ARRIVE, Step.WAITLIST, Step.ACCEPT):
            enrolled_on = on
        ended_on = on if step in (Step.WITHDRAW, Step.TRANSFER) else None
        if ended_on is not None and ended_on < enrolled_on:  # moved on before the first own day
            enrolled_on = ended_on
    return status, enrolled_on, ended_on


@pytest.mark.no_cover
@pytest.mark.django_db
def test_places_hold_and_history_tells_the_state_whatever_happens():
    run_state_machine_as_test(
        Places,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# ---- at once ---------------------------------------------------------------------------------


@pytest.mark.postgres
def test_fifty_enter_the_last_five_places_at_once(at_once):
    cohort = CohortFactory(capacity=5)
    people = [ParticipantFactory() for _number in range(50)]
    outcomes = at_once(
        lambda n: enroll_or_waitlist(people[n], cohort, on=MONDAY, at=at(MONDAY, 9)), 50
    )
    assert [type(outcome) for outcome in outcomes] == [Enrollment] * 50
    assert Enrollment.objects.filter(status="enrolled").count() == 5
    waiting = Enrollment.objects.waiting()
    assert [each.waitlist_rank for each in waiting] == list(range(1, 46))
    came = Enrollment.history.filter(status="waitlisted").order_by("history_id")
    assert [each.id for each in came] == [each.pk for each in waiting]


@pytest.mark.postgres
def test_fifty_accept_the_last_five_places_at_once(at_once):
    """Each of five links is opened by ten devices: the place is taken once, the rest are told."""
    cohort, now = CohortFactory(capacity=5), at(MONDAY, 9)
    for _number in range(50):
        waitlist(ParticipantFactory(), cohort, at=now, by=None)
    tokens = [offer.token for offer in offer_places(cohort, at=now)]
    outcomes = at_once(lambda n: accept_offer(tokens[n % 5], at=now), 50)
    entered = [each for each in outcomes if isinstance(each, Enrollment)]
    refusals = [each for each in outcomes if not isinstance(each, Enrollment)]
    assert len({each.pk for each in entered}) == len(entered) == 5
    assert [codes(each) for each in refusals] == [["used"]] * 45
    assert Enrollment.objects.active().count() == 5
    assert [each.waitlist_rank for each in Enrollment.objects.waiting()] == list(range(6, 51))


@pytest.mark.postgres
def test_fifty_answer_and_lapse_at_once_and_no_place_is_given_twice(at_once):
    cohort, now = CohortFactory(capacity=5), at(MONDAY, 9)
    for _number in range(50):
        waitlist(ParticipantFactory(), cohort, at=now, by=None)
    tokens = [offer.token for offer in offer_places(cohort, at=now)]
    late = now + dt.timedelta(hours=80)

    def act(n: int) -> object:
        if n % 2:
            return lapse_offers(at=late)
        return (accept_offer if n % 4 else decline_offer)(tokens[n % 5], at=now)

    at_once(act, 50)
    taken = Enrollment.objects.active().count() + Offer.objects.open().count()
    assert taken == 5
    assert Enrollment.objects.filter(status="offered").count() == Offer.objects.open().count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lock", [locked_cohort, lambda pk: locked_cohorts([pk])])
def test_whoever_names_the_locked_edition_does_not_wait(lock):
    cohort, other = CohortFactory(), connection.copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            lock(cohort.pk)
            # As a foreign key's check does, but refused at once where it would have to wait.
            cursor.execute(
                "SELECT 1 FROM courses_cohort WHERE id = %s FOR KEY SHARE NOWAIT", [cohort.pk]
            )
            assert cursor.fetchone() == (1,)
    finally:
        other.close()
