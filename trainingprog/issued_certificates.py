"""The certificates that an edition has issued: found, read, revoked, made anew, taken as files."""

import datetime as dt
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from courses.models import Cohort
from participants.certificate_answer import pdf_answer
from participants.certificate_mail import tell_issued
from participants.certifying import issue_after_deceit, newest, reissue, revoke
from participants.models import Certificate, CertificateDesign, CertificateRegister
from participants.normalising import fold
from participants.notes import IS_NO_NUMBER, NOTE_HELP, NUMBER_WARNING, holds_document_number
from trainingprog.certificate_files import Archive, RegisterSheet, archived
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.downloads import XLSX, ZIP, file_response, write_down
from trainingprog.models import User
from tutors.certificate_mail import tell_tutors_issued
from tutors.certifying import issue_to_tutor_after_deceit, reissue_to_tutor

SEES = "participants.view_certificate"
CHANGES = "participants.change_certificate"
# Only the issue of the certificate replaces a constancia.
BY_HAND = [each for each in Certificate.Revocation.choices if each[0] != "replaced"]


class RevocationForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("reason"), choices=[("", "—"), *BY_HAND])
    note = forms.CharField(
        label=gettext_lazy("note"), required=False, max_length=255, help_text=NOTE_HELP
    )

    is_no_number = forms.BooleanField(label=IS_NO_NUMBER, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What looks like a document number is asked about once, and then kept."""
        data = super().clean() or {}
        is_no_number = data.pop("is_no_number", False)
        if holds_document_number(data.get("note", "")):
            self.fields["is_no_number"].widget = forms.CheckboxInput()
            if not is_no_number:
                self.add_error("note", NUMBER_WARNING)
        return data


class ReissueForm(RevocationForm):
    """What was obtained by deceit is revoked, and nothing is issued in its place at once."""

    reason = forms.ChoiceField(
        label=gettext_lazy("reason"),
        choices=[("", "—"), *(each for each in BY_HAND if each[0] != "fraud")],
    )


class AfterDeceitForm(RevocationForm):
    reason = None  # type: ignore[assignment]
    note = forms.CharField(
        label=gettext_lazy("Why a new one is due all the same"),
        max_length=100,
        help_text=NOTE_HELP,
    )
    design = forms.ModelChoiceField(
        CertificateDesign.objects.none(), label=gettext_lazy("design"), empty_label=None
    )
    is_due = forms.BooleanField(
        label=gettext_lazy("I looked into what happened, and a new one is due to this person.")
    )
    field_order = ("design", "note", "is_no_number", "is_due")

    def __init__(self, certificate: Certificate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        designs = CertificateDesign.objects.for_cohort(certificate.cohort).order_by("-pk")
        field = self.fields["design"]
        field.queryset = designs.filter(recipient=certificate.design.recipient)  # type: ignore[attr-defined]
        field.initial = newest(certificate.design)


@coordinator_page(SEES)
@require_safe
def issued_certificates(request: HttpRequest, pk: int) -> HttpResponse:
    """Found by a part of the name, the number or the code."""
    cohort = get_object_or_404(Cohort, pk=pk)
    rows = list(Certificate.objects.for_cohort(cohort).select_related("design", "replaced_by"))
    wanted = request.GET.get("q", "")[:100]
    context = {
        "rows": [row for row in rows if _matches(row, wanted)],
        "all": len(rows),
        "q": wanted,
        "years": sorted({row.year for row in rows}, reverse=True),
        "can_change": request.user.has_perm(CHANGES),
    }
    title = _("Certificates issued")
    return render_task(request, "admin/issued_certificates.html", cohort, title, context)


@coordinator_page(SEES)
@require_safe
def issued_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = _certificate(pk)
    context = {
        "certificate": certificate,
        "replaced": Certificate.objects.filter(replaced_by=certificate).order_by("year", "number"),
        "history": certificate.history.select_related("history_user"),
        "can_change": request.user.has_perm(CHANGES),
    }
    title = str(certificate)
    return render_task(request, "admin/issued_certificate.html", certificate.cohort, title, context)


@coordinator_page(SEES)
@require_safe
def issued_certificate_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    return pdf_answer(_certificate(pk))


@coordinator_page(CHANGES)
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = _certificate(pk)
    form = RevocationForm(request.POST or None)
    if certificate.is_revoked:
        messages.info(request, _("It is revoked already: nothing was changed."))
        return redirect("issued_certificate", pk)
    if request.method == "POST" and form.is_valid():
        revoke(certificate, **form.cleaned_data, by=user_of(request), at=timezone.now())
        messages.success(request, _("Revoked. Its public page says so from now on."))
        return redirect("issued_certificate", pk)
    return _confirmation(request, certificate, form, reissues=False)


@coordinator_page(CHANGES, "participants.add_certificate")
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_reissue(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = _certificate(pk)
    if certificate.asks_for_a_reason:
        return _after_deceit(request, certificate)
    form = ReissueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = _reissue(certificate, form.cleaned_data, user_of(request), timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Issued anew: %(new)s.") % {"new": new})
            return redirect("issued_certificate", new.pk)
    elif certificate.is_revoked:
        messages.info(request, _("It is revoked already: nothing was changed."))
        return redirect("issued_certificate", pk)
    return _confirmation(request, certificate, form, reissues=True)


@coordinator_page(SEES)
@require_GET
def edition_certificates_zip(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Those in force, one by one as they are made: nothing waits for all of them."""
    cohort = get_object_or_404(Cohort, pk=pk)
    rows = list(
        Certificate.objects.live()
        .for_cohort(cohort)
        .select_related("design")
        .prefetch_related("design__logos", "design__signatories")
        .order_by("year", "number")
    )
    told = ngettext(
        "Took %(count)d certificate as .zip.", "Took %(count)d certificates as .zip.", len(rows)
    )
    write_down(user_of(request), cohort, told % {"count": len(rows)})
    name = content_disposition_header(True, f"certificados-{cohort.code}.zip") or ""
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return StreamingHttpResponse(archived(rows, Archive()), content_type=ZIP, headers=headers)


@coordinator_page(SEES)
@require_GET
def certificate_register_xlsx(request: HttpRequest, year: int) -> HttpResponse:
    """The school's book of a year, of all editions."""
    register = get_object_or_404(CertificateRegister, year=year)
    sheet = RegisterSheet.of(year)
    told = _("Took the register as .xlsx: %(count)d lines.")
    write_down(user_of(request), register, told % {"count": len(sheet.rows)})
    name = f"registro-certificados-{year}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return file_response(sheet.as_xlsx(), name, XLSX)


def _certificate(pk: int) -> Certificate:
    rows = Certificate.objects.select_related(
        *("cohort", "design", "issued_by", "revoked_by", "replaced_by")
    )
    return get_object_or_404(rows, pk=pk)


def _matches(row: Certificate, wanted: str) -> bool:
    words = fold(wanted).split()
    known = fold(f"{row.facts['name']} {row.full_number} {row.code} {row.facts['code']}")
    return all(word in known for word in words)


def _reissue(
    certificate: Certificate, data: dict[str, Any], by: User, at: dt.datetime
) -> Certificate:
    if certificate.enrollment_id is None:
        new = reissue_to_tutor(certificate, **data, by=by, at=at)
        tell_tutors_issued.enqueue([new.pk])
    else:
        new = reissue(certificate, **data, by=by, at=at)
        tell_issued.enqueue([new.pk])
    return new


def _after_deceit(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    form = AfterDeceitForm(certificate, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data, by, at = form.cleaned_data, user_of(request), timezone.now()
        is_tutors = certificate.enrollment_id is None
        verb = issue_to_tutor_after_deceit if is_tutors else issue_after_deceit
        try:
            new = verb(certificate, data["design"], reason=data["note"], by=by, at=at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            (tell_tutors_issued if is_tutors else tell_issued).enqueue([new.pk])
            messages.success(request, _("Issued: %(new)s.") % {"new": new})
            return redirect("issued_certificate", new.pk)
    return _confirmation(request, certificate, form, reissues=True)


def _confirmation(
    request: HttpRequest, certificate: Certificate, form: RevocationForm, *, reissues: bool
) -> HttpResponse:
    context = {"certificate": certificate, "form": form, "reissues": reissues}
    title = _("Issue anew") if reissues else _("Revoke a certificate")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render_task(
        request, "admin/certificate_revoke.html", certificate.cohort, title, context, status=status
    )
