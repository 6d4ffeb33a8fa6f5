"""Surveys of the demo: what the first edition answered, and one open today."""

import datetime as dt
import random

from courses.models import Cohort
from participants.answered import note_answered
from participants.models import AnonymousAnswer, Question, Survey
from participants.surveying import Purpose, open_due, opening_days, whom_to_ask
from tutors.surveyed import plan, plan_due

Kind = Question.Kind
# Each is written at most once in a survey.
TEXTS = {
    Purpose.MODULE: (
        "Más casos para practicar en grupo.",
        "Mantendría los ejercicios de autocuidado.",
        "Las grabaciones ayudan cuando hay turno de noche.",
        "Menos diapositivas y más práctica.",
        "Los materiales para llevar al servicio son muy útiles.",
        "Empezar media hora más tarde.",
        "Un resumen de una página por tema.",
        "Más sobre el trabajo con la familia y la escuela.",
    ),
    Purpose.TUTOR: (
        "Más tiempo para conversar sobre cómo aplicarlo.",
        "Recordar las fechas con una semana de anticipación.",
        "Seguir con la pausa al inicio: ayuda mucho.",
        "Compartir las lecturas antes de la sesión.",
        "Un espacio para preguntas entre sesiones.",
        "Nada que cambiar, gracias por la paciencia.",
    ),
    Purpose.MONTHS_3: (
        "Supervisión de casos una vez al mes.",
        "Un espacio privado para atender.",
        "Que la jefatura también se capacite.",
        "Un grupo de consulta entre colegas.",
        "Horas protegidas para estos casos.",
        "Una ruta clara con la UPE y el CEM.",
    ),
}
# How many of a hundred say yes, and what of the scale is given how often.
YES = {"in_post": 88, "applied": 81, "taught": 57, "": 74}
SCALE = ([1, 2, 3, 4, 5], [1, 4, 14, 42, 39])


def answer_first_edition(cohort: Cohort, *, at: dt.datetime) -> None:
    """All of its modules and tutors, and the follow-up after three months; each long over."""
    chance = random.Random(2021)
    days = opening_days(cohort)
    for module in cohort.cohort_modules.select_related("module"):
        for purpose in (Purpose.MODULE, Purpose.TUTOR):
            plan(cohort, purpose, module, opens_on=days[purpose, module.pk])
    plan(cohort, Purpose.MONTHS_3, opens_on=days[Purpose.MONTHS_3, None])
    answers = []
    for survey in Survey.objects.filter(cohort=cohort).select_related("question_set"):
        survey.invited = whom_to_ask(survey).count()
        survey.told_at = survey.reminded_at = at
        survey.save()
        answers += _answers(survey, chance, share=chance.uniform(0.55, 0.9))
    chance.shuffle(answers)
    AnonymousAnswer.objects.bulk_create(answers)


def open_current(cohort: Cohort, *, today: dt.date, at: dt.datetime) -> None:
    """The surveys of a module that ended last week are open; a third have answered."""
    chance = random.Random(7)
    plan_due(cohort, today=today)
    own = Survey.objects.filter(cohort=cohort)
    open_due(own, today=today)
    own.update(told_at=at)
    for survey in own.open_on(today).select_related("question_set"):
        invitations = list(survey.invitations.order_by("pk"))[1:]
        who = chance.sample(invitations, len(invitations) // 3)
        note_answered(survey, [each.pk for each in who])
        given = _answers(survey, chance, share=len(who) / (survey.invited or 1))
        AnonymousAnswer.objects.bulk_create(given)


def _answers(survey: Survey, chance: random.Random, *, share: float) -> list[AnonymousAnswer]:
    questions = list(survey.question_set.questions.all())
    texts = list(TEXTS[Purpose(survey.purpose)])
    chance.shuffle(texts)
    last = min(dt.timedelta(days=9), survey.closes_on - survey.opens_on).days
    return [
        AnonymousAnswer(
            survey=survey,
            answers=_answer(questions, texts, chance),
            answered_on=survey.opens_on + dt.timedelta(days=chance.randint(0, last)),
        )
        for _number in range(round((survey.invited or 0) * share))
    ]


def _answer(
    questions: list[Question], texts: list[str], chance: random.Random
) -> dict[str, int | bool | str]:
    given: dict[str, int | bool | str] = {}
    for question in questions:
        if not question.is_required and chance.random() > 0.7:
            continue
        key = str(question.number)
        if question.kind == Kind.SCALE:
            given[key] = chance.choices(*SCALE)[0]
        elif question.kind == Kind.YES_NO:
            given[key] = chance.random() * 100 < YES[question.measures]
        elif question.kind == Kind.CHOICE:
            given[key] = chance.randint(1, len(question.choices))
        elif texts:
            given[key] = texts.pop()
    return given
