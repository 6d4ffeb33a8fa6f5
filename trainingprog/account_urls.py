"""allauth's views at Spanish addresses under their own names; what is not listed is not served."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from trainingprog import account_views

urlpatterns = [
    path("ingresar/", account.login, name="account_login"),
    path("ingresar/codigo/", account.request_login_code, name="account_request_login_code"),
    path(
        "ingresar/codigo/confirmar/",
        account.confirm_login_code,
        name="account_confirm_login_code",
    ),
    path("ingresar/segundo-paso/", mfa.authenticate, name="mfa_authenticate"),
    path("salir/", account_views.clears_device(account.logout), name="account_logout"),
    path("inactiva/", account.account_inactive, name="account_inactive"),
    path("registro/", account.signup, name="account_signup"),
    path("confirmar-identidad/", account.reauthenticate, name="account_reauthenticate"),
    path("correo/", account.email, name="account_email"),
    path(
        "correo/enviado/",
        account.email_verification_sent,
        name="account_email_verification_sent",
    ),
    re_path(
        r"^correo/confirmar/(?P<key>[-:\w]+)/$",
        account.confirm_email,
        name="account_confirm_email",
    ),
    path("clave/", account.password_change, name="account_change_password"),
    path("clave/crear/", account.password_set, name="account_set_password"),
    path("clave/recuperar/", account.password_reset, name="account_reset_password"),
    path(
        "clave/recuperar/enviado/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^clave/recuperar/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "clave/recuperar/hecho/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("invitacion/<str:uid>/<str:token>/", account_views.invitation, name="invitation"),
    path("segundo-paso/", mfa.index, name="mfa_index"),
    path("segundo-paso/confirmar-identidad/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("segundo-paso/aplicacion/activar/", totp.activate_totp, name="mfa_activate_totp"),
    path("segundo-paso/aplicacion/desactivar/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        "segundo-paso/codigos/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "segundo-paso/codigos/generar/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "segundo-paso/codigos/descargar/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
