import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participants.merge_plan import KEPT, MERGED, MergePlan
from participants.models import (
    AttendanceRecord,
    AttendanceWarning,
    Certificate,
    EarlierPost,
    Enrollment,
    ModuleCompletion,
    Offer,
    Participant,
    ParticipantCalendar,
    Score,
)
from tests.factories import (
    MONDAY,
    AssessmentFactory,
    AttendanceRecordFactory,
    AttendanceWarningFactory,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    ModuleCompletionFactory,
    ParticipantFactory,
    ScoreFactory,
    SessionFactory,
    TutorFactory,
    UserFactory,
    at,
)
from tests.participants.certified import certified
from tutors.merging import merge, merged_into

pytestmark = pytest.mark.django_db
NOW = at(MONDAY + dt.timedelta(days=11), 12)


@pytest.fixture
def by():
    return UserFactory(is_staff=True)


@pytest.fixture
def alike(db):
    """`alike(**fields)` gives a person like all others that it gives, but for what is unique."""
    shared = ParticipantFactory()

    def make(**fields) -> Participant:
        same = {"paternal_surname": "Apaza", "facility": shared.facility}
        return ParticipantFactory(**(same | fields))

    shared.delete()
    return make


@pytest.fixture
def two(alike):
    return alike(), alike()


UNIQUE = {"document": KEPT, "email": KEPT}


def do(kept, merged, by, **answers) -> Participant:
    """Merges as if the preview had just been seen; document and e-mail always differ."""
    plan = MergePlan.of(Participant.objects.get(pk=kept.pk), Participant.objects.get(pk=merged.pk))
    return merge(kept.pk, merged.pk, UNIQUE | answers, fingerprint=plan.fingerprint, by=by, at=NOW)


def names(kept, merged) -> list[str]:
    return [question.name for question in MergePlan.of(kept, merged).all_questions()]


# ---- the person ------------------------------------------------------------------------------


def test_record_that_goes_is_no_more_and_its_versions_stay(two, by) -> None:
    kept, merged = two
    number = merged.document_number
    assert do(kept, merged, by) == kept
    assert not Participant.objects.filter(pk=merged.pk).exists()
    versions = Participant.history.filter(id=merged.pk).order_by("history_id")
    assert [version.history_type for version in versions] == ["+", "-"]
    assert versions[1].history_user == by
    assert versions[0].document_number == number
    assert kept.history.first().history_user == by
    assert merged_into(merged.pk) == kept


def test_only_what_differs_is_asked(two) -> None:
    kept, merged = two
    assert names(kept, merged) == ["document", "email"]
    merged.given_names, merged.service = "Luz", "mamis"
    assert names(kept, merged) == ["document", "given_names", "email", "service"]


def test_answers_are_taken_field_by_field(two, by) -> None:
    kept, merged = two
    merged.given_names, merged.service = "Luz", "mamis"
    merged.save()
    result = do(kept, merged, by, document=MERGED, given_names=MERGED, service=KEPT)
    result.refresh_from_db()
    assert result.document_number == merged.document_number
    assert result.email == kept.email
    assert (result.given_names, result.service) == ("Luz", "other")


def test_what_only_the_other_has_is_taken_without_asking(two, by) -> None:
    kept, merged = two
    merged.birth_date, merged.mobile, merged.sex = MONDAY, "+51957094499", "F"
    merged.save()
    assert names(kept, merged) == ["document", "email"]
    assert len(MergePlan.of(kept, merged).taken) == 3
    result = do(kept, merged, by)
    assert (result.birth_date, result.mobile, result.sex) == (MONDAY, "+51957094499", "F")


def test_unanswered_question_changes_nothing(two, by) -> None:
    kept, merged = two
    for wrong in ("", "both"):
        with pytest.raises(ValidationError) as refused:
            do(kept, merged, by, email=wrong)
        assert refused.value.code == "unanswered"
    assert Participant.objects.count() == 2


def test_what_changed_since_the_preview_is_asked_anew(two, by, cohort) -> None:
    kept, merged = two
    seen = MergePlan.of(kept, merged).fingerprint
    EnrollmentFactory(participant=merged, cohort=cohort)
    with pytest.raises(ValidationError) as refused:
        merge(kept.pk, merged.pk, UNIQUE, fingerprint=seen, by=by, at=NOW)
    assert refused.value.code == "stale"
    assert Participant.objects.count() == 2


def test_same_merge_again_changes_nothing(two, by) -> None:
    kept, merged = two
    seen = MergePlan.of(kept, merged).fingerprint
    do(kept, merged, by)
    versions = kept.history.count()
    assert merge(kept.pk, merged.pk, UNIQUE, fingerprint=seen, by=by, at=NOW) == kept
    assert kept.history.count() == versions


