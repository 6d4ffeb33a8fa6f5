from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from participants.views import certificate_keys
from trainingprog import (
    account_views,
    attendance_download,
    certificate_samples,
    edition_groups,
    edition_timetable,
    session_pages,
    views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("cuenta/", include("trainingprog.account_urls")),
    path("privacidad/", account_views.privacy, name="privacy"),
    path("privacidad/aceptar/", account_views.privacy_accept, name="privacy_accept"),
    path("convocatorias/", include("participants.call_urls")),
    path("encuesta/", include("participants.survey_urls")),
    path("v/", include("participants.certificate_urls")),
    path(
        ".well-known/certificate-keys.pem",
        certificate_keys.certificate_keys,
        name="certificate_keys",
    ),
    path("idioma/", login_not_required(set_language), name="set_language"),
    # One way in: the product's own log-in, with its rate limits and second factor.
    path(
        "admin/login/",
        login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True)),
    ),
    path("admin/edicion/<int:pk>/grupos/", edition_groups.edition_groups, name="edition_groups"),
    path(
        "admin/edicion/<int:pk>/calendario/",
        edition_timetable.edition_timetable,
        name="edition_timetable",
    ),
    path("admin/pauta/<int:pk>/estado/", edition_timetable.pattern_state, name="pattern_state"),
    path(
        "admin/sesion/<int:pk>/mover/", session_pages.session_reschedule, name="session_reschedule"
    ),
    path("admin/sesion/<int:pk>/cancelar/", session_pages.session_cancel, name="session_cancel"),
    path(
        "admin/edicion/<int:pk>/asistencia.xlsx",
        attendance_download.edition_attendance_xlsx,
        name="edition_attendance_xlsx",
    ),
    path(
        "admin/edicion/<int:pk>/asistencia.csv",
        attendance_download.edition_attendance_csv,
        name="edition_attendance_csv",
    ),
    path(
        "admin/certificados/diseno/<int:pk>/muestra.pdf",
        certificate_samples.certificate_sample,
        name="certificate_sample",
    ),
    path("admin/", include("trainingprog.import_urls")),
    path("admin/", include("trainingprog.survey_urls")),
    path("admin/", include("trainingprog.edition_urls")),
    path("admin/", include("trainingprog.certificate_urls")),
    path("admin/", include("trainingprog.decision_urls")),
    path("admin/", include("trainingprog.review_urls")),
    path("admin/", admin.site.urls),
    path("tutor/", include("tutors.urls")),
    path("participante/", include("participants.urls")),
]
