"""The review of applications, inside the admin."""

from django.urls import path

from trainingprog import review_pages

urlpatterns = [
    path("edicion/<int:pk>/postulaciones/", review_pages.review_queue, name="review_queue"),
    path("edicion/<int:pk>/cupos/", review_pages.edition_quotas, name="edition_quotas"),
    path("postulacion/<int:pk>/", review_pages.application_review, name="application_review"),
    path("postulacion/<int:pk>/carta/", review_pages.application_letter, name="application_letter"),
]
