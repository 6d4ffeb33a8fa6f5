"""The public page of a certificate, as a phone opens it from the paper."""

from collections.abc import Iterator

from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from participants.certificate_codes import grouped, new_code
from participants.certificate_facts import Draft, canonical, facts_of, masked
from participants.models import Certificate, CertificateDesign, Enrollment
from trainingprog.bench.browsing import Work
from trainingprog.bench.measuring import Case
from trainingprog.bench.requests import page


def certificate_cases(work: Work) -> Iterator[Case]:
    certificate = one_issued(Enrollment.objects.get(participant__user=work.edition.participant))
    path = reverse("certificates:certificate", args=[grouped(certificate.code)])
    yield page("certificate verified", work.anyone, path, prepare=caches["memory"].clear)


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
    )
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
