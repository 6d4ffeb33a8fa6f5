"""One request again and again: its statements, its milliseconds and its bytes.

Counted is every statement but those that only begin, mark or end a transaction. A request that
writes is undone each time, outside the measured span, so that it truly writes each time; what it
leaves for after the commit (mail to be queued) is run and counted with it.

Whole milliseconds are those of the clock and grow on a busy machine; milliseconds of work are the
processor's for this process, with those of a database server that it waits for.
"""

import gzip
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import TestCase

from trainingprog.call_stack import with_room

WARM_UP_RUNS = 2
RUNS_A_ROUND = 10
TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class StatementClock:
    """An execute_wrapper; milliseconds are those in which the database answers."""

    def __init__(self) -> None:
        self.count = 0
        self.milliseconds = 0.0
        self.statements: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        start = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.milliseconds += (perf_counter() - start) * 1000
            if not sql.lstrip().upper().startswith(TRANSACTION_CONTROL):
                self.count += 1
                self.statements.append(sql)


@dataclass(frozen=True)
class Case:
    """A request to measure. `prepare` runs before it, unmeasured, and is undone with it."""

    name: str
    request: Callable[[], HttpResponseBase]
    status: int = 200
    writes: bool = False
    prepare: Callable[[], object] | None = None
    path: str = ""
    takes_seconds: bool = False
    """Measured once a round, without a run before it."""
    page: Callable[[], bytes] | None = None
    """The page itself, uncompressed, for what it links to."""


@dataclass(frozen=True)
class Run:
    queries: int
    sql_ms: float
    whole_ms: float
    work_ms: float
    raw_bytes: int
    sent_bytes: int
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Measurement:
    queries: int
    sql_ms: float
    whole_ms: float
    whole_ms_95: float
    least_work_ms: float
    raw_bytes: int
    sent_bytes: int
    statements: tuple[str, ...]

    @classmethod
    def of(cls, runs: list[Run]) -> "Measurement":
        """Medians, and the 95th percentile of the whole time; queries are the most of any run."""
        whole = [run.whole_ms for run in runs]
        return cls(
            queries=max(run.queries for run in runs),
            sql_ms=median(run.sql_ms for run in runs),
            whole_ms=median(whole),
            whole_ms_95=quantiles(whole, n=20, method="inclusive")[-1] if runs[1:] else whole[0],
            least_work_ms=min(run.work_ms for run in runs),
            raw_bytes=round(median(run.raw_bytes for run in runs)),
            sent_bytes=round(median(run.sent_bytes for run in runs)),
            statements=runs[-1].statements,
        )


class UnexpectedAnswer(Exception):
    """The measured request was not answered as it should be: its figures would mean nothing."""


def measure_all(cases: Sequence[Case], runs: int) -> dict[str, Measurement]:
    """In rounds over all cases: so each is measured at several moments, not in one that is busy."""
    taken: dict[str, list[Run]] = {case.name: [] for case in cases}
    for start in range(0, runs, RUNS_A_ROUND):
        todo = min(RUNS_A_ROUND, runs - start)
        for case in cases:
            if case.takes_seconds:
                taken[case.name].append(run_once(case))
                continue
            for _index in range(min(WARM_UP_RUNS, todo)):
                run_once(case)
            taken[case.name] += [run_once(case) for _index in range(todo)]
    return {name: Measurement.of(done) for name, done in taken.items()}


def run_once(case: Case) -> Run:
    if not case.writes:
        return _run(case)
    with transaction.atomic():
        if case.prepare is not None:
            case.prepare()
        run = _run(case)
        transaction.set_rollback(True)
    return run


def _run(case: Case) -> Run:
    clock = StatementClock()
    after_commit = TestCase.captureOnCommitCallbacks(execute=True) if case.writes else nullcontext()
    start, start_of_work = perf_counter(), process_time()
    with connection.execute_wrapper(clock):
        with after_commit:
            response = with_room(case.request)  # as the server calls the application
        content = body(response)
    whole_ms = (perf_counter() - start) * 1000
    work_ms = (process_time() - start_of_work) * 1000
    if connection.vendor != "sqlite":
        work_ms += clock.milliseconds
    if response.status_code != case.status:
        raise UnexpectedAnswer(f"{case.name}: {response.status_code} and not {case.status}.")
    packed = response.headers.get("Content-Encoding") == "gzip"
    return Run(
        queries=clock.count,
        sql_ms=clock.milliseconds,
        whole_ms=whole_ms,
        work_ms=work_ms,
        raw_bytes=len(gzip.decompress(content) if packed else content),
        sent_bytes=len(content),
        statements=tuple(clock.statements),
    )


def body(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(response)
    return bytes(response.content)  # type: ignore[attr-defined]
