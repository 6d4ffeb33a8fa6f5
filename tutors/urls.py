from django.urls import path, re_path

import participants.moments_in_addresses  # noqa: F401 - it registers <moment:…>
from tutors.views import (
    calendar,
    certificates,
    check_in,
    competencies,
    excuses,
    home,
    make_ups,
    matrix,
    meeting_report,
    offline,
    paper,
    recalculating,
    register,
    results,
    schedule,
    scores,
    sign_off,
    surveys,
)

app_name = "tutors"
urlpatterns = [
    path("", home.home, name="home"),
    path("grupo/<int:pk>/", home.group, name="group"),
    path("encuestas/", surveys.survey_results, name="survey_results"),
    path("registro/<int:pk>/", register.register, name="register"),
    path("registro/<int:pk>/grupo/<int:group_pk>/", register.register, name="register"),
    path("registro/<int:pk>/hoja.pdf", paper.sheet, name="sheet"),
    path("registro/<int:pk>/grupo/<int:group_pk>/hoja.pdf", paper.sheet, name="sheet"),
    path("registro/<int:pk>/transcribir/", register.transcribe, name="transcribe"),
    path(
        "registro/<int:pk>/grupo/<int:group_pk>/transcribir/",
        register.transcribe,
        name="transcribe",
    ),
    path(
        "registro/<int:pk>/grupo/<int:group_pk>/copia/",
        offline.register_copy,
        name="register_copy",
    ),
    path(
        "registro/<int:pk>/grupo/<int:group_pk>/enviar/",
        offline.register_sync,
        name="register_sync",
    ),
    path("sin-conexion/", offline.offline, name="offline"),
    path("sw.js", offline.service_worker, name="service_worker"),
    path("app.webmanifest", offline.manifest, name="manifest"),
    path(
        "registro/<int:pk>/persona/<int:enrollment_pk>/recuperacion/",
        make_ups.make_up,
        name="make_up",
    ),
    path("justificacion/<int:pk>/", excuses.excuse, name="excuse"),
    path("sesion/<int:pk>/reporte/", meeting_report.upload, name="meeting_report"),
    path(
        "sesion/<int:pk>/reporte/<uuid:draft_pk>/",
        meeting_report.confirm,
        name="meeting_report_draft",
    ),
    path(
        "sesion/<int:pk>/reporte/<uuid:draft_pk>/descartar/",
        meeting_report.discard,
        name="meeting_report_discard",
    ),
    path("registro/<int:pk>/llegadas/", check_in.check_in, name="check_in"),
    path("registro/<int:pk>/grupo/<int:group_pk>/llegadas/", check_in.check_in, name="check_in"),
    path("registro/<int:pk>/recalcular/", recalculating.recalculate, name="recalculate"),
    path(
        "registro/<int:pk>/grupo/<int:group_pk>/recalcular/",
        recalculating.recalculate,
        name="recalculate",
    ),
    path("certificado/<int:pk>.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("horario/", schedule.schedule, name="schedule"),
    path("edicion/<int:pk>/horario/", schedule.schedule, name="edition_schedule"),
    path("sesion/<int:pk>/", schedule.session, name="session"),
    path("sesion/<int:pk>/entrar/", schedule.join, name="join"),
    path("sesion/<int:pk>/sesion.ics", schedule.session_calendar, name="session_calendar"),
    path("calendario/", calendar.subscribe, name="subscribe"),
    path("calendario/renovar/", calendar.renew_calendar, name="renew_calendar"),
    # Only what a token may hold: the feed is public, and PostgreSQL refuses to be asked for a NUL.
    re_path(
        r"^calendario/(?P<token>[A-Za-z0-9_-]+)\.ics$", calendar.calendar_feed, name="calendar_feed"
    ),
    path("grupo/<int:pk>/competencias/", competencies.competencies, name="competencies"),
    path(
        "grupo/<int:pk>/competencias/<moment:moment>/<int:competency_pk>/",
        competencies.rate,
        name="rate",
    ),
    path(
        "grupo/<int:pk>/competencias/persona/<int:enrollment_pk>/",
        competencies.rate_person,
        name="rate_person",
    ),
    path(
        "grupo/<int:pk>/competencias/<moment:moment>/persona/<int:enrollment_pk>/",
        competencies.rate_person,
        name="rate_person",
    ),
    path("grupo/<int:pk>/asistencia/", matrix.group_matrix, name="matrix"),
    path("grupo/<int:pk>/entrada-y-salida/", results.group_pre_post, name="results"),
    path("edicion/<int:pk>/asistencia/", matrix.cohort_matrix, name="cohort_matrix"),
    path("grupo/<int:pk>/notas/", scores.group_scores, name="group_scores"),
    path("grupo/<int:pk>/notas/modulo/<int:module_pk>/", scores.group_scores, name="group_scores"),
    path("edicion/<int:pk>/notas/", scores.cohort_scores, name="cohort_scores"),
    path(
        "edicion/<int:pk>/notas/modulo/<int:module_pk>/",
        scores.cohort_scores,
        name="cohort_scores",
    ),
    path("grupo/<int:pk>/modulo/<int:module_pk>/", sign_off.sign_off, name="sign_off"),
    path(
        "grupo/<int:pk>/modulo/<int:module_pk>/culminar/",
        sign_off.sign_off_all,
        name="sign_off_all",
    ),
    path(
        "grupo/<int:pk>/modulo/<int:module_pk>/persona/<int:enrollment_pk>/",
        sign_off.decide_one,
        name="decide",
    ),
]
