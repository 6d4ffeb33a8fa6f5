"""The coordinator's pages of rules and of what is decided by them."""

from django.urls import path

from trainingprog import decision_pages, edition_rules, rules

urlpatterns = [
    path("modulo/<int:pk>/regla/", rules.module_rule, name="module_rule"),
    path("edicion/<int:pk>/regla/", rules.edition_rule, name="edition_rule"),
    path("edicion/<int:pk>/reglas/", edition_rules.edition_rules, name="edition_rules"),
    path("modulo/<int:pk>/decisiones/", decision_pages.module_decisions, name="module_decisions"),
    path(
        "modulo/<int:pk>/decidir-de-nuevo/",
        decision_pages.module_decide_again,
        name="module_decide_again",
    ),
    path(
        "edicion/<int:pk>/resultados/", decision_pages.edition_decisions, name="edition_decisions"
    ),
    path(
        "edicion/<int:pk>/resultados/decidir/",
        decision_pages.edition_decide_all,
        name="edition_decide_all",
    ),
    path(
        "edicion/<int:pk>/resultados/decidir-de-nuevo/",
        decision_pages.edition_decide_again,
        name="edition_decide_again",
    ),
    path(
        "matricula/<int:pk>/resultado/",
        decision_pages.enrollment_outcome,
        name="enrollment_outcome",
    ),
    path("resultado/<int:pk>/respuesta/", decision_pages.outcome_answer, name="outcome_answer"),
    path(
        "culminacion/<int:pk>/respuesta/",
        decision_pages.completion_answer,
        name="completion_answer",
    ),
]
