"""A tutor's own certificate, as a file."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participants.certificate_answer import pdf_answer
from participants.models import Certificate
from tutors.access import own_tutor


@require_safe
def certificate_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    own = Certificate.objects.filter(of_tutor__tutor=own_tutor(request))
    certificate = get_object_or_404(own.select_related("design"), pk=pk)
    if certificate.is_revoked:
        raise PermissionDenied(
            _("This certificate is revoked. A new one, if any, is on your page.")
        )
    return pdf_answer(certificate)
