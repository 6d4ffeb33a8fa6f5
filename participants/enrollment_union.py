"""Two enrollments of one person in one edition become one; its marks and decisions unite."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from participants.absence_union import close_doubles
from participants.answering import unite_answers
from participants.certificate_union import unite_certificates
from participants.evidence_union import drop_doubles
from participants.merge_plan import (
    KEPT,
    MERGED,
    Shared,
    marks_differ,
    place_of,
    question_of,
    scores_differ,
)
from participants.models import (
    AttendanceRecord,
    AttendanceWarning,
    EarlierPost,
    EditionOutcome,
    Enrollment,
    ModuleCompletion,
    Offer,
    Score,
)
from participants.rating_union import drop_older_ratings
from participants.waiting_list import close_offers, offer_places

OF_A_MARK = (
    *("state", "mode", "minutes", "source", "recorded_by_id", "recorded_at"),
    *("correction", "correction_note"),
)
OF_A_SCORE = ("value", "did_not_sit", "source", "recorded_by_id", "recorded_at")
OF_A_DECISION = (
    "rule_id",
    "outcome",
    "meets_rule",
    "attendance_percent",
    "sessions_counted",
    "sessions_taken",
    "override_reason",
    "override_note",
    "average",
    "figures",
    "decided_by_id",
    "decided_at",
    "needs_approval",
    "approved_by_id",
    "approved_at",
)


def unite(
    shared: Shared,
    answers: Mapping[str, str],
    *,
    by: AbstractBaseUser,
    at: dt.datetime,
    reason: str,
) -> None:
    """The edition is locked. A place that falls free is offered to the next on the list.

    What the one that stays lacks, it takes over; where both have a mark or a decision, the answer
    tells which counts. Posts and waiting list are those of the one that stays; the history of the
    other is kept, and names the one that stays where it named the other.
    """
    side = shared.stays or answers[shared.question]
    stays, goes = (shared.kept, shared.merged) if side == KEPT else (shared.merged, shared.kept)
    both_took_a_place = all(_takes_a_place(row) for row in (stays, goes))
    _unite_marks(shared, stays, goes, answers, by, reason)
    _unite_scores(shared, stays, goes, answers, by, reason)
    _unite_decisions(shared, stays, goes, answers, by, reason)
    close_offers([goes], Offer.Answer.REVOKED, at=at, by=by)
    EarlierPost.objects.filter(enrollment=goes).delete()
    _begin_earlier(stays, goes)
    drop_doubles(stays, goes)
    _unite_outcomes(stays, goes, by, reason)
    _unite_warnings(stays, goes)
    unite_answers(stays, goes)
    close_doubles(stays, goes, by=by, at=at, reason=reason)
    drop_older_ratings(stays, goes, by=by, reason=reason)
    unite_certificates(stays, goes, by=by, at=at)
    move_relations(goes, stays, by=by, reason=reason)
    # Before `stays` changes: the participant has one enrollment an edition.
    _remove(goes, by, reason)
    stays.participant = shared.kept.participant
    _save(stays, by, reason)
    if both_took_a_place:
        offer_places(stays.cohort, at=at, by=by)


def _takes_a_place(row: Enrollment) -> bool:
    return row.is_active or row.status == Enrollment.Status.OFFERED


def _begin_earlier(stays: Enrollment, goes: Enrollment) -> None:
    """From the first day of both; in its group the person is no longer than until now."""
    took_part = goes.status in Enrollment.ATTENDED
    if not took_part or goes.enrolled_on >= stays.enrolled_on:
        return
    if stays.group_id and stays.group_id != goes.group_id and stays.group_since is None:
        stays.group_since = stays.enrolled_on
    stays.enrolled_on = goes.enrolled_on


def _unite_marks(
    shared: Shared,
    stays: Enrollment,
    goes: Enrollment,
    answers: Mapping[str, str],
    by: AbstractBaseUser,
    reason: str,
) -> None:
    own = {mark.session_id: mark for mark in AttendanceRecord.objects.filter(enrollment=stays)}
    for mark in AttendanceRecord.objects.filter(enrollment=goes).order_by("pk"):
        twin = own.get(mark.session_id)
        if twin is None:
            mark.enrollment = stays
            mark.version += 1  # a register opened before this shows another person's mark
            _save(mark, by, reason)
            continue
        if marks_differ(twin, mark) and _counts(mark, shared, answers[f"mark_{mark.session_id}"]):
            _copy(mark, twin, OF_A_MARK)
            twin.version += 1
            _save(twin, by, reason)
        _remove(mark, by, reason)


def _unite_scores(
    shared: Shared,
    stays: Enrollment,
    goes: Enrollment,
    answers: Mapping[str, str],
    by: AbstractBaseUser,
    reason: str,
) -> None:
    own = {place_of(score): score for score in Score.objects.filter(enrollment=stays)}
    for score in Score.objects.filter(enrollment=goes).order_by("pk"):
        twin = own.get(place_of(score))
        if twin is None:
            score.enrollment = stays
            score.version += 1  # a grid opened before this shows another person's score
            _save(score, by, reason)
            continue
        if scores_differ(twin, score) and _counts(score, shared, answers[question_of(score)]):
            _copy(score, twin, OF_A_SCORE)
            twin.version += 1
            _save(twin, by, reason)
        _remove(score, by, reason)


def _unite_decisions(
    shared: Shared,
    stays: Enrollment,
    goes: Enrollment,
    answers: Mapping[str, str],
    by: AbstractBaseUser,
    reason: str,
) -> None:
    rows = ModuleCompletion.objects.filter(enrollment=stays)
    own = {row.cohort_module_id: row for row in rows}
    for row in ModuleCompletion.objects.filter(enrollment=goes).order_by("pk"):
        twin = own.get(row.cohort_module_id)
        if twin is None:
            row.enrollment = stays
            _save(row, by, reason)
            continue
        name = f"module_{row.cohort_module_id}"
        if twin.outcome != row.outcome and _counts(row, shared, answers[name]):
            _copy(row, twin, OF_A_DECISION)
            _save(twin, by, reason)
        _remove(row, by, reason)


def _unite_outcomes(stays: Enrollment, goes: Enrollment, by: AbstractBaseUser, reason: str) -> None:
    """The outcome goes with the status that stays; another's moves over only where it has none."""
    if EditionOutcome.objects.filter(enrollment=stays).exists():
        for row in EditionOutcome.objects.filter(enrollment=goes):
            _remove(row, by, reason)


