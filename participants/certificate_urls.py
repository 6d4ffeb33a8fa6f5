"""Short, as each letter makes the QR of a certificate finer; and on paper, never to change."""

from django.urls import path, re_path

from participants.views import verification

app_name = "certificates"
urlpatterns = [
    path("", verification.verify, name="verify"),
    # Of however it was typed; a slash at the end is often added.
    re_path(r"^(?P<code>[^/]{1,80})/?$", verification.certificate, name="certificate"),
]
