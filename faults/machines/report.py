"""What is printed of a run on many hosts: the columns of the checker, and how soon orders were accepted again."""

import itertools
from collections.abc import Sequence

from faults.machines.fleet import Suffered
from faults.run import Result


def table(result: Result, suffered: Sequence[Suffered]) -> str:
    """A row for each fault: the host, and seconds from its beginning to the first order that was asked and accepted."""
    rows = ["| what | host | seconds until the first order | longest without one | accepted meanwhile |"]
    rows.append("| --- | --- | --- | --- | --- |")
    for one in suffered:
        told = sorted(told_at for asked_at, told_at in result.accepted if asked_at >= one.began)
        first = f"{told[0] - one.began:.1f}" if told else "never"
        during = sum(at <= one.ended for at in told)
        lasted = one.ended - one.began
        cells = (one.kind, one.host, first, f"{longest(result, one):.1f}", f"{during} in {lasted:.0f} s")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def longest(result: Result, one: Suffered) -> float:
    """Seconds of the longest time without an accepted order that touches the time of the fault."""
    told = [one.began, *sorted(told_at for _asked, told_at in result.accepted if told_at >= one.began)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(told) if earlier <= one.ended]
    return max(gaps, default=0.0)
