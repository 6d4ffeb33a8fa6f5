"""The coordinator's own pages inside the admin: an edition, its modules, its sessions, a person."""

from django.urls import path
from django.views.generic import RedirectView

from trainingprog import (
    closing_pages,
    competency_pages,
    edition_assessments,
    edition_invitations,
    edition_pages,
    enrollment_pages,
    exchange_downloads,
    group_substitutes,
    person_merging,
    pre_post_page,
    score_download,
    waiting_list_page,
)

urlpatterns = [
    path("edicion/<int:pk>/", edition_pages.edition, name="edition"),
    path(
        "edicion/<int:pk>/competencias/",
        competency_pages.edition_competencies,
        name="edition_competencies",
    ),
    path(
        "edicion/<int:pk>/competencias.xlsx",
        competency_pages.edition_competencies_xlsx,
        name="edition_competencies_xlsx",
    ),
    path(
        "edicion/<int:pk>/oneroster.zip",
        exchange_downloads.edition_oneroster,
        name="edition_oneroster",
    ),
    path("edicion/<int:pk>/moodle.csv", exchange_downloads.edition_moodle, name="edition_moodle"),
    path(
        "edicion/<int:pk>/invitaciones/",
        edition_invitations.edition_invitations,
        name="edition_invitations",
    ),
    path(
        "edicion/<int:pk>/invitaciones.xlsx",
        edition_invitations.edition_invitation_links,
        name="edition_invitation_links",
    ),
    path(
        "edicion/<int:pk>/entrada-y-salida/",
        pre_post_page.edition_pre_post,
        name="edition_pre_post",
    ),
    path(
        "edicion/<int:pk>/entrada-y-salida.xlsx",
        pre_post_page.edition_pre_post_xlsx,
        name="edition_pre_post_xlsx",
    ),
    path(
        "edicion/<int:pk>/entrada-y-salida.csv",
        pre_post_page.edition_pre_post_csv,
        name="edition_pre_post_csv",
    ),
    path(
        "edicion/<int:pk>/notas.xlsx",
        score_download.edition_scores_xlsx,
        name="edition_scores_xlsx",
    ),
    path(
        "edicion/<int:pk>/evaluaciones/",
        edition_assessments.edition_assessments,
        name="edition_assessments",
    ),
    path("grupo/<int:pk>/suplencia/", group_substitutes.group_substitute, name="group_substitute"),
    path(
        "suplencia/<int:pk>/terminar/",
        group_substitutes.substitution_end,
        name="substitution_end",
    ),
    path("edicion/<int:pk>/cierre/", closing_pages.edition_closing, name="edition_closing"),
    path("edicion/<int:pk>/reabrir/", closing_pages.edition_reopen, name="edition_reopen"),
    path("modulo/<int:pk>/cerrar/", closing_pages.module_close, name="module_close"),
    path("modulo/<int:pk>/reabrir/", closing_pages.module_reopen, name="module_reopen"),
    path(
        "edicion/<int:pk>/lista-de-espera/",
        waiting_list_page.edition_waiting_list,
        name="edition_waiting_list",
    ),
    path(
        "matricula/<int:pk>/linea-de-tiempo/",
        enrollment_pages.enrollment_timeline,
        name="enrollment_timeline",
    ),
    path(
        "matricula/<int:pk>/retirar/",
        enrollment_pages.enrollment_withdraw,
        name="enrollment_withdraw",
    ),
    path(
        "matricula/<int:pk>/reincorporar/",
        enrollment_pages.enrollment_reinstate,
        name="enrollment_reinstate",
    ),
    path(
        "matricula/<int:pk>/trasladar/",
        enrollment_pages.enrollment_transfer,
        name="enrollment_transfer",
    ),
    path("matricula/<int:pk>/puesto/", enrollment_pages.enrollment_post, name="enrollment_post"),
    path("matricula/<int:pk>/grupo/", enrollment_pages.enrollment_group, name="enrollment_group"),
    path(
        "matricula/<int:pk>/lista-de-espera/",
        enrollment_pages.enrollment_waitlist,
        name="enrollment_waitlist",
    ),
    path("persona/", edition_pages.find_person, name="find_person"),
    path("personas-repetidas/", person_merging.person_duplicates, name="person_duplicates"),
    path(
        "personas-repetidas/<int:kept_pk>/<int:merged_pk>/",
        person_merging.person_merge,
        name="person_merge",
    ),
    path(
        "personas-repetidas/<int:kept_pk>/<int:merged_pk>/distintas/",
        person_merging.person_tell_apart,
        name="person_tell_apart",
    ),
    # One place to change the password, with its rate limits.
    path("password_change/", RedirectView.as_view(pattern_name="account_change_password")),
]
