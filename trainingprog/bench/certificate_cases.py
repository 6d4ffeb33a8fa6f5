"""The public page of a certificate, as a phone opens it from the paper; and those of an edition."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from django.http import HttpResponse
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from courses.models import Cohort
from participants.certificate_codes import grouped, new_code
from participants.certificate_facts import Draft, canonical, facts_of, masked
from participants.certificate_pdf import certificate_pdf
from participants.certificate_signing import new_key
from participants.certifying import issue_many
from participants.models import (
    Certificate,
    CertificateDesign,
    CertificateLookup,
    Enrollment,
    Signatory,
)
from trainingprog.bench.browsing import Work
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import page

ONE_DAY = dt.timedelta(days=1)
# Of nobody: what is signed with it is undone.
KEY, _PUBLIC_KEY = new_key()


def certificate_cases(work: Work) -> Iterator[Case]:
    certificate = one_issued(Enrollment.objects.get(participant__user=work.edition.participant))
    path = reverse("certificates:certificate", args=[grouped(certificate.code)])
    yield page("certificate verified", work.anyone, path, prepare=forget_visitors)
    people = work.edition.cohort.enrollments.count()
    over = partial(end_edition, work.edition.cohort)
    issue = partial(issue_all, work.edition.cohort, certificate.design)
    yield Case(f"{people} certificates, issued", issue, writes=True, prepare=over)
    yield Case(
        f"{people} certificates, issued and printed",
        partial(issue, printed=True),
        writes=True,
        prepare=over,
        takes_seconds=True,
    )


def forget_visitors() -> None:
    CertificateLookup.objects.all().delete()


def end_edition(cohort: Cohort) -> None:
    """Closed, everyone completed it, and no certificate is issued yet."""
    now = timezone.now()
    Certificate.objects.filter(cohort=cohort).delete()
    cohort.cohort_modules.update(closed_at=now)
    cohort.enrollments.update(status=Enrollment.Status.COMPLETED)
    Cohort.objects.filter(pk=cohort.pk).update(names_until=timezone.localdate(now) - ONE_DAY)


def issue_all(cohort: Cohort, design: CertificateDesign, *, printed: bool = False) -> HttpResponse:
    with override_settings(CERTIFICATE_SIGNING_KEY=KEY):
        issued = issue_many(cohort.enrollments.all(), design, by=None, at=timezone.now())
    if issued.refused:
        return HttpResponse(issued.refused[0].reason, status=422)
    pdfs = [certificate_pdf(each) for each in issued.certificates] if printed else []
    return HttpResponse(b"".join(pdfs))


def one_issued(enrollment: Enrollment) -> Certificate:
    """A row without its signature, as no key is here; who only reads it sees no difference."""
    cohort, at, code = enrollment.cohort, timezone.now(), new_code()
    design, _made = CertificateDesign.objects.get_or_create(
        name="Certificado",
        kind="certificate",
        issuer="ENSAP",
        title="Certificado",
        lead="Se otorga a",
        body="{program}, {hours} horas académicas",
        hours_from="fixed",
        fixed_hours=96,
    )
    Signatory.objects.get_or_create(design=design, name="Rosa Quispe", post="Directora")
    draft = Draft(
        cohort=cohort,
        name=enrollment.participant.full_name,
        document=masked(enrollment.participant),
        hours=96,
        starts_on=cohort.starts_on,
        ends_on=cohort.ends_on,
    )
    facts = facts_of(draft, design, "", number=f"{cohort.pk:04}", code=code, at=at)
    return Certificate.objects.create(
        year=at.year,
        number=cohort.pk,
        code=code,
        kind=design.kind,
        cohort=cohort,
        enrollment=enrollment,
        design=design,
        facts_text=canonical(facts),
        issued_at=at,
    )
