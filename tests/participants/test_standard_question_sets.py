"""A new installation asks from its first day, and what a coordinator wrote is left alone."""

import pytest
from django.core.management import call_command

from participants.models import Question, QuestionSet
from participants.question_sets import next_version
from participants.standard_question_sets import install_question_sets
from tests.factories import MONDAY, QuestionSetFactory, at

pytestmark = pytest.mark.django_db


def test_each_purpose_has_its_set_in_both_languages_and_again_adds_nothing() -> None:
    for _number in range(2):
        call_command("set_up", verbosity=0)
    assert set(QuestionSet.objects.newest()) == set(QuestionSet.Purpose.values)
    assert QuestionSet.objects.count() == 4
    for row in QuestionSet.objects.all():
        assert row.title_en
        assert row.introduction_en
    assert not Question.objects.filter(text_en="").exists()
    assert not Question.objects.filter(kind="choice", choices_en="").exists()
    for purpose in QuestionSet.FOLLOW_UPS:
        asked = Question.objects.filter(question_set__purpose=purpose).exclude(measures="")
        assert set(asked.values_list("measures", flat=True)) == set(Question.Measure.values)


def test_what_a_coordinator_wrote_stays_be_it_a_draft() -> None:
    QuestionSetFactory(purpose="tutor", version=1, published_at=None, title_es="La nuestra")
    install_question_sets(at=at(MONDAY, 9))
    edited = next_version(QuestionSet.objects.get(purpose="module"))
    install_question_sets(at=at(MONDAY, 10))
    assert QuestionSet.objects.get(purpose="tutor").title_es == "La nuestra"
    assert QuestionSet.objects.in_force("module").version == edited.version - 1
    assert QuestionSet.objects.count() == 5
