"""A design that was used stays as it is: who wants to change it makes its next version."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from participants.models import CertificateDesign, DesignLogo, Signatory


@transaction.atomic
def new_version(design: CertificateDesign, *, at: dt.datetime) -> CertificateDesign:
    """A copy, to be edited, that is used from now on in the place of the one given.

    Of one that is no longer used it is the version used now.
    """
    versions = CertificateDesign.objects.select_for_update().filter(name=design.name)
    usable = versions.filter(retired_at=None).order_by("-version").first()
    if usable is not None and usable.pk != design.pk:
        return usable
    logos, signatories = list(design.logos.all()), list(design.signatories.all())
    last = CertificateDesign.objects.filter(name=design.name).aggregate(last=Max("version"))
    retire(design, at=at)
    copy = CertificateDesign.objects.get(pk=design.pk)
    copy.pk, copy.version, copy.retired_at = None, (last["last"] or 0) + 1, None
    copy._state.adding = True
    copy.save()
    rows: list[DesignLogo | Signatory] = [*logos, *signatories]
    for row in rows:
        row.pk, row.design = None, copy
        row._state.adding = True
        row.save()
    return copy


def retire(design: CertificateDesign, *, at: dt.datetime) -> None:
    """No more of it are issued; those issued stay as they are."""
    CertificateDesign.objects.filter(pk=design.pk, retired_at=None).update(retired_at=at)
