"""What is still possible, held against every way in which what is open may go."""

import itertools
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from participants.attendance_rates import Policy, attendance_rate
from participants.grades import Policy as ScorePolicy
from participants.grades import average, grade
from participants.make_ups import Standing as MakeUp
from participants.requirements import ModuleSeen, Seen, requirements
from participants.rules_in_force import Demands
from participants.standings import FAILED, Kind, Requirements, Standing

RULE = Demands(
    pk=1,
    version=1,
    cohort_module_id=1,
    minimum_attendance_percent=0,
    attendance_base="edition",
    minimum_average=None,
    requires_sign_off=False,
    requires_make_ups=False,
    requires_competency_ratings=False,
    scores={},
    prerequisites=frozenset(),
)
POLICY = ScorePolicy()


def parts(states, minutes=60):
    """Sessions that have ended where they are marked, and are still to come where not."""
    return [(minutes, state is not None, state, None, None) for state in states]


def seen(states=(), results=(), *, attempts=1, minimum=80, **more) -> Seen:
    """One person: marks, and the results of each assessment, None where it is not scored."""
    grades = {
        pk: grade(
            [] if result == "open" else [(1, result)], attempts=attempts, weight=1, policy=POLICY
        )
        for pk, result in enumerate(results, 1)
    }
    known = {
        "rate": attendance_rate(parts(states), Policy(minimum_percent=minimum)),
        "average": average(grades.values(), POLICY),
        "grades": grades,
        "titles": {pk: f"Examen {pk}" for pk in grades},
        "make_ups": (),
        "modules": {},
    }
    return Seen(**known | more)


STATES = st.lists(st.sampled_from(["present", "absent", None]), min_size=1, max_size=6)
RESULTS = st.lists(st.sampled_from(["open", None, 0, 1000, 1400, 2000]), min_size=1, max_size=3)


def endings(states, results):
    """Every way in which it may end: what is open is attended or not, sat with 0, 14, 20 or not."""
    ways = [["present", "absent"] if state is None else [state] for state in states]
    scores = [[None, 0, 1400, 2000] if result == "open" else [result] for result in results]
    for way in itertools.product(*ways):
        for score in itertools.product(*scores):
            yield seen(way, score)


@settings(max_examples=80)
@given(STATES, RESULTS, st.sampled_from([50, 80, 100]), st.sampled_from([0, 11, 14, 20]))
def test_standing_is_that_of_all_endings(states, results, minimum, least) -> None:
    rule = replace(
        RULE,
        minimum_attendance_percent=minimum,
        minimum_average=Decimal(least),
        scores={1: Decimal(least)},
    )
    now = requirements(rule, with_minimum(seen(states, results), states, minimum))
    ends = [
        requirements(rule, with_minimum(end, way, minimum))
        for end, way in zip(endings(states, results), ways_of(states, results), strict=True)
    ]
    for number, each in enumerate(now.each):
        outcomes = {end.each[number].standing for end in ends}
        assert outcomes <= {Standing.MET, Standing.NOT_MET}
        if each.standing == Standing.MET:
            assert outcomes == {Standing.MET}
        elif each.standing in FAILED:
            assert outcomes == {Standing.NOT_MET}
        else:
            assert Standing.MET in outcomes
    is_open = None in states or "open" in results
    if now.standing in FAILED:
        assert (now.standing == Standing.OUT_OF_REACH) <= is_open
    assert now.is_met == all(end.is_met for end in ends)


SCORED = st.integers(1, 2).flatmap(
    lambda attempts: st.tuples(
        st.just(attempts),
        st.lists(st.sampled_from([None, 0, 1000, 1400, 2000]), max_size=attempts),
    )
)


@settings(max_examples=80)
@given(
    st.lists(SCORED, min_size=1, max_size=2),
    st.sampled_from([1, 11, 14, 20]),
    st.builds(ScorePolicy, last_counts=st.booleans()),
)
def test_standing_is_that_of_all_attempts_still_left(assessments, least, policy) -> None:
    rule = replace(RULE, minimum_average=Decimal(least), scores={1: Decimal(least)})

    def stand(results):
        grades = {
            pk: grade(enumerate(values, 1), attempts=attempts, weight=1, policy=policy)
            for pk, (attempts, values) in enumerate(results, 1)
        }
        known = replace(seen(results=["open"] * len(results)), grades=grades)
        return requirements(rule, replace(known, average=average(grades.values(), policy))).each

    ways = [
        [
            (attempts, [*values, *rest])
            for rest in itertools.product([None, 0, 1400, 2000], repeat=attempts - len(values))
        ]
        for attempts, values in assessments
    ]
    ends = [[each.standing for each in stand(way)] for way in itertools.product(*ways)]
    nothing_more = stand([(len(values), values) for _attempts, values in assessments])
    for number, each in enumerate(stand(assessments)):
        assert each.if_decided.is_met == nothing_more[number].is_met
        outcomes = {end[number] for end in ends}
        assert outcomes <= {Standing.MET, Standing.NOT_MET}
        assert (each.standing == Standing.MET) == (outcomes == {Standing.MET})
        assert (each.standing in FAILED) == (outcomes == {Standing.NOT_MET})