def _unite_warnings(stays: Enrollment, goes: Enrollment) -> None:
    """What was told of either is not told again."""
    told = AttendanceWarning.objects.filter(enrollment=stays)
    for row in told.values("cohort_module", "kind", "audience"):
        AttendanceWarning.objects.filter(enrollment=goes, **row).delete()


def _counts(row: AttendanceRecord | ModuleCompletion | Score, shared: Shared, side: str) -> bool:
    """Whether the answer names the side of which this row was."""
    return row.enrollment_id == (shared.merged.pk if side == MERGED else shared.kept.pk)


def _copy(source: Model, target: Model, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(target, name, getattr(source, name))


def _save(row: Any, by: AbstractBaseUser, reason: str) -> None:
    row._history_user, row._change_reason = by, reason
    row.save()


def _remove(row: Any, by: AbstractBaseUser, reason: str) -> None:
    row._history_user, row._change_reason = by, reason
    row.delete()


def move_relations(
    old: Model, new: Model, *, by: AbstractBaseUser, reason: str, but: tuple[type[Model], ...] = ()
) -> None:
    """All that refers to `old`, in whatever model, refers to `new`; so do the old versions of it.

    A model that keeps a history gets a line in it for each row. An old version that named a row
    that is no more could not be opened.
    """
    for relation in old._meta.related_objects:
        model, field = relation.related_model, relation.field
        if model in but:
            continue
        rows: Any = model._base_manager.filter(**{field.name: old})
        if not hasattr(model, "history"):
            rows.update(**{field.name: new})
            continue
        for row in rows:
            setattr(row, field.name, new)
            _save(row, by, reason)
        model.history.model.objects.filter(**{field.attname: old.pk}).update(
            **{field.attname: new.pk}
        )
