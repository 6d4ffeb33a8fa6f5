import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from courses.models import Competency
from tests.factories import (
    CohortModuleFactory,
    CompetencyFactory,
    ModuleFactory,
)

pytestmark = pytest.mark.django_db


def test_edition_asks_for_what_its_modules_name_in_the_order_of_the_codes():
    first = CohortModuleFactory(first_week=1, last_week=2)
    cohort = first.cohort
    second = CohortModuleFactory(cohort=cohort, first_week=3, last_week=4)
    taught = {"program": cohort.program, "modules": [first.module, second.module]}
    CompetencyFactory(code="C2", **taught)
    CompetencyFactory(code="C1", **taught | {"modules": [first.module]})
    CompetencyFactory(code="C3", program=cohort.program)
    elsewhere = ModuleFactory(program=cohort.program, number=9)
    CompetencyFactory(code="C4", program=cohort.program, modules=[elsewhere])
    found = Competency.objects.of_cohort(cohort)
    assert [(each.code, each.last_week) for each in found] == [("C1", 2), ("C2", 4)]


def test_competency_keeps_to_the_modules_of_its_program():
    competency = CompetencyFactory()
    competency.modules.add(ModuleFactory())
    with pytest.raises(ValidationError) as error:
        competency.full_clean()
    assert set(error.value.message_dict) == {"modules"}


def test_module_that_a_competency_names_stays_in_its_program():
    module = ModuleFactory()
    CompetencyFactory(program=module.program, modules=[module])
    module.program = ModuleFactory().program
    with pytest.raises(ValidationError) as error:
        module.full_clean()
    assert set(error.value.message_dict) == {"program"}


def test_descriptors_are_in_the_readers_language_and_else_in_spanish():
    competency = CompetencyFactory.build(program=None, level_1_en="Needs support.")
    with translation.override("en"):
        assert competency.descriptors[:2] == [(1, "Needs support."), (2, "Lo hace con guía.")]
    with translation.override("es"):
        assert competency.descriptor(1) == "Necesita apoyo."
