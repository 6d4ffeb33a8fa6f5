"""The coordinator's pages of surveys, inside the admin."""

from django.urls import path

from trainingprog import question_set_page, survey_pages

urlpatterns = [
    path("edicion/<int:pk>/encuestas/", survey_pages.edition_surveys, name="edition_surveys"),
    path("edicion/<int:pk>/encuestas/programar/", survey_pages.survey_plan, name="survey_plan"),
    path(
        "edicion/<int:pk>/encuestas.xlsx",
        survey_pages.edition_surveys_xlsx,
        name="edition_surveys_xlsx",
    ),
    path(
        "edicion/<int:pk>/encuestas.csv",
        survey_pages.edition_surveys_csv,
        name="edition_surveys_csv",
    ),
    path("encuesta/<int:pk>/", survey_pages.survey, name="survey"),
    path("encuesta/<int:pk>/cancelar/", survey_pages.survey_cancel, name="survey_cancel"),
    path("cuestionario/<int:pk>/", question_set_page.question_set, name="question_set"),
]
