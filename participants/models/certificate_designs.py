import re
from functools import cached_property
from string import Formatter
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import Cohort, Program
from courses.models.checks import Check, Unique, from_one, one_of
from participants.certificate_letters import refuse_undrawable

MOST_IMAGE_BYTES = 300 * 1024
MOST_IMAGES = 4
# What the body of a design may name; each is replaced when a certificate is issued.
PLACEHOLDERS = ("program", "edition", "starts_on", "ends_on", "hours", "document")


class CertificateKind(models.TextChoices):
    CERTIFICATE = "certificate", _("certificate (completed)")
    CONSTANCIA = "constancia", _("constancia (took part)")


class Recipient(models.TextChoices):
    PARTICIPANTS = "participants", _("participants")
    TUTORS = "tutors", _("tutors")


class CertificateDesignQuerySet(models.QuerySet["CertificateDesign"]):
    def usable(self) -> "CertificateDesignQuerySet":
        return self.filter(retired_at__isnull=True)

    def for_cohort(self, cohort: Cohort) -> "CertificateDesignQuerySet":
        """Those that may be issued in the edition: of its program, or of any."""
        return self.usable().filter(Q(program__isnull=True) | Q(program=cohort.program_id))


class CertificateDesign(models.Model):
    """How a certificate reads and looks. Once one was issued of it, it never changes.

    Who edits a used one makes a new version of the same name (certificate_designs.py).
    """

    class Language(models.TextChoices):
        SPANISH = "es", _("Spanish")
        ENGLISH = "en", _("English")

    class Hours(models.TextChoices):
        COMPLETED = "completed", _("academic hours of the modules completed")
        EDITION = (
            "edition",
            _("academic hours of all modules of the edition; of those a tutor guided"),
        )
        SESSIONS = "sessions", _("academic hours of the sessions held while the tutor guided")
        FIXED = "fixed", _("the number written here, the same for all")

    name = models.CharField(
        _("name"), max_length=80, help_text=_("For coordinators; it is not printed.")
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    kind = models.CharField(_("kind"), max_length=15, choices=CertificateKind)
    recipient = models.CharField(
        _("for"), max_length=15, choices=Recipient, default=Recipient.PARTICIPANTS
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.SPANISH
    )
    program = models.ForeignKey(
        Program,
        verbose_name=_("program"),
        on_delete=models.PROTECT,
        related_name="certificate_designs",
        null=True,
        blank=True,
        help_text=_("Left empty: for any program."),
    )
    issuer = models.CharField(_("issued by"), max_length=160)
    title = models.CharField(_("title"), max_length=60)
    lead = models.CharField(
        _("line above the name"), max_length=160, help_text=_("For example: Se otorga a")
    )
    body = models.TextField(
        _("text below the name"),
        max_length=700,
        help_text=_(
            "May hold {program}, {edition}, {starts_on}, {ends_on}, {hours} and {document}, which"
            " is the document with all but its end hidden."
        ),
    )
    place = models.CharField(_("place"), max_length=60, default="Lima")
    hours_from = models.CharField(_("hours"), max_length=10, choices=Hours, default=Hours.EDITION)
    fixed_hours = models.PositiveSmallIntegerField(
        _("number of hours"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    least_attendance_percent = models.PositiveSmallIntegerField(
        _("least attendance (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_(
            "Of a participant's constancia: sessions attended, of all sessions of the edition and"
            " the own group, also after the person left."
        ),
    )
    retired_at = models.DateTimeField(_("no longer used since"), null=True, editable=False)

    objects = CertificateDesignQuerySet.as_manager()

    class Meta:
        verbose_name = _("design of a certificate")
        verbose_name_plural = _("designs of certificates")
        ordering: ClassVar[list[str]] = ["name", "-version"]
        constraints = [
            Unique(
                at="name",
                fields=["name", "version"],
                name="certificatedesign_version_unique",
                violation_error_message=_("There is a design of this name already."),
            ),
            from_one("certificatedesign", "version", _("Versions are numbered from 1.")),
            one_of("certificatedesign", "kind", ["certificate", "constancia"]),
            one_of("certificatedesign", "recipient", ["participants", "tutors"]),
            one_of("certificatedesign", "language", ["es", "en"]),
            one_of(
                "certificatedesign", "hours_from", ["completed", "edition", "sessions", "fixed"]
            ),
            Check(
                at="fixed_hours",
                condition=Q(hours_from="fixed", fixed_hours__isnull=False, fixed_hours__gte=1)
                | (~Q(hours_from="fixed") & Q(fixed_hours__isnull=True)),
                name="certificatedesign_fixed_hours_where_fixed",
                violation_error_message=_(
                    "Write a number of hours only where it is the one printed, from 1."
                ),
            ),
            Check(
                at="least_attendance_percent",
                condition=Q(
                    kind="constancia",
                    recipient="participants",
                    least_attendance_percent__isnull=False,
                    least_attendance_percent__range=(1, 100),
                )
                | (
                    ~Q(kind="constancia", recipient="participants")
                    & Q(least_attendance_percent__isnull=True)
                ),
                name="certificatedesign_least_attendance_of_a_constancia",
                violation_error_message=_(
                    "A participant's constancia has a least attendance from 1 to 100 percent; no"
                    " other design has one."
                ),
            ),
            Check(
                at="hours_from",
                condition=~Q(recipient="tutors", hours_from="completed"),
                name="certificatedesign_tutors_complete_no_module",
                violation_error_message=_("Tutors complete no modules: choose other hours."),
            ),
            Check(
                at="hours_from",
                condition=~Q(recipient="participants", hours_from="sessions"),
                name="certificatedesign_participants_guide_no_session",
                violation_error_message=_("Only tutors guide sessions: choose other hours."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · v{self.version}"

    def clean(self) -> None:
        super().clean()
        self.body = re.sub(r"\s+", " ", self.body).strip()
        if unknown := unknown_placeholders(self.body):
            raise ValidationError(
                {
                    "body": _("There is no such placeholder: %(names)s.")
                    % {"names": ", ".join(unknown)}
                }
            )
        for name in ("issuer", "title", "lead", "body", "place"):
            refuse_undrawable_at(self, name)
        if self.is_used:
            raise ValidationError(
                _("Certificates were issued of this design: make a new version of it.")
            )
        self._refuse_another_design()

    def _refuse_another_design(self) -> None:
        """What was issued of an earlier version is issued anew of the last one of its name."""
        if self.version == 1 or self._state.adding:
            return
        fixed = ("name", "kind", "recipient")
        kept = CertificateDesign.objects.values(*fixed).get(pk=self.pk)
        text = _("It is the same in all versions of a design: for another, add a design.")
        if changed := [each for each in fixed if getattr(self, each) != kept[each]]:
            raise ValidationError(dict.fromkeys(changed, text))

    @cached_property
    def is_used(self) -> bool:
        return not self._state.adding and self.certificates.exists()


def refuse_undrawable_at(row: models.Model, name: str) -> None:
    try:
        refuse_undrawable(getattr(row, name))
    except ValidationError as error:
        raise ValidationError({name: error}) from error


def unknown_placeholders(text: str) -> list[str]:
    """What stands in braces and is none of PLACEHOLDERS; braces that do not pair, as a whole."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return ["{}"]
    written = [
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _text, name, form, conversion in parts
        if name is not None
    ]
    return [f"{{{each}}}" for each in written if each not in PLACEHOLDERS]


class DesignImage(models.Model):
    """Kept in the database, with what is printed of it for ever: nothing can take it away alone."""

    class Format(models.TextChoices):
        PNG = "png", "PNG"
        SVG = "svg", "SVG"

    position = models.PositiveSmallIntegerField(
        _("position"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_IMAGES)],
        help_text=_("From the left, 1 to 4."),
    )
    image = models.BinaryField(_("image"), max_length=MOST_IMAGE_BYTES, blank=True)
    image_format = models.CharField(
        _("format"), max_length=3, choices=Format, blank=True, editable=False
    )

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["design", "position"]
        constraints = [
            Unique(
                at="position",
                fields=["design", "position"],
                name="%(class)s_position_unique",
                violation_error_message=_("Two have the same position."),
            ),
            Check(
                at="position",
                condition=Q(position__range=(1, MOST_IMAGES)),
                name="%(class)s_position_1_to_4",
                violation_error_message=_("Positions are numbered from 1 to 4."),
            ),
            one_of("%(class)s", "image_format", ["", "png", "svg"]),
        ]

    def clean(self) -> None:
        super().clean()
        if self.design_id and self.design.is_used:  # type: ignore[attr-defined]
            raise ValidationError(
                _("Certificates were issued of this design: make a new version of it.")
            )


class DesignLogo(DesignImage):
    design = models.ForeignKey(
        CertificateDesign,
        verbose_name=_("design"),
        on_delete=models.CASCADE,
        related_name="logos",
    )
    institution = models.CharField(
        _("institution"), max_length=120, help_text=_("Read aloud in the place of the image.")
    )

    class Meta(DesignImage.Meta):
        verbose_name = _("logo")
        verbose_name_plural = _("logos")

    def __str__(self) -> str:
        return self.institution

    def clean(self) -> None:
        super().clean()
        if not self.image:
            raise ValidationError(_("Choose an image."))


class Signatory(DesignImage):
    design = models.ForeignKey(
        CertificateDesign,
        verbose_name=_("design"),
        on_delete=models.CASCADE,
        related_name="signatories",
    )
    name = models.CharField(_("name"), max_length=80)
    post = models.CharField(_("post"), max_length=120)

    class Meta(DesignImage.Meta):
        verbose_name = _("signatory")
        verbose_name_plural = _("signatories")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        for name in ("name", "post"):
            refuse_undrawable_at(self, name)