def test_person_is_not_merged_with_itself_nor_with_nobody(two, by) -> None:
    kept, _merged = two
    for other, code in ((kept.pk, "same"), (0, "gone")):
        with pytest.raises(ValidationError) as refused:
            merge(kept.pk, other, UNIQUE, fingerprint="", by=by, at=NOW)
        assert refused.value.code == code


def test_merged_record_is_found_by_way_of_others(alike, by) -> None:
    first, second, third = alike(), alike(), alike()
    pk = first.pk
    do(second, first, by)
    do(third, second, by)
    assert merged_into(pk) == third
    assert merged_into(third.pk) is None


# ---- enrollments -----------------------------------------------------------------------------


def test_enrollment_in_another_edition_passes_over_with_its_history(two, by) -> None:
    kept, merged = two
    enrollment = EnrollmentFactory(participant=merged)
    own = EnrollmentFactory(participant=kept)
    do(kept, merged, by)
    enrollment.refresh_from_db()
    assert enrollment.participant == kept
    assert set(kept.enrollments.all()) == {own, enrollment}
    versions = enrollment.history.order_by("history_id")
    assert [version.participant for version in versions] == [kept, kept]
    assert versions[1].history_change_reason == f"merged from {merged.pk}"


def test_old_version_of_what_passed_over_can_be_opened(two, log_in, coordinator) -> None:
    kept, merged = two
    mark = AttendanceRecordFactory(enrollment__participant=merged)
    do(kept, merged, coordinator)
    client = log_in(coordinator)
    for row in (mark.enrollment, mark):
        version = row.history.order_by("history_id")[0]
        name = f"admin:participants_{row._meta.model_name}_simple_history"
        assert client.get(reverse(name, args=[row.pk, version.pk])).status_code == 200
    page = reverse("admin:participants_participant_history", args=[kept.pk])
    assert client.get(page).status_code == 200


@pytest.fixture
def shared(two, cohort):
    """Both of the two in one edition and group."""
    group = GroupFactory(cohort=cohort, number=9)
    return tuple(EnrollmentFactory(participant=p, cohort=cohort, group=group) for p in two)


def which(cohort) -> str:
    return f"edition_{cohort.pk}"


@pytest.mark.parametrize("side", [KEPT, MERGED])
def test_one_enrollment_of_an_edition_stays_with_the_marks_of_both(
    side, two, shared, by, cohort
) -> None:
    sessions = [SessionFactory(cohort=cohort, day=day) for day in (2, 3)]
    for enrollment, session in zip(shared, sessions, strict=True):
        AttendanceRecordFactory(enrollment=enrollment, session=session)
    assert names(*two) == ["document", "email", which(cohort)]
    do(*two, by, **{which(cohort): side})
    stays, goes = shared if side == KEPT else reversed(shared)
    left = Enrollment.objects.get()
    assert (left, left.participant) == (stays, two[0])
    assert set(left.attendance.values_list("session_id", flat=True)) == {s.pk for s in sessions}
    moved = left.attendance.get(version=2)
    assert [v.enrollment_id for v in moved.history.all()] == [left.pk, left.pk]
    assert [v.history_type for v in Enrollment.history.filter(id=goes.pk)] == ["-", "+"]


def test_what_was_told_of_either_enrollment_is_not_told_again(two, shared, by, cohort) -> None:
    for enrollment, kinds in zip(shared, (["one_left"], ["one_left", "none_left"]), strict=True):
        for kind in kinds:
            AttendanceWarningFactory(enrollment=enrollment, kind=kind, sent_at=NOW)
    do(*two, by, **{which(cohort): KEPT})
    left = AttendanceWarning.objects.values_list("enrollment", "kind").order_by("pk")
    assert list(left) == [(shared[0].pk, "one_left"), (shared[0].pk, "none_left")]


@pytest.mark.parametrize("side", [KEPT, MERGED])
@pytest.mark.parametrize("stays", [KEPT, MERGED])
def test_two_marks_in_one_session_are_asked(side, stays, two, shared, by, cohort) -> None:
    session = SessionFactory(cohort=cohort)
    states = {KEPT: "present", MERGED: "absent"}
    for enrollment, state in zip(shared, states.values(), strict=True):
        AttendanceRecordFactory(enrollment=enrollment, session=session, state=state)
    mark = f"mark_{session.pk}"
    assert mark in names(*two)
    do(*two, by, **{which(cohort): stays, mark: side})
    assert AttendanceRecord.objects.get().state == states[side]
    assert AttendanceRecord.history.filter(history_type="-").count() == 1


def test_same_mark_twice_is_not_asked(two, shared, by, cohort) -> None:
    session = SessionFactory(cohort=cohort)
    for enrollment in shared:
        AttendanceRecordFactory(enrollment=enrollment, session=session)
    assert names(*two) == ["document", "email", which(cohort)]
    do(*two, by, **{which(cohort): KEPT})
    assert AttendanceRecord.objects.get().version == 1


