from django.urls import URLPattern, path

from tutors.views import register

app_name = "tutors"
urlpatterns: list[URLPattern] = [
    path("registro/<int:pk>/", register.register, name="register"),
    path("registro/<int:pk>/grupo/<int:group_pk>/", register.register, name="register"),
]
