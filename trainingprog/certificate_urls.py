"""The coordinator's pages of certificates, inside the admin."""

from django.urls import path

from trainingprog import certificate_pages, issued_certificates

urlpatterns = [
    path(
        "edicion/<int:pk>/certificados/",
        certificate_pages.edition_certificates,
        name="edition_certificates",
    ),
    path(
        "edicion/<int:pk>/certificados/emitir/",
        certificate_pages.certificates_issue,
        name="certificates_issue",
    ),
    path(
        "edicion/<int:pk>/certificados/avance/",
        certificate_pages.certificates_progress,
        name="certificates_progress",
    ),
    path(
        "edicion/<int:pk>/certificados/nombres/", certificate_pages.names_until, name="names_until"
    ),
    path(
        "edicion/<int:pk>/certificados/diseno/<int:design_pk>/vista-previa.pdf",
        certificate_pages.certificate_preview,
        name="certificate_preview",
    ),
    path("matricula/<int:pk>/nombre/", certificate_pages.name_answer, name="name_answer"),
    path(
        "edicion/<int:pk>/certificados/emitidos/",
        issued_certificates.issued_certificates,
        name="issued_certificates",
    ),
    path(
        "edicion/<int:pk>/certificados.zip",
        issued_certificates.edition_certificates_zip,
        name="edition_certificates_zip",
    ),
    path(
        "certificados/registro-<int:year>.xlsx",
        issued_certificates.certificate_register_xlsx,
        name="certificate_register_xlsx",
    ),
    path(
        "certificados/<int:pk>/", issued_certificates.issued_certificate, name="issued_certificate"
    ),
    path(
        "certificados/<int:pk>.pdf",
        issued_certificates.issued_certificate_pdf,
        name="issued_certificate_pdf",
    ),
    path(
        "certificados/<int:pk>/anular/",
        issued_certificates.certificate_revoke,
        name="certificate_revoke",
    ),
    path(
        "certificados/<int:pk>/emitir-de-nuevo/",
        issued_certificates.certificate_reissue,
        name="certificate_reissue",
    ),
]