@pytest.mark.parametrize("side", [KEPT, MERGED])
def test_scores_pass_over_and_two_of_one_attempt_are_asked(side, two, shared, by, cohort) -> None:
    exam, only_one = AssessmentFactory.create_batch(2, cohort=cohort)
    values = {KEPT: 14, MERGED: 11}
    for enrollment, value in zip(shared, values.values(), strict=True):
        ScoreFactory(enrollment=enrollment, assessment=exam, value=value)
    ScoreFactory(enrollment=shared[1], assessment=only_one, value=20)
    question = f"score_{exam.pk}_1"
    assert question in names(*two)
    do(*two, by, **{which(cohort): KEPT, question: side})
    left = Score.objects.filter(enrollment=shared[0])
    assert {row.assessment: row.value for row in left} == {exam: values[side], only_one: 20}


@pytest.mark.parametrize("side", [KEPT, MERGED])
def test_two_decisions_on_a_module_are_asked(side, two, shared, by, cohort_module) -> None:
    rule = cohort_module.rules.get()
    outcomes = {KEPT: "completed", MERGED: "not_completed"}
    for enrollment, outcome in zip(shared, outcomes.values(), strict=True):
        ModuleCompletionFactory(
            enrollment=enrollment,
            cohort_module=cohort_module,
            rule=rule,
            outcome=outcome,
            meets_rule=outcome == "completed",
        )
    name = f"module_{cohort_module.pk}"
    assert name in names(*two)
    do(*two, by, **{which(cohort_module.cohort): KEPT, name: side})
    assert ModuleCompletion.objects.get().outcome == outcomes[side]


def test_one_decision_passes_over(two, shared, by, cohort_module) -> None:
    ModuleCompletionFactory(
        enrollment=shared[1], cohort_module=cohort_module, rule=cohort_module.rules.get()
    )
    do(*two, by, **{which(cohort_module.cohort): KEPT})
    assert ModuleCompletion.objects.get().enrollment == shared[0]


def test_enrollment_that_holds_the_place_stays_without_asking(two, cohort, by) -> None:
    kept, merged = two
    gone = EnrollmentFactory(
        participant=kept, cohort=cohort, status="withdrawn", ended_on=cohort.starts_on
    )
    holds = EnrollmentFactory(
        participant=merged, cohort=cohort, enrolled_on=MONDAY + dt.timedelta(days=7)
    )
    assert names(kept, merged) == ["document", "email"]
    do(kept, merged, by)
    left = Enrollment.objects.get()
    assert (left, left.participant, left.status) == (holds, kept, "enrolled")
    assert left.enrolled_on == gone.enrolled_on


@pytest.mark.parametrize("status", ["enrolled", "not_completed"])
def test_enrollment_that_is_certified_stays_without_asking(status, two, cohort, by) -> None:
    """The certificate stays in force of who completed the edition."""
    kept, merged = two
    EnrollmentFactory(participant=kept, cohort=cohort, status=status)
    completed = EnrollmentFactory(participant=merged, cohort=cohort, status="completed")
    before = MergePlan.of(kept, merged).fingerprint
    certificate = certified(completed)
    assert MergePlan.of(kept, merged).fingerprint != before
    assert names(kept, merged) == ["document", "email"]
    do(kept, merged, by)
    left = Enrollment.objects.get()
    assert (left, left.participant, left.status) == (completed, kept, "completed")
    assert Certificate.objects.live().get() == certificate


def test_group_of_the_one_that_stays_does_not_reach_back(two, cohort, group, other_group, by):
    kept, merged = two
    later = MONDAY + dt.timedelta(days=7)
    EnrollmentFactory(participant=merged, cohort=cohort, group=other_group)
    EnrollmentFactory(participant=kept, cohort=cohort, group=group, enrolled_on=later)
    do(kept, merged, by, **{which(cohort): KEPT})
    left = Enrollment.objects.get()
    assert (left.enrolled_on, left.group, left.group_since) == (MONDAY, group, later)


def test_place_that_falls_free_is_offered_to_the_next(two, cohort, by) -> None:
    cohort.capacity = 2
    cohort.save()
    for person in two:
        EnrollmentFactory(participant=person, cohort=cohort)
    waits = EnrollmentFactory(cohort=cohort, status="waitlisted", waitlist_rank=1)
    do(*two, by, **{which(cohort): KEPT})
    waits.refresh_from_db()
    assert waits.status == "offered"


def test_open_offer_of_the_one_that_goes_is_taken_back(two, cohort, by) -> None:
    kept, merged = two
    EnrollmentFactory(participant=kept, cohort=cohort)
    waits = EnrollmentFactory(participant=merged, cohort=cohort, status="offered", waitlist_rank=1)
    Offer.objects.create(enrollment=waits, offered_at=NOW, expires_at=NOW + dt.timedelta(hours=72))
    EarlierPost.objects.create(enrollment=waits, until=MONDAY)
    do(kept, merged, by)
    offer = Offer.objects.get()
    assert (offer.answer, offer.enrollment.participant) == ("revoked", kept)


