from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from courses.models.checks import Check, one_of


class Region(models.TextChoices):
    """Departments and the Constitutional Province of Callao, by INEI's ubigeo code."""

    AMAZONAS = "01", "Amazonas"
    ANCASH = "02", "Áncash"
    APURIMAC = "03", "Apurímac"
    AREQUIPA = "04", "Arequipa"
    AYACUCHO = "05", "Ayacucho"
    CAJAMARCA = "06", "Cajamarca"
    CALLAO = "07", "Callao"
    CUSCO = "08", "Cusco"
    HUANCAVELICA = "09", "Huancavelica"
    HUANUCO = "10", "Huánuco"
    ICA = "11", "Ica"
    JUNIN = "12", "Junín"
    LA_LIBERTAD = "13", "La Libertad"
    LAMBAYEQUE = "14", "Lambayeque"
    LIMA = "15", "Lima"
    LORETO = "16", "Loreto"
    MADRE_DE_DIOS = "17", "Madre de Dios"
    MOQUEGUA = "18", "Moquegua"
    PASCO = "19", "Pasco"
    PIURA = "20", "Piura"
    PUNO = "21", "Puno"
    SAN_MARTIN = "22", "San Martín"
    TACNA = "23", "Tacna"
    TUMBES = "24", "Tumbes"
    UCAYALI = "25", "Ucayali"


class Facility(models.Model):
    """A health facility (IPRESS), known by its 8-digit RENIPRESS code."""

    renipress = models.CharField(
        _("RENIPRESS code"),
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[0-9]{8}\Z", _("A RENIPRESS code has 8 digits."))],
        help_text=_("8 digits, with its zeros."),
    )
    name = models.CharField(_("name"), max_length=255)
    region = models.CharField(_("region"), max_length=2, choices=Region)
    district = models.CharField(_("district"), max_length=80, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ["name"]
        constraints = [
            Check(
                at="renipress",
                condition=models.Q(renipress__regex=r"^[0-9]{8}$"),
                name="facility_renipress_8_digits",
                violation_error_message=_("A RENIPRESS code has 8 digits."),
            ),
            one_of("facility", "region", Region.values),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.renipress})"
