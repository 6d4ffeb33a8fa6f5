import datetime as dt

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import Cohort, Group, Session
from courses.models.checks import (
    Check,
    Unique,
    ends_after_start,
    one_of,
    refuse_another_cohort,
)
from participants.models.facilities import Facility
from participants.models.people import EmploymentRegime, Participant, Profession, Service


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def active(self) -> "EnrollmentQuerySet":
        """Who takes up a place in the cohort."""
        return self.filter(status__in=Enrollment.HOLDS_A_PLACE)

    def taking_a_place(self) -> "EnrollmentQuerySet":
        """Who holds a place, and whom one is offered: until the answer it is not given away."""
        return self.filter(status__in=(*Enrollment.HOLDS_A_PLACE, Enrollment.Status.OFFERED))

    def waiting(self) -> "EnrollmentQuerySet":
        """Who is next comes first; who has no rank comes last."""
        return self.filter(status=Enrollment.Status.WAITLISTED).order_by(
            F("waitlist_rank").asc(nulls_last=True), "id"
        )

    def for_cohort(self, cohort: Cohort) -> "EnrollmentQuerySet":
        return self.filter(cohort=cohort)

    def for_session(self, session: Session) -> "EnrollmentQuerySet":
        """Whom the session concerns: of its cohort and group, on that day inside the dates."""
        day = session.day
        people = self.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gte=day),
            cohort=session.cohort_id,
            status__in=Enrollment.ATTENDED,
            enrolled_on__lte=day,
        )
        if session.group_id is None:
            return people
        return people.filter(
            Q(group_since__isnull=True) | Q(group_since__lte=day), group=session.group_id
        )

    def for_participant(self, user: AbstractBaseUser | AnonymousUser) -> "EnrollmentQuerySet":
        return self.filter(participant__user=user, status__in=Enrollment.ATTENDED).exclude(
            cohort__status=Cohort.Status.DRAFT
        )

    def by_name(self) -> "EnrollmentQuerySet":
        return self.order_by(
            "participant__paternal_surname",
            "participant__maternal_surname",
            "participant__given_names",
            "id",
        )


class LeavingReason(models.TextChoices):
    """Why someone left, or did not take the place."""

    WORKLOAD = "workload", _("too much work")
    SHIFTS = "shifts", _("change of shifts or duties")
    PERMISSION = "permission", _("the facility did not give leave")
    JOB = "job", _("changed job or contract ended")
    HEALTH = "health", _("health")
    FAMILY = "family", _("family or care")
    CONNECTION = "connection", _("no connection or equipment")
    NO_SHOW = "no_show", _("never attended")
    REFUSED_OFFER = "refused_offer", _("did not want the place offered")
    NO_ANSWER = "no_answer", _("did not answer the offer in time")
    NOT_ELIGIBLE = "not_eligible", _("does not meet the requirements")
    OTHER = "other", _("another reason")