def test_last_attempt_that_may_lower_a_score_leaves_it_open() -> None:
    policy = ScorePolicy(last_counts=True)
    rule = replace(RULE, minimum_average=Decimal(11), scores={1: Decimal(11)})
    grades = {1: grade([(1, 1500)], attempts=2, weight=1, policy=policy)}
    known = replace(seen(results=["open"]), grades=grades)
    known = replace(known, average=average(grades.values(), policy))
    with translation.override("es"):
        words = [(each.standing, each.missing) for each in requirements(rule, known).each]
    assert words == [
        (
            "not_yet",
            "«Examen 1»: alcanza el mínimo de 11 y así contará al decidirse, salvo que un intento"
            " pendiente baje la nota",
        ),
        (
            "not_yet",
            "alcanza el promedio y así contará al decidirse, salvo que lo baje un intento que"
            " queda",
        ),
    ]
    assert requirements(rule, replace(known, is_closed=True)).is_met
    decided = requirements(rule, known).if_decided()
    assert decided.is_met
    assert decided.told == decided.each
    assert [each["standing"] for each in decided.kept] == ["met", "met"]
    assert requirements(rule, known).once_decided().is_met


def ways_of(states, results):
    ways = [["present", "absent"] if state is None else [state] for state in states]
    number = 4 ** sum(result == "open" for result in results)
    for way in itertools.product(*ways):
        yield from itertools.repeat(way, number)


def with_minimum(known: Seen, states, minimum: int) -> Seen:
    return replace(known, rate=attendance_rate(parts(states), Policy(minimum_percent=minimum)))


@settings(max_examples=60)
@given(STATES, st.integers(0, 5), st.sampled_from([50, 80, 100]))
def test_one_more_presence_never_worsens_a_standing(states, number, minimum) -> None:
    order = [Standing.NOT_MET, Standing.OUT_OF_REACH, Standing.NOT_YET, Standing.MET]
    rule = replace(RULE, minimum_attendance_percent=minimum)
    number %= len(states)
    better = [*states[:number], "present", *states[number + 1 :]]
    before, after = (
        requirements(rule, with_minimum(seen(), way, minimum)).standing for way in (states, better)
    )
    # The last open session makes of "no longer possible" that it was not met: both failed.
    assert order.index(after) >= order.index(before) or {before, after} <= set(FAILED)


def only(rule: Demands, known: Seen):
    (found,) = requirements(rule, known).each
    return found


@pytest.mark.parametrize(
    ("states", "standing", "missing"),
    [
        (["present"] * 4 + ["absent"], "met", []),
        (["present"] * 3 + [None, None], "not_yet", [1, 20]),
        (["absent", "absent", None, None, None], "out_of_reach", [4, 80]),
        (["present"] * 3 + ["absent"] * 2, "not_met", [1, 20]),
    ],
)
def test_attendance_says_how_much_is_missing(states, standing, missing) -> None:
    found = only(replace(RULE, minimum_attendance_percent=80), seen(states))
    assert found.standing == standing
    assert [int(figure) for figure in re.findall(r"\d+", found.missing)] == missing
    assert bool(found.reach) == (standing != "met")


def test_words_in_spanish() -> None:
    rule = replace(
        RULE,
        minimum_attendance_percent=80,
        requires_sign_off=True,
        scores={1: Decimal(14)},
    )
    with translation.override("es"):
        found = requirements(rule, seen(["present"] * 3 + [None] * 2, ["open"]))
        words = [each.missing for each in found.each]
    assert words == [
        "le falta 1 sesión o 20\u00a0%",
        "le falta nota en «Examen 1»: mínimo 14",
        "falta la aprobación de su tutora o tutor",
    ]


