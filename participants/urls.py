from django.urls import path, re_path

import participants.moments_in_addresses  # noqa: F401 - it registers <moment:…>
from participants.views import (
    calendar,
    certificates,
    check_in,
    competencies,
    excuses,
    offers,
    progress,
    schedule,
    sharing,
)

app_name = "participants"
urlpatterns = [
    path("", schedule.home, name="home"),
    path("edicion/<int:pk>/", schedule.home, name="edition"),
    path("edicion/<int:pk>/avance/", progress.progress, name="progress"),
    path("edicion/<int:pk>/nombre/", certificates.printed_name, name="printed_name"),
    path("certificado/<int:pk>.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("edicion/<int:pk>/competencias/", competencies.competencies, name="competencies"),
    path("edicion/<int:pk>/competencias/<moment:moment>/", competencies.rate, name="rate"),
    path("horario/", schedule.schedule, name="schedule"),
    path("edicion/<int:pk>/horario/", schedule.schedule, name="edition_schedule"),
    path("sesion/<int:pk>/", schedule.session, name="session"),
    path("sesion/<int:pk>/entrar/", schedule.join, name="join"),
    path("sesion/<int:pk>/sesion.ics", schedule.session_calendar, name="session_calendar"),
    path("sesion/<int:pk>/justificacion/", excuses.excuse, name="excuse"),
    path("sesion/<int:pk>/justificacion/retirar/", excuses.withdraw_excuse, name="withdraw_excuse"),
    path("sesion/<int:pk>/asistencia/", check_in.typed, name="check_in"),
    # Short, as each letter makes the QR finer; the number fits the database's.
    re_path(r"^q/(?P<pk>\d{1,9})/(?P<code>[A-Za-z0-9]{1,20})/$", check_in.scan, name="scan"),
    re_path(r"^llegada/(?P<ticket>[A-Za-z0-9_:-]+)/$", check_in.scanned, name="scanned"),
    path("sesion/<int:pk>/mismo-equipo/", sharing.shared_connection, name="shared_connection"),
    path("calendario/", calendar.subscribe, name="subscribe"),
    path("calendario/renovar/", calendar.renew_calendar, name="renew_calendar"),
    # Only what a token may hold: these are public, and PostgreSQL refuses to be asked for a NUL.
    re_path(r"^plaza/(?P<token>[A-Za-z0-9_-]+)/$", offers.offer, name="offer"),
    re_path(
        r"^calendario/(?P<token>[A-Za-z0-9_-]+)\.ics$", calendar.calendar_feed, name="calendar_feed"
    ),
]
