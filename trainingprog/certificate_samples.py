"""The sample of a design: with invented facts, so that nobody takes it for a certificate."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participants.certificate_pdf import sample_pdf
from participants.models import CertificateDesign
from trainingprog.coordinator_pages import coordinator_page

PDF = "application/pdf"


@coordinator_page("participants.view_certificatedesign")
@require_safe
def certificate_sample(request: HttpRequest, pk: int) -> HttpResponse:
    design = get_object_or_404(CertificateDesign.objects.select_related("program"), pk=pk)
    name = f"{slugify(f'{_("sample")} {design}')}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(sample_pdf(design, at=timezone.now()), content_type=PDF, headers=headers)
