"""The first edition's names and certificates, of the standard designs with invented signatories."""

import datetime as dt
from collections.abc import Iterable

from courses.models import Cohort
from participants.certifying import issue_many, reissue
from participants.models import (
    Certificate,
    CertificateDesign,
    CertificateKind,
    DesignLogo,
    Enrollment,
    Recipient,
    Signatory,
)
from participants.printed_names import answer_name, ask_name, confirm_name, printed_name
from participants.standard_certificate_designs import install_certificate_designs
from trainingprog.models import User
from tutors.certifying import issue_to_tutors, tutors_of

ISSUER = "Escuela Nacional de Salud Pública"
DAYS_TO_CONFIRM = 7
DAYS_UNTIL_ISSUED = 10
# Every how many-th person did not confirm the name in time.
UNCONFIRMED = 9
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 40"><g fill="none" stroke="{ink}"'
    ' stroke-width="3"><circle cx="20" cy="20" r="16"/><path d="{path}"/></g></svg>'
)
LOGOS = (
    (ISSUER, "#0b5c6b", "M20 10v20M10 20h20M42 8h18M42 20h18M42 32h12"),
    ("Dirección de Salud Mental", "#7a2e3a", "M12 22q8 10 16 0M42 8h12M42 20h18M42 32h18"),
)
SIGNATORIES = (
    (
        "Dra. Elvira Inventada Rojas",
        {"es": "Directora general", "en": "Director General"},
        "M4 24C14 2 22 36 32 16S52 30 66 8 88 26 96 14",
    ),
    (
        "Mg. Tomás Inventado Paz",
        {"es": "Coordinador académico", "en": "Academic Coordinator"},
        "M4 20C20 34 18 2 36 18S50 6 62 22 84 4 96 20",
    ),
)
SIGNATURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 36"><path d="{path}" fill="none"'
    ' stroke="#1d2b4f" stroke-width="1.8" stroke-linecap="round"/></svg>'
)


def certify(cohort: Cohort, *, by: User) -> None:
    """Of whoever completed or took part, and of the tutors: as the verbs allow it."""
    designs = signed_designs()
    ends = dt.datetime.combine(cohort.ends_on, dt.time(15), dt.UTC)
    cohort.names_until = cohort.ends_on + dt.timedelta(days=DAYS_TO_CONFIRM)
    cohort.save(update_fields=["names_until"])
    people = Enrollment.objects.filter(cohort=cohort).select_related("participant")
    confirm_names(people.order_by("pk"), by=by, at=ends + dt.timedelta(days=3))
    at = ends + dt.timedelta(days=DAYS_UNTIL_ISSUED)
    for kind in (CertificateKind.CERTIFICATE, CertificateKind.CONSTANCIA):
        issue_many(people, designs[kind, Recipient.PARTICIPANTS], by=by, at=at)
    for_tutors = designs[CertificateKind.CONSTANCIA, Recipient.TUTORS]
    issue_to_tutors(cohort, for_tutors, tutors_of(cohort), by=by, at=at)
    one = Certificate.objects.live().filter(cohort=cohort, enrollment__isnull=False).last()
    if one is not None:
        reason = Certificate.Revocation.DATA
        reissue(one, reason=reason, by=by, at=at + dt.timedelta(days=2))


def confirm_names(people: Iterable[Enrollment], *, by: User, at: dt.datetime) -> None:
    """Most do; one asks for another spelling, which is not accepted."""
    for number, person in enumerate(people):
        account, name = person.participant.user, printed_name(person, None)
        if number == 0:
            wished = f"Lic. {name}"
            ask_name(person, wished, by=account, at=at)
            answer_name(person, wished=wished, accept=False, by=by, at=at)
        elif number % UNCONFIRMED:
            confirm_name(person, name, by=account, at=at)


def signed_designs() -> dict[tuple[str, str], CertificateDesign]:
    """Those in Spanish of every installation, by kind and recipient; all get invented logos
    and signatories."""
    install_certificate_designs()
    designs = list(CertificateDesign.objects.all())
    for design in designs:
        _sign(design)
    return {(each.kind, each.recipient): each for each in designs if each.language == "es"}


def _sign(design: CertificateDesign) -> None:
    svg = DesignLogo.Format.SVG
    for position, (institution, ink, path) in enumerate(LOGOS, 1):
        image = LOGO.format(ink=ink, path=path).encode()
        DesignLogo.objects.create(
            design=design,
            position=position,
            institution=institution,
            image=image,
            image_format=svg,
        )
    for position, (person, posts, path) in enumerate(SIGNATORIES, 1):
        Signatory.objects.create(
            design=design,
            position=position,
            name=person,
            post=posts[design.language],
            image=SIGNATURE.format(path=path).encode(),
            image_format=svg,
        )
