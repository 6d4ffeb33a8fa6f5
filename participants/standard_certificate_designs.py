"""The designs that every installation begins with, whole but for who signs; from then on they are
the coordinators'."""

import tomllib
from pathlib import Path

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from participants.models import CertificateDesign

DESIGNS = Path(__file__).with_suffix(".toml")


@transaction.atomic
def install_certificate_designs() -> list[CertificateDesign]:
    """Where there never was a design: repeated it adds nothing, also once all were deleted, as what
    is deleted in the administration is written down there."""
    model = ContentType.objects.get_for_model(CertificateDesign)
    # Who sets up at the same time waits here, and then sees the designs.
    ContentType.objects.select_for_update().get(pk=model.pk)
    deleted = LogEntry.objects.filter(content_type=model, action_flag=DELETION)
    if CertificateDesign.objects.exists() or deleted.exists():
        return []
    facts = tomllib.loads(DESIGNS.read_text(encoding="utf-8"))["design"]
    designs = [CertificateDesign(**row) for row in facts]
    for design in designs:
        design.full_clean()
        design.save()
    return designs