@pytest.mark.parametrize(
    ("result", "attempts", "standing"),
    [
        ("open", 1, "not_yet"),
        (1400, 1, "met"),
        (1399, 2, "not_yet"),
        (1399, 1, "not_met"),
        (None, 1, "not_met"),
        (None, 2, "not_yet"),
    ],
)
def test_score_counts_the_attempts_left(result, attempts, standing) -> None:
    found = only(replace(RULE, scores={1: Decimal(14)}), seen(results=[result], attempts=attempts))
    assert found.standing == standing


def test_who_did_not_sit_is_never_told_a_zero() -> None:
    found = only(replace(RULE, scores={1: Decimal(14)}), seen(results=[None]))
    assert "0" not in found.missing
    assert (found.figures["score"], found.figures["did_not_sit"]) == (None, True)


@pytest.mark.parametrize(
    ("make_ups", "standing"),
    [
        ((), "met"),
        ((MakeUp.DONE,), "met"),
        ((MakeUp.DONE, MakeUp.PENDING), "not_yet"),
        ((MakeUp.FAILED, MakeUp.PENDING), "out_of_reach"),
        ((MakeUp.FAILED,), "not_met"),
    ],
)
def test_make_ups_assigned_are_done(make_ups, standing) -> None:
    found = only(replace(RULE, requires_make_ups=True), seen(make_ups=make_ups))
    assert found.standing == standing


@pytest.mark.parametrize(
    ("module", "standing"),
    [
        (ModuleSeen("1", Standing.MET, is_completed=True), "met"),
        (ModuleSeen("1", Standing.MET, is_completed=False), "not_met"),
        (ModuleSeen("1", Standing.MET, is_completed=None), "not_yet"),
        (ModuleSeen("1", Standing.MET, is_completed=None, is_pending=True), "not_yet"),
        (ModuleSeen("1", Standing.OUT_OF_REACH, is_completed=None, is_pending=True), "not_yet"),
        (ModuleSeen("1", Standing.NOT_MET, is_completed=None, is_pending=True), "not_yet"),
        (ModuleSeen("1", Standing.OUT_OF_REACH, is_completed=None), "out_of_reach"),
        (ModuleSeen("1", Standing.NOT_MET, is_completed=None), "not_met"),
    ],
)
def test_module_counts_as_it_was_decided(module, standing) -> None:
    rule = replace(RULE, prerequisites=frozenset([7]))
    assert only(rule, replace(seen(), modules={7: module})).standing == standing


def test_rating_that_is_missing_can_be_given_until_all_is_closed() -> None:
    rule = replace(RULE, requires_competency_ratings=True)
    known = replace(seen(), ratings_missing=2)
    assert only(rule, known).standing == "not_yet"
    assert only(rule, replace(known, is_closed=True)).standing == "not_met"
    assert only(rule, seen()).standing == "met"


def test_nothing_asked_is_met_and_nothing_counted_yet_is_open() -> None:
    assert requirements(RULE, seen()).is_met
    rule = replace(RULE, minimum_attendance_percent=80, minimum_average=Decimal(14))
    assert requirements(rule, seen()).standing == "not_yet"
    assert requirements(rule, replace(seen(), is_over=True)).standing == "not_met"


def test_sign_off_keeps_nothing_open_that_failed() -> None:
    rule = replace(RULE, minimum_attendance_percent=80, requires_sign_off=True)
    found = requirements(rule, seen(["absent"]))
    assert (found.standing, found.but(Kind.SIGN_OFF).standing) == ("not_met", "not_met")
    assert requirements(rule, seen(["present"])).standing == "not_yet"


def test_once_decided_what_is_short_is_not_met() -> None:
    rule = replace(RULE, minimum_attendance_percent=80)
    found = requirements(rule, seen(["present", None])).once_decided()
    assert (found.standing, found.missing[0].reach) == ("not_met", "")


def test_what_can_no_longer_be_met_is_told_first() -> None:
    rule = replace(RULE, minimum_attendance_percent=80, scores={1: Decimal(14)})
    found = requirements(rule, seen(["present", None], [700]))
    assert [each.kind for each in found.missing] == ["score", "attendance"]


def test_what_a_decision_keeps_is_plain_json() -> None:
    rule = replace(RULE, minimum_attendance_percent=80, scores={1: Decimal("14.5")})
    kept = requirements(rule, seen(["present"], [1450])).kept
    assert kept[1] == {
        "kind": "score",
        "standing": "met",
        "of": 1,
        "title": "Examen 1",
        "minimum": 1450,
        "score": 1450,
        "did_not_sit": False,
    }
    assert Requirements().kept == []
