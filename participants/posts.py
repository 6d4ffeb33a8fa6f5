"""Facility, service, profession and regime during an edition: changed from a day on, so that a
report of an earlier day stays as it was."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from participants.enrollment_steps import Step, keep
from participants.models import EarlierPost, Enrollment, Facility
from participants.places import locked_cohort, locked_enrollment, refuse_closed


@dataclass(frozen=True, slots=True)
class Post:
    facility_id: int | None
    service: str
    profession: str
    employment_regime: str

    @classmethod
    def of(cls, row: Enrollment | EarlierPost) -> "Post":
        return cls(row.facility_id, row.service, row.profession, row.employment_regime)


def posts_on(day: dt.date, enrollments: Iterable[Enrollment]) -> dict[int, Post]:
    """By enrollment, what held on that day. One query, however many there are."""
    people = list(enrollments)
    posts = {each.pk: Post.of(each) for each in people}
    # The latest first, so that the one next after the day is written last.
    earlier = EarlierPost.objects.filter(enrollment__in=people, until__gte=day)
    for row in earlier.order_by("-until"):
        posts[row.enrollment_id] = Post.of(row)
    return posts


@transaction.atomic
def change_post(
    enrollment: Enrollment,
    *,
    on: dt.date,
    facility: Facility | None,
    service: str,
    profession: str,
    regime: str,
    by: AbstractBaseUser | None,
    at: dt.datetime | None = None,
) -> Enrollment:
    """From `on` the person works there and as that, in this edition and as a person.

    What held before is kept until the day before; from the first day of the enrollment, or of the
    last change, it is a correction. The same post again changes nothing. Refused: "not_enrolled",
    "closed", "before_enrollment", "future", and "before_last_change".
    """
    cohort = locked_cohort(enrollment.cohort_id)
    enrollment = locked_enrollment(enrollment.pk)
    wanted = Post(facility.pk if facility else None, service, profession, regime)
    before = Post.of(enrollment)
    if before == wanted:
        return enrollment
    if not enrollment.is_active:
        raise ValidationError(_("This person is not in the edition."), code="not_enrolled")
    refuse_closed(cohort)
    last = enrollment.earlier_posts.order_by("until").last()
    since = last.until + dt.timedelta(days=1) if last else enrollment.enrolled_on
    _refuse_day(on, since, is_change=last is not None, today=timezone.localdate(at))
    if on > since:
        row = EarlierPost(enrollment=enrollment, until=on - dt.timedelta(days=1))
        for name in Enrollment.POST:
            setattr(row, name, getattr(enrollment, name))
        row.save()
    enrollment.facility, enrollment.service = facility, service
    enrollment.profession, enrollment.employment_regime = profession, regime
    keep(enrollment, Step.POST, on=on, by=by)
    _change_person(enrollment, by=by)
    return enrollment


def _change_person(enrollment: Enrollment, *, by: AbstractBaseUser | None) -> None:
    person = enrollment.participant
    for name in Enrollment.POST:
        setattr(person, name, getattr(enrollment, name))
    person._history_user = by  # type: ignore[attr-defined]
    person.save(update_fields=list(Enrollment.POST))


def _refuse_day(on: dt.date, since: dt.date, *, is_change: bool, today: dt.date) -> None:
    if on > max(today, since):
        raise ValidationError({"on": ValidationError(_("This day has not come yet."), "future")})
    if on >= since:
        return
    text, code = _("The person was enrolled on %(day)s."), "before_enrollment"
    if is_change:
        text, code = _("The last change counts from %(day)s."), "before_last_change"
    raise ValidationError({"on": ValidationError(text % {"day": f"{since:%d/%m/%Y}"}, code)})
