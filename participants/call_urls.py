from django.urls import path

from participants.views import applications, calls

app_name = "calls"
urlpatterns = [
    path("", calls.open_calls, name="list"),
    path("establecimientos/", calls.facilities, name="facilities"),
    path("postulacion/<str:key>/", applications.application, name="application"),
    path("postulacion/<str:key>/guardar/", applications.save, name="save"),
    path("postulacion/<str:key>/retirar/", applications.withdraw, name="withdraw"),
    path("confirmar/<str:token>/", applications.confirm, name="confirm"),
    path("<path:code>/postular/", calls.start, name="start"),
    path("<path:code>/", calls.call, name="call"),
]
