"""A run on one screen."""

from collections import Counter

from faults.fuzz.finding.people import WHO
from faults.fuzz.finding.routes import KINDS
from faults.fuzz.run import Result
from faults.fuzz.verdict import COLUMNS

STATUSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "none")
SHOWN = 12


def table(result: Result) -> str:
    """Markdown: what was sent by kind of door and by whom, memory, and what was found."""
    whole = sum(result.told.values(), Counter())
    sent = f"seed {result.seed}, {result.count} numbers: {whole['requests']} requests and {whole['frames']} frames"
    lines = [
        f"{sent} at {result.doors} doors in {result.seconds:.0f} s, the slowest answer after {result.slowest:.1f} s",
        "",
        f"| doors | who | requests | frames | {' | '.join(STATUSES)} |",
        "| --- " * (4 + len(STATUSES)) + "|",
        *(_row(kind, who, result) for kind in KINDS for who in WHO if f"{kind} {who}" in result.told),
        "",
        "| process | MiB after the warm-up | at the end | at most |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {before} | {after} | {most} |"
            for name, (before, after, most) in result.memory.items()
        ),
        "",
        *_found(result),
    ]
    return "\n".join(lines)


def _row(kind: str, who: str, result: Result) -> str:
    cell = result.told[f"{kind} {who}"]
    cells = (kind, who, *(cell[name] for name in ("requests", "frames", *STATUSES)))
    return f"| {' | '.join(map(str, cells))} |"


def _found(result: Result) -> list[str]:
    counts = Counter(wrong.column for wrong in result.findings)
    columns = [*COLUMNS, *(name for name in counts if name not in COLUMNS)]
    lines = ["  ".join(columns), "  ".join(f"{counts[name]:>{len(name)}}" for name in columns)]
    for name in columns:
        found = [wrong for wrong in result.findings if wrong.column == name]
        lines += [f"{name}: {_again(result, wrong.nth)}{wrong.what}" for wrong in found[:SHOWN]]
        lines += [f"{name}: and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return lines


def _again(result: Result, nth: int) -> str:
    return f"SEED={result.seed} AT={nth}: " if nth >= 0 else ""