class Enrollment(models.Model):
    """A participant in a cohort. Facility, service, profession and regime stay as they were.

    They are those of the last day; what held on an earlier day is in EarlierPost. The status is
    changed by the verbs of participants/enrolling.py and waiting_list.py alone.
    """

    class Status(models.TextChoices):
        APPLIED = "applied", _("applied")
        WAITLISTED = "waitlisted", _("on the waiting list")
        OFFERED = "offered", _("place offered")
        DECLINED = "declined", _("declined")
        ENROLLED = "enrolled", _("enrolled")
        WITHDRAWN = "withdrawn", _("withdrawn")
        TRANSFERRED = "transferred", _("transferred")
        COMPLETED = "completed", _("completed")
        NOT_COMPLETED = "not_completed", _("not completed")

    HOLDS_A_PLACE = (Status.ENROLLED, Status.COMPLETED, Status.NOT_COMPLETED)
    # Who was in the edition at some time, until `ended_on`.
    ATTENDED = (*HOLDS_A_PLACE, Status.WITHDRAWN, Status.TRANSFERRED)
    LEFT = (Status.WITHDRAWN, Status.TRANSFERRED)
    ON_THE_LIST = (Status.WAITLISTED, Status.OFFERED)
    POST = ("facility", "service", "profession", "employment_regime")

    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.PROTECT,
        related_name="enrollments",
    )
    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.PROTECT, related_name="enrollments"
    )
    group = models.ForeignKey(
        Group,
        verbose_name=_("group"),
        on_delete=models.PROTECT,
        related_name="enrollments",
        null=True,
        blank=True,
    )
    group_since = models.DateField(
        _("in the group since"),
        null=True,
        blank=True,
        help_text=_("Left empty: from the start. The group's earlier sessions do not count."),
    )
    status = models.CharField(_("status"), max_length=15, choices=Status, default=Status.ENROLLED)
    enrolled_on = models.DateField(_("enrolled"))
    ended_on = models.DateField(_("last day"), null=True, blank=True)
    left_reason = models.CharField(
        _("reason of leaving"), max_length=15, choices=LeavingReason, blank=True
    )
    transferred_to = models.ForeignKey(
        "self",
        verbose_name=_("transferred to"),
        on_delete=models.PROTECT,
        related_name="transferred_from",
        null=True,
        blank=True,
    )
    waitlist_rank = models.PositiveIntegerField(
        _("place on the waiting list"), null=True, blank=True
    )
    facility = models.ForeignKey(
        Facility,
        verbose_name=_("facility"),
        on_delete=models.PROTECT,
        related_name="enrollments",
        null=True,
        blank=True,
    )
    service = models.CharField(_("service"), max_length=10, choices=Service, default=Service.OTHER)
    profession = models.CharField(
        _("profession"), max_length=30, choices=Profession, default=Profession.OTHER
    )
    employment_regime = models.CharField(
        _("employment regime"),
        max_length=10,
        choices=EmploymentRegime,
        default=EmploymentRegime.OTHER,
    )

    # Whether there is anything to read of these: where a query did not look, there may be.
    has_make_ups = True
    has_excuses = True
    has_surveys = True
    has_competencies = True

    history = HistoricalRecords()
    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["cohort", "id"]
        indexes = [models.Index(fields=["cohort", "status"], name="enrollment_cohort_status")]
        constraints = [
            Unique(
                at="participant",
                fields=["participant", "cohort"],
                name="enrollment_once_per_cohort",
                violation_error_message=_("This person is already in the cohort."),
            ),
            ends_after_start("enrollment", "enrolled_on", "ended_on"),
            Check(
                at="ended_on",
                condition=~Q(status__in=["withdrawn", "transferred"]) | Q(ended_on__isnull=False),
                name="enrollment_left_has_last_day",
                violation_error_message=_("Write the last day of who withdraws or transfers."),
            ),
            Check(
                at="group_since",
                condition=Q(group_since__isnull=True) | Q(group_since__gte=F("enrolled_on")),
                name="enrollment_group_since_not_before_enrolled_on",
                violation_error_message=_("The person was not enrolled yet on that day."),
            ),
            Check(
                at="group_since",
                condition=Q(group_since__isnull=True) | Q(group__isnull=False),
                name="enrollment_group_since_with_group",
                violation_error_message=_("Choose the group, or leave the day empty."),
            ),
            Check(
                at="left_reason",
                condition=Q(left_reason="") | Q(status__in=["withdrawn", "declined"]),
                name="enrollment_left_reason_of_who_left",
                violation_error_message=_("Only who withdrew or declined has a reason for it."),
            ),
            Check(
                at="transferred_to",
                condition=Q(transferred_to__isnull=True) | Q(status="transferred"),
                name="enrollment_transferred_to_of_who_is_transferred",
                violation_error_message=_("Only who is transferred has another edition."),
            ),
            Check(
                at="waitlist_rank",
                condition=Q(waitlist_rank__isnull=True)
                | Q(status__in=["waitlisted", "offered"], waitlist_rank__gte=1),
                name="enrollment_waitlist_rank_of_who_waits",
                violation_error_message=_("Only who waits has a place on the list, from 1."),
            ),
            Unique(
                at="waitlist_rank",
                fields=["cohort", "waitlist_rank"],
                name="enrollment_waitlist_rank_unique",
                violation_error_message=_("Another person has this place on the list."),
            ),
            one_of("enrollment", "left_reason", ["", *LeavingReason.values]),
            one_of(
                "enrollment",
                "status",
                [
                    "applied",
                    "waitlisted",
                    "offered",
                    "declined",
                    "enrolled",
                    "withdrawn",
                    "transferred",
                    "completed",
                    "not_completed",
                ],
            ),
            one_of("enrollment", "service", Service.values),
            one_of("enrollment", "profession", Profession.values),
            one_of("enrollment", "employment_regime", EmploymentRegime.values),
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.cohort}"

    def clean(self) -> None:
        super().clean()
        refuse_another_cohort(self)
        if self.cohort_id and self.group and self.group.cohort_id != self.cohort_id:
            raise ValidationError({"group": _("The group belongs to another cohort.")})

    def take_place(self, on: dt.date) -> None:
        """In memory: enrolled from that day, with nothing left of an earlier leaving or waiting."""
        self.status = self.Status.ENROLLED
        self.enrolled_on, self.ended_on = on, None
        self.left_reason, self.transferred_to, self.waitlist_rank = "", None, None

    def take_post(self, source: "Participant | Enrollment") -> None:
        """In memory: facility, service, profession and regime of the person or enrollment."""
        for name in self.POST:
            setattr(self, name, getattr(source, name))

    @property
    def is_active(self) -> bool:
        return self.status in self.HOLDS_A_PLACE

    @property
    def is_decided(self) -> bool:
        """Whether the edition's outcome counts: while it waits for a second person it does not."""
        return self.status in (self.Status.COMPLETED, self.Status.NOT_COMPLETED)

    def covers(self, day: dt.date) -> bool:
        """Whether the day lies inside the enrollment's dates."""
        return self.enrolled_on <= day and (self.ended_on is None or day <= self.ended_on)
