"""One run: all measures, in the order in which they disturb each other least."""

from dataclasses import replace

from benchmarks.measures import growth, rest, sockets
from benchmarks.measures.orders import Bench
from benchmarks.rounds import FULL, QUICK, Finding, Round, Size, median
from benchmarks.shop import Shop


def size(*, quick: bool, rows: int | None) -> Size:
    """How much is measured; `rows` are those that the shop is filled with."""
    found = QUICK if quick else FULL
    return found if rows is None else replace(found, rows=rows)


def everything(shop: Shop, size: Size) -> tuple[dict[str, list[Round]], list[Finding]]:
    """Rounds of what is done with orders, and findings about all else."""
    findings = rest.at_rest(shop, size.rest)
    bench = Bench(shop, size)
    rounds = bench.run()
    growth.read(bench)
    findings += sockets.told(bench, rate=median([one.rate for one in rounds["complete"]]))
    findings += sockets.crowded(bench)
    bench.check_books()
    if size.rows:
        findings += growth.grown(bench)
    return rounds, findings
