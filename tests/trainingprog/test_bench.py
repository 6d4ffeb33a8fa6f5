"""The bench runs and refuses; how fast anything is, is no business of a test."""

import io
from itertools import groupby

import pytest
from django.core.management import CommandError, call_command

from courses.models import Program
from participants.models import AttendanceRecord, Enrollment, ModuleCompletion
from trainingprog.bench.aims import MOST_MS, MOST_QUERIES
from trainingprog.bench.forms import find_form
from trainingprog.bench.measuring import (
    RUNS_A_ROUND,
    WARM_UP_RUNS,
    Case,
    Measurement,
    Run,
    UnexpectedAnswer,
    measure_all,
    run_once,
)
from trainingprog.bench.report import Results, growth_aims

pytestmark = pytest.mark.django_db


def bench(*arguments: str) -> str:
    out = io.StringIO()
    call_command("bench", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_bench_measures_every_page_and_verb_and_undoes_what_it_wrote():
    told = bench("--runs", "1", "--editions", "1")

    for name in {*MOST_QUERIES, *MOST_MS}:
        assert f"| {name} " in told
    assert "first visit of each page of ours" in told
    assert "save of 132, all new, at most 10 queries" in told
    assert Enrollment.objects.count() == 132
    assert AttendanceRecord.objects.filter(version__gt=1).count() == 0
    assert ModuleCompletion.objects.values("cohort_module").distinct().count() == 1


def test_bench_on_a_database_with_rows_is_refused():
    Program.objects.create(code="ATN", title_es="Programa")

    with pytest.raises(CommandError, match="has rows of its own"):
        bench("--runs", "1", "--editions", "1")

    assert Program.objects.count() == 1


@pytest.mark.parametrize("arguments", [["--runs", "0"], ["--editions", "0"]])
def test_bench_without_a_run_or_an_edition_is_refused(arguments):
    with pytest.raises(CommandError, match="at least one"):
        bench(*arguments)


def test_case_answered_otherwise_is_told(client):
    case = Case("nowhere", lambda: client.get("/no/such/page/"))

    with pytest.raises(UnexpectedAnswer, match="nowhere: 404 and not 200"):
        run_once(case)


def test_case_that_writes_counts_its_statements_and_leaves_nothing(client):
    def write():
        Program.objects.create(code="ATN", title_es="Programa")
        return client.get("/privacidad/")

    run = run_once(Case("writing", write, writes=True))

    assert any(statement.startswith("INSERT") for statement in run.statements)
    assert run.queries == len(run.statements)
    assert not Program.objects.exists()


def test_cases_are_measured_in_rounds_and_each_as_often_as_asked(client):
    asked = []
    cases = [
        Case(name, lambda name=name: asked.append(name) or client.get("/privacidad/"))
        for name in ("first", "second")
    ]

    measured = measure_all(cases, RUNS_A_ROUND + 1)

    assert list(measured) == ["first", "second"]
    warmed_up = [WARM_UP_RUNS + RUNS_A_ROUND] * 2 + [1 + 1] * 2
    assert [len(list(same)) for _name, same in groupby(asked)] == warmed_up


def measured(queries: int, work_ms: float) -> Measurement:
    runs = [
        Run(queries, 1.0, clock, work, 100, 50, ()) for clock, work in ((90, 99), (80, work_ms))
    ]
    return Measurement.of(runs)


@pytest.mark.parametrize(
    ("before", "after", "met"),
    [
        ((5, 40.0), (5, 50.9), [True, True]),
        ((5, 40.0), (5, 51.1), [True, False]),
        ((5, 40.0), (6, 40.0), [False, True]),
    ],
)
def test_growth_is_judged_by_queries_and_by_the_least_work(before, after, met):
    results = Results({1: {"home": measured(*before)}, 10: {"home": measured(*after)}}, {})

    assert [aim.is_met for aim in growth_aims(results)] == met


def test_form_is_read_as_a_browser_would_send_it():
    page = b"""
      <form method="post"><button name="log_out">Salir</button></form>
      <form method="post" id="taking">
        <input type="hidden" name="seen" value="1.2">
        <input type="radio" name="s1" value="present"><input type="radio" name="s1" value="late">
        <input type="radio" name="s2" value="present">
        <input type="radio" name="s2" value="late" checked>
        <input type="checkbox" name="told"><input type="checkbox" name="sure" checked>
        <input name="off" value="1" disabled>
        <select name="group"><option value="a">A<option value="b" selected>B</select>
        <textarea name="note">nada</textarea>
      </form>
      <input form="taking" name="on" value="2026-03-02">
    """

    assert find_form(page, "seen").sent() == {
        "seen": ["1.2"],
        "s1": ["present"],
        "s2": ["late"],
        "sure": ["on"],
        "group": ["b"],
        "note": ["nada"],
        "on": ["2026-03-02"],
    }


def test_form_that_is_not_there_is_told():
    with pytest.raises(LookupError, match="no form with a field seen"):
        find_form(b"<form method='post'><input name='other'></form>", "seen")
