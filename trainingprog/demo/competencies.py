"""The program's competencies, and ratings as people might grow in them."""

import datetime as dt
import random
import tomllib
from collections.abc import Mapping
from pathlib import Path

from courses.models import Cohort, Competency, Level, Program
from participants.competencies import Key, rate
from participants.models import CompetencyRating, Enrollment
from trainingprog.models import User

DATA = Path(__file__).parent / "data"
MOMENT, RATER = CompetencyRating.Moment, CompetencyRating.Rater

# Of so many people one does not answer, another answers late.
ONE_IS_SILENT_OF, ONE_IS_LATE_OF = 17, 11
AT_FIRST = ((1, 30), (2, 48), (3, 19), (4, 3))
GROWTH = ((-1, 2), (0, 22), (1, 56), (2, 20))
# The tutor sees less at first than people see in themselves, and comes closer.
AS_SEEN = {MOMENT.BASELINE: ((-1, 35), (0, 55), (1, 10)), MOMENT.END: ((-1, 20), (0, 65), (1, 15))}


def make_competencies(program: Program) -> None:
    facts = tomllib.loads((DATA / "competencies.toml").read_text(encoding="utf-8"))
    modules = {module.number: module for module in program.modules.all()}
    for row in facts["competency"]:
        texts = {
            f"level_{level}_{language}": row[f"levels_{language}"][level - 1]
            for level in Level.values
            for language in ("es", "en")
        }
        titles = {key: row[key] for key in ("title_es", "title_en")}
        competency, _created = Competency.objects.get_or_create(
            program=program, code=row["code"], defaults=titles | texts
        )
        competency.modules.set(modules[number] for number in row["modules"])


def rate_growth(
    cohort: Cohort,
    tutors: Mapping[int, User],
    *,
    baseline: dt.datetime,
    end: dt.datetime | None = None,
    unfinished: int | None = None,
) -> None:
    """At the baseline and, with `end`, at the end: by each person, and by each group's tutor.

    `unfinished` is the number of a group of which the last competency is still to be rated: by its
    tutor, and by its first person.
    """
    chance = random.Random(cohort.code)
    people = list(Enrollment.objects.for_cohort(cohort).active().order_by("pk"))
    competencies = [each.pk for each in Competency.objects.of_cohort(cohort)]
    level: dict[Key, int] = {
        (person.pk, competency): _drawn(AT_FIRST, chance)
        for person in people
        for competency in competencies
    }
    for moment, at in ((MOMENT.BASELINE, baseline), (MOMENT.END, end)):
        if at is None:
            break
        if moment == MOMENT.END:
            level = {key: _within(value + _drawn(GROWTH, chance)) for key, value in level.items()}
        _rate_oneself(cohort, moment, level, at, but_not=_left(cohort, unfinished, competencies))
        for group in cohort.groups.all():
            own = {each.pk for each in people if each.group_id == group.pk}
            seen = {
                key: _within(value + _drawn(AS_SEEN[moment], chance))
                for key, value in level.items()
                if key[0] in own and not (group.number == unfinished and key[1] == competencies[-1])
            }
            rate(cohort.pk, moment, RATER.TUTOR, seen, by=tutors[group.pk], at=at)


def _rate_oneself(
    cohort: Cohort,
    moment: str,
    level: Mapping[Key, int],
    at: dt.datetime,
    *,
    but_not: Key | None,
) -> None:
    late = at + dt.timedelta(weeks=5) if moment == MOMENT.BASELINE else at
    spoken = {
        key: value for key, value in level.items() if key[0] % ONE_IS_SILENT_OF and key != but_not
    }
    for is_late, when in ((False, at), (True, late)):
        part = {
            key: value for key, value in spoken.items() if (key[0] % ONE_IS_LATE_OF == 0) == is_late
        }
        rate(cohort.pk, moment, RATER.SELF, part, by=None, at=when)


def _left(cohort: Cohort, group: int | None, competencies: list[int]) -> Key | None:
    if group is None:
        return None
    people = Enrollment.objects.for_cohort(cohort).active().filter(group__number=group)
    return people.order_by("pk")[0].pk, competencies[-1]


def _drawn(weights: tuple[tuple[int, int], ...], chance: random.Random) -> int:
    return chance.choices([value for value, _w in weights], [w for _value, w in weights])[0]


def _within(level: int) -> int:
    return min(max(level, Level.values[0]), Level.values[-1])
