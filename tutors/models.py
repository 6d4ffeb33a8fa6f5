import datetime as dt

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models import CalendarAddress, Cohort, Group
from courses.models.checks import Unique, ends_after_start, one_of
from participants.models import Certificate, CertificateKind, Person, Survey


class Tutor(Person):
    """Who guides groups. The same person may be a participant of another cohort."""

    history = HistoricalRecords()

    class Meta(Person.Meta):
        verbose_name = _("tutor")
        verbose_name_plural = _("tutors")


class TutorCalendar(CalendarAddress):
    """Where a tutor's calendar program fetches the sessions of the own groups."""

    tutor = models.OneToOneField(
        Tutor,
        verbose_name=_("tutor"),
        on_delete=models.CASCADE,
        related_name="calendar_address",
    )

    class Meta:
        verbose_name = _("tutor's calendar address")
        verbose_name_plural = _("tutors' calendar addresses")

    def __str__(self) -> str:
        return str(self.tutor)


class TutorAssignmentQuerySet(models.QuerySet["TutorAssignment"]):
    def on(self, day: dt.date) -> "TutorAssignmentQuerySet":
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def of_edition(self, cohort: Cohort) -> "TutorAssignmentQuerySet":
        """To its groups, with at least a day inside its dates."""
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=cohort.starts_on),
            starts_on__lte=cohort.ends_on,
            group__cohort=cohort,
        )

    def for_tutor(self, user: AbstractBaseUser | AnonymousUser) -> "TutorAssignmentQuerySet":
        return self.filter(tutor__user=user).exclude(group__cohort__status=Cohort.Status.DRAFT)


class TutorAssignment(models.Model):
    """A tutor guides a group from one day to another; a substitute's last day is known."""

    tutor = models.ForeignKey(
        Tutor, verbose_name=_("tutor"), on_delete=models.PROTECT, related_name="assignments"
    )
    group = models.ForeignKey(
        Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="tutor_assignments"
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    history = HistoricalRecords()
    objects = TutorAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("tutor's assignment")
        verbose_name_plural = _("tutors' assignments")
        ordering = ["group", "starts_on"]
        constraints = [
            ends_after_start("tutorassignment", "starts_on", "ends_on"),
            Unique(
                at="starts_on",
                fields=["tutor", "group", "starts_on"],
                name="tutorassignment_once_per_day",
                violation_error_message=_("This tutor already guides this group."),
            ),
            Unique(
                at="group",
                fields=["tutor", "group"],
                condition=Q(ends_on__isnull=True),
                name="tutorassignment_one_open",
                violation_error_message=_("This tutor already guides this group."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tutor} · {self.group}"

    def clean(self) -> None:
        super().clean()
        if not (self.tutor_id and self.group_id and self.starts_on):
            return
        same = TutorAssignment.objects.filter(tutor=self.tutor_id, group=self.group_id)
        same = same.exclude(pk=self.pk).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=self.starts_on)
        )
        if self.ends_on is not None:
            same = same.filter(starts_on__lte=self.ends_on)
        if same.exists():
            raise ValidationError(_("This tutor already guides this group on some of these days."))


class TutorCertificate(models.Model):
    """The last certificate of a kind that a tutor was issued for an edition; earlier ones name it.

    One row for a tutor, edition and kind, so that no second one is issued beside it.
    """

    tutor = models.ForeignKey(
        Tutor, verbose_name=_("tutor"), on_delete=models.PROTECT, related_name="certificates"
    )
    cohort = models.ForeignKey(
        Cohort, verbose_name=_("cohort"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=15, choices=CertificateKind)
    certificate = models.OneToOneField(
        Certificate,
        verbose_name=_("certificate"),
        on_delete=models.PROTECT,
        related_name="of_tutor",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("tutor's certificate")
        verbose_name_plural = _("tutors' certificates")
        ordering = ["cohort", "tutor"]
        constraints = [
            Unique(
                at="tutor",
                fields=["tutor", "cohort", "kind"],
                name="tutorcertificate_one",
                violation_error_message=_("This tutor already has one of this kind."),
            ),
            one_of("tutorcertificate", "kind", ["certificate", "constancia"]),
        ]

    def __str__(self) -> str:
        return f"{self.tutor} · {self.certificate}"

    def clean(self) -> None:
        super().clean()
        if self.certificate_id and (self.cohort_id, self.kind) != (
            self.certificate.cohort_id,
            self.certificate.kind,
        ):
            raise ValidationError({"certificate": _("It is of another edition or kind.")})


class SurveyedTutor(models.Model):
    """Whom a survey of a group's tutor is about: who guided the group for most of the module."""

    survey = models.OneToOneField(
        Survey, verbose_name=_("survey"), on_delete=models.CASCADE, related_name="surveyed_tutor"
    )
    tutor = models.ForeignKey(
        Tutor, verbose_name=_("tutor"), on_delete=models.PROTECT, related_name="surveys"
    )

    class Meta:
        verbose_name = _("tutor of a survey")
        verbose_name_plural = _("tutors of surveys")
        ordering = ["survey"]

    def __str__(self) -> str:
        return f"{self.tutor} · {self.survey}"
