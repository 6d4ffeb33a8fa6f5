from django.urls import re_path

from participants.views import surveys

app_name = "surveys"
urlpatterns = [
    # Only what a link may hold: this is public, and PostgreSQL refuses to be asked for a NUL.
    re_path(r"^(?P<token>[0-9]{1,18}\.[A-Za-z0-9_-]{1,64})/$", surveys.answer, name="answer"),
]