def test_edition_to_which_the_person_was_transferred_stays_named(two, cohort, by) -> None:
    kept, merged = two
    EnrollmentFactory(participant=kept, cohort=cohort)
    target = EnrollmentFactory(participant=merged, cohort=cohort)
    origin = EnrollmentFactory(
        participant=merged, status="transferred", ended_on=MONDAY, transferred_to=target
    )
    do(kept, merged, by, **{which(cohort): KEPT})
    origin.refresh_from_db()
    assert origin.transferred_to == Enrollment.objects.get(cohort=cohort)


# ---- accounts, tutors, calendars -------------------------------------------------------------


def test_only_account_passes_over(two, by) -> None:
    kept, merged = two
    merged.user = UserFactory()
    merged.save()
    assert names(kept, merged) == ["document", "email"]
    result = do(kept, merged, by)
    assert result.user == merged.user
    assert result.user.is_active


@pytest.mark.parametrize("side", [KEPT, MERGED])
def test_one_of_two_accounts_stays_and_the_other_is_deactivated(side, two, by) -> None:
    users = {}
    for name, person in zip((KEPT, MERGED), two, strict=True):
        person.user = users[name] = UserFactory()
        person.save()
        ParticipantCalendar.objects.create(participant=person)
    token = two[0 if side == KEPT else 1].calendar_address.token
    result = do(*two, by, account=side)
    for user in users.values():
        user.refresh_from_db()
    assert result.user == users[side]
    assert {name: user.is_active for name, user in users.items()} == {
        KEPT: side == KEPT,
        MERGED: side == MERGED,
    }
    assert ParticipantCalendar.objects.get().token == token
    assert ParticipantCalendar.objects.get().participant == result


def test_only_calendar_address_passes_over(two, by) -> None:
    kept, merged = two
    token = ParticipantCalendar.objects.create(participant=merged).token
    do(kept, merged, by)
    assert ParticipantCalendar.objects.get(participant=kept).token == token


def with_accounts(two) -> None:
    for person in two:
        person.user = UserFactory()
        person.save()


def test_tutor_moves_to_the_log_in_that_stays(two, by) -> None:
    with_accounts(two)
    kept, merged = two
    tutor = TutorFactory(user=merged.user)
    do(kept, merged, by, account=KEPT)
    tutor.refresh_from_db()
    assert tutor.user == kept.user


def test_log_ins_of_two_tutors_are_refused(two, by) -> None:
    with_accounts(two)
    for person in two:
        TutorFactory(user=person.user)
    with pytest.raises(ValidationError) as refused:
        do(*two, by, account=KEPT)
    assert refused.value.code == "two_tutors"
    assert Participant.objects.count() == 2


def test_log_in_of_a_coordinator_is_not_deactivated(two, by) -> None:
    with_accounts(two)
    kept, merged = two
    merged.user.is_staff = True
    merged.user.save()
    with pytest.raises(ValidationError) as refused:
        do(kept, merged, by, account=KEPT)
    assert refused.value.code == "staff"
    assert do(kept, merged, by, account=MERGED).user == merged.user


# ---- at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3])
def test_preview_queries_do_not_grow(n, two) -> None:
    for _number in range(n):
        cohort = CohortFactory()
        for person in two:
            enrollment = EnrollmentFactory(participant=person, cohort=cohort)
            AttendanceRecordFactory(enrollment=enrollment)
    people = list(Participant.objects.select_related("user", "facility").order_by("pk"))
    with CaptureQueriesContext(connection) as captured:
        list(MergePlan.of(*people[-2:]).all_questions())
    assert len(captured) == 6


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("opposite", [False, True])
def test_two_at_once_merge_once(opposite, two, shared, by, cohort, at_once) -> None:
    kept, merged = two
    session = SessionFactory(cohort=cohort)
    AttendanceRecordFactory(enrollment=shared[1], session=session)
    answers = UNIQUE | {which(cohort): KEPT}
    pairs = [(kept, merged), (merged, kept) if opposite else (kept, merged)]
    seen = [MergePlan.of(*pair).fingerprint for pair in pairs]

    def call(index: int) -> Participant:
        one, other = pairs[index]
        return merge(one.pk, other.pk, answers, fingerprint=seen[index], by=by, at=NOW)

    outcomes = at_once(call)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [error.code for error in refused] == (["gone"] if opposite else [])
    left = Participant.objects.get()
    assert left.enrollments.get().attendance.get().session == session
    assert Participant.history.filter(history_change_reason__startswith="merged into").count() == 1
