"""What was measured: as a table for people, and as JSON to compare with later."""

import json
import os
import platform
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cpu import KINDS
from benchmarks.rounds import Finding, Round, Size, median, percentile
from config.runtime.environment import PROJECT

RESULTS = PROJECT / "benchmarks" / "results"
PAGE = PROJECT / "docs" / "performance.md"
README = PROJECT / "README.md"
BEGIN, END = "<!-- the table of `make bench` -->", "<!-- the end of the table -->"
NAMES = {
    "complete": "complete order over the API: preview, place, confirmed, paid; 8 customers",
    "placing": "placing alone, 2 lines; 16 clients, worker stopped",
    "hot": "one hot product; 16 clients, exactly the stock sold",
    "pages": "complete order over pages, as a browser; 8 customers",
    "numbered": "one hot product with numbers, placed and confirmed; each number to one order",
    "confirming": "confirming what waits; one worker process",
    "confirming2": "confirming what waits; two worker processes",
}
# The same on a chart.
SHORT = {
    "complete": "API order",
    "pages": "page order",
    "placing": "placing",
    "hot": "hot product",
    "numbered": "numbered",
    "confirming": "confirming",
}
# Whole orders; of the others the placing is timed.
WHOLE = ("complete", "pages")
SHOWN = [kind for kind in KINDS if kind != "beat"]


def table(rounds: dict[str, list[Round]]) -> str:
    """Medians of the rounds, as Markdown."""
    head = f"| measure | orders/s | of pgbench | CPU ms in all | {' | '.join(SHOWN)} | p50 ms | p99 ms | generator ms |"
    rule = "| --- " * (head.count("|") - 1) + "|"
    return "\n".join([head, rule, *(_row(name, of) for name, of in rounds.items())])


def chart(rounds: dict[str, list[Round]]) -> str:
    """What an order costs in each measure, in milliseconds of CPU of all processes, as a Mermaid chart."""
    shown = {SHORT[name]: _cost(of) for name, of in rounds.items() if name in SHORT}
    names = ", ".join(f'"{name}"' for name in shown)
    costs = ", ".join(f"{cost:.1f}" for cost in shown.values())
    return f"""```mermaid
xychart-beta horizontal
    title "CPU of all processes for each order, in ms"
    x-axis [{names}]
    bar [{costs}]
```"""


def short(rounds: dict[str, list[Round]]) -> str:
    """The table for who looks at it for the first time."""
    rows = ["| measure | orders/s | of pgbench | CPU ms |", "| --- | --- | --- | --- |"]
    for name, of in rounds.items():
        if name in SHORT:
            rate = median([one.rate for one in of])
            rows.append(f"| {NAMES[name]} | {rate:.1f} | {_of_limit(of)} | {_cost(of):.1f} |")
    return "\n".join(rows)


def _cost(rounds: list[Round]) -> float:
    return median([sum(one.cpu.values()) for one in rounds])


def _of_limit(rounds: list[Round]) -> str:
    limits = [one.rate / one.limit for one in rounds if one.limit]
    return f"{median(limits):.3f}" if limits else ""


def table_of(findings: list[Finding]) -> str:
    """What is no rate of orders, as Markdown."""
    lines = ["| measure | found | at most |", "| --- | --- | --- |"]
    lines += [
        f"| {one.what} | {one.value:.{0 if one.value >= 100 else 2}f} {one.unit} | {one.at_most or ''} |"
        for one in findings
    ]
    return "\n".join(lines)


def _row(name: str, rounds: list[Round]) -> str:
    every = [one for round_ in rounds for one in _latencies(name, round_)]
    cells = [
        NAMES[name],
        f"{median([one.rate for one in rounds]):.1f}",
        _of_limit(rounds),
        f"{_cost(rounds):.1f}",
        *(f"{median([one.cpu.get(kind, 0) for one in rounds]):.1f}" for kind in SHOWN),
        f"{1000 * percentile(every, 50):.0f}" if every else "",
        f"{1000 * percentile(every, 99):.0f}" if every else "",
        f"{median([one.own_cpu for one in rounds]):.2f}" if every else "",
    ]
    return f"| {' | '.join(cells)} |"


def by_processes(rounds: dict[int, Round]) -> str:
    """Complete orders with so many web servers and workers each, as Markdown."""
    rows = [
        f"| web and worker processes | orders/s | CPU ms in all | {' | '.join(SHOWN)} | p50 ms | p99 ms |"
    ]
    rows.append("| --- " * (rows[0].count("|") - 1) + "|")
    for count, one in rounds.items():
        spent = [sum(one.cpu.values()), *(one.cpu.get(kind, 0) for kind in SHOWN)]
        waits = [1000 * percentile(_latencies("complete", one), percent) for percent in (50, 99)]
        cells = [
            f"{count}",
            f"{one.rate:.1f}",
            *(f"{cost:.1f}" for cost in spent),
            *(f"{wait:.0f}" for wait in waits),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _latencies(name: str, one: Round) -> list[float]:
    return one.seconds.get("order" if name in WHOLE else "place", [])


def write(rounds: dict[str, list[Round]], findings: list[Finding], size: Size) -> Path:
    """The JSON of a run; its path."""
    at = datetime.now(UTC)
    path = RESULTS / f"{at:%Y-%m-%d-%H%M}.json"
    found: dict[str, Any] = {
        "at": at.isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "size": asdict(size),
        "rounds": {name: [_short(one) for one in of] for name, of in rounds.items()},
        "findings": [asdict(one) for one in findings],
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    return path


def _short(one: Round) -> dict[str, Any]:
    """A round with percentiles in place of every single time."""
    spread = {
        name: {f"p{percent}": round(1000 * percentile(values, percent), 1) for percent in (50, 99)}
        for name, values in one.seconds.items()
    }
    spent = {kind: round(value, 2) for kind, value in one.cpu.items()}
    return asdict(one) | {"seconds": spread, "cpu": spent, "rate": round(one.rate, 1)}


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def into_pages(rounds: dict[str, list[Round]], shown: str) -> None:
    """Put the tables and the chart in their places in docs/performance.md and README.md."""
    drawn = chart(rounds)
    _into(PAGE, f"{shown}\n\n{drawn}")
    _into(README, f"{short(rounds)}\n\n{drawn}")


def _into(page: Path, shown: str) -> None:
    before, _begin, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{shown}\n\n{END}{after}")
