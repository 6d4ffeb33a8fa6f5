"""As participants/certificate_mail.py, for tutors."""

from django.tasks import task
from django.urls import reverse

from participants.certificate_mail import tell_each, tell_once
from participants.models import Certificate
from tutors.models import TutorCertificate


@task
def tell_tutors_issued(pks: list[int]) -> None:
    links = TutorCertificate.objects.filter(certificate__in=pks, certificate__revoked_at=None)
    tutors = {link.certificate_id: link.tutor for link in links.select_related("tutor__user")}

    def tell(certificate: Certificate) -> None:
        tutor = tutors[certificate.pk]
        tell_once(certificate, email=tutor.email, user=tutor.user, page=reverse("tutors:home"))

    tell_each(Certificate.objects.filter(pk__in=tutors), tell)
