"""What speed is aimed at. Missing one is told; tests hold the numbers of queries."""

from collections.abc import Iterator

from trainingprog.bench.report import (
    Aim,
    Results,
    at_most_ms,
    at_most_queries,
    growth_aims,
    weight_aims,
)

MOST_QUERIES = {
    "register of 13": 8,
    "register of 132": 8,
    "save of 13, all new": 10,
    "save of 13, unchanged": 10,
    "save of 132, all new": 10,
    "save of 132, unchanged": 10,
    "matrix 132 × 31": 8,
    "participant's home": 8,
    "participant's progress": 10,
    "scores of 13": 10,
    "scores of 132": 10,
    "edition's progress 132": 10,
    "edition's progress 132, with scores": 10,
    "certificate verified": 3,
    "132 certificates, issued": 18,
    "check-in page": 8,
    "check-in, code typed": 36,
    "arrivals of 13, live": 9,
    "arrivals of 132, live": 8,
    "review queue of 200": 20,
    "approve 200": 30,
    "meeting report of 300, saved": 30,
}
CHECK_IN_KB = 6
MOST_MS = {
    "matrix 132 × 31": 120,
    "participant's home": 20,
    "participant's progress": 50,
    "scores of 13": 50,
    "scores of 132": 100,
    "edition's progress 132": 100,
    "edition's progress 132, with scores": 100,
    "certificate verified": 10,
    "132 certificates, issued": 1000,
    "132 certificates, issued and printed": 5000,
    "check-in page": 20,
    "check-in, code typed": 80,
    "arrivals of 13, live": 30,
    "arrivals of 132, live": 60,
    "import of 132, sent": 1000,
    "import of 132, previewed": 1000,
    "import of 132, taken": 1000,
    "approve 200": 1000,
    "meeting report of 300, sent": 300,
    "meeting report of 300, previewed": 300,
    "meeting report of 300, saved": 300,
}


def aims(results: Results) -> Iterator[Aim]:
    """Of the cases that were measured."""
    measured = results.measurements[results.editions[0]]
    for name, queries in MOST_QUERIES.items():
        if name in measured:
            yield at_most_queries(results, name, queries)
    for name, milliseconds in MOST_MS.items():
        if name in measured:
            yield at_most_ms(results, name, milliseconds)
    if weight := results.weights.get("check-in page"):
        yield Aim(
            f"check-in page with all its files, at most {CHECK_IN_KB} kB",
            weight.first_visit <= CHECK_IN_KB * 1000,
            f"{weight.first_visit / 1000:.1f}",
        )
    own = [name for name, weight in results.weights.items() if not weight.is_admin]
    admin = [name for name, weight in results.weights.items() if weight.is_admin]
    if own:
        yield from weight_aims(results, own, "of ours")
    if admin:
        yield from weight_aims(results, admin, "of the admin")
    yield from growth_aims(results)
