"""Entering certificates: numbers without a gap in each year, whoever issues at once.

The year's row is locked until the transaction ends, and numbers and certificates are written in it
together: what fails takes its numbers back with it.
"""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from participants.certificate_codes import new_code
from participants.certificate_facts import Draft, canonical, design_digest, facts_of
from participants.certificate_pdf import refuse_unprintable
from participants.certificate_signing import current_key_id, sign
from participants.models import Certificate, CertificateDesign, CertificateRegister


@transaction.atomic
def enter(
    drafts: Sequence[Draft],
    design: CertificateDesign,
    *,
    by: AbstractBaseUser | None,
    at: dt.datetime,
) -> list[Certificate]:
    """The certificates of the drafts, in their order: the same number of queries for any number.

    Who calls has locked whom they are for, and looked whether they may be issued. Refused, all of
    it: "unprintable" and "no_key".
    """
    if not drafts:
        return []
    # Whoever edits the design holds its row: what is issued is of the one or of the other.
    designs = CertificateDesign.objects.select_for_update()
    design = designs.prefetch_related("logos", "signatories").get(pk=design.pk)
    refuse_unprintable(design, at=at)
    year = timezone.localtime(at, timezone.get_default_timezone()).year
    register = locked_register(year)
    digest, key = design_digest(design), current_key_id()
    certificates = []
    for number, draft in enumerate(drafts, register.last_number + 1):
        code = new_code()
        certificate = Certificate(  # type: ignore[misc]
            year=year,
            number=number,
            code=code,
            kind=design.kind,
            cohort=draft.cohort,
            enrollment=draft.enrollment,
            design=design,
            issued_at=at.replace(microsecond=0),
            issued_by=by,
        )
        facts = facts_of(draft, design, digest, number=certificate.full_number, code=code, at=at)
        certificate.facts_text = canonical(facts | {"key": key})
        certificate.signature = sign(certificate.facts_text)
        certificates.append(certificate)
    entered = bulk_create_with_history(certificates, Certificate, default_user=by, default_date=at)
    register.last_number += len(entered)
    register.save(update_fields=["last_number"])
    return entered


def locked_register(year: int) -> CertificateRegister:
    CertificateRegister.objects.get_or_create(year=year)
    return CertificateRegister.objects.select_for_update().get(year=year)
