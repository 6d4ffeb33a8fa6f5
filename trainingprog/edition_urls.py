"""The coordinator's own pages inside the admin: an edition, its modules, its sessions, a person."""

from django.urls import path
from django.views.generic import RedirectView

from trainingprog import edition_pages, exchange_downloads

urlpatterns = [
    path("edicion/<int:pk>/", edition_pages.edition, name="edition"),
    path(
        "edicion/<int:pk>/oneroster.zip",
        exchange_downloads.edition_oneroster,
        name="edition_oneroster",
    ),
    path("edicion/<int:pk>/moodle.csv", exchange_downloads.edition_moodle, name="edition_moodle"),
    path("modulo/<int:pk>/cerrar/", edition_pages.module_close, name="module_close"),
    path("modulo/<int:pk>/reabrir/", edition_pages.module_reopen, name="module_reopen"),
    path("persona/", edition_pages.find_person, name="find_person"),
    # One place to change the password, with its rate limits.
    path("password_change/", RedirectView.as_view(pattern_name="account_change_password")),
]
