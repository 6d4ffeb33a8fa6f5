import datetime as dt
import re

import pytest
from django.utils import translation

from participants.competency_growth import CohortCompetencies, Pairs
from participants.templatetags.growth import growth
from tests.factories import (
    MONDAY,
    CohortModuleFactory,
    CompetencyFactory,
    CompetencyRatingFactory,
    EnrollmentFactory,
    at,
)


def pairs(*levels: tuple[int, int]) -> Pairs:
    return Pairs(pairs=levels, baselines=len(levels), ends=len(levels), late=0)


def test_means_and_share_are_of_who_has_both():
    five = pairs((1, 3), (2, 2), (2, 4), (3, 2), (1, 2))
    assert five.means == (1.8, 2.6)
    assert (five.difference, five.rose_percent) == (pytest.approx(0.8), 60)
    assert not five.is_hidden


def test_under_five_people_there_is_no_figure():
    four = pairs((1, 3), (2, 2), (2, 4), (3, 2))
    assert four.is_hidden
    assert (four.means, four.difference, four.rose_percent) == ((None, None), None, None)
    assert not pairs().is_hidden


@pytest.mark.django_db
def test_edition_pairs_the_ratings_of_who_holds_a_place():
    module = CohortModuleFactory(last_week=4)
    cohort = module.cohort
    competency = CompetencyFactory(program=cohort.program, modules=[module.module])
    late = at(MONDAY + dt.timedelta(days=28), 0)
    for status, end in [("enrolled", 3), ("completed", 4), ("enrolled", None), ("withdrawn", 4)]:
        person = EnrollmentFactory(
            cohort=cohort, status=status, ended_on=MONDAY if status == "withdrawn" else None
        )
        given = {"enrollment": person, "competency": competency, "rater": "tutor"}
        CompetencyRatingFactory(**given, level=2, rated_at=late if end is None else at(MONDAY, 9))
        if end:
            CompetencyRatingFactory(**given, moment="end", level=end)
    [row] = CohortCompetencies.of(cohort).growth
    observed = row.observed
    assert sorted(observed.pairs) == [(2, 3), (2, 4)]
    assert (observed.baselines, observed.ends, observed.late) == (3, 2, 1)
    assert row.own.baselines == 0


def test_picture_says_in_words_what_it_shows_and_escapes_them():
    with translation.override("es"):
        picture = growth((1, 2.5), (2, None), "Usted", "Tutor <b>")
    assert (
        'aria-label="Usted: inicio 1, final 2,50. Tutor &lt;b&gt;: inicio 2, final sin valorar."'
        in picture
    )
    before, after = re.findall(r'<circle [^>]*cx="([\d.]+)"', picture)
    assert float(before) < float(after)
    assert picture.count("<rect") == 1
    assert "style=" not in picture
