"""What is printed of a run, and what is written down."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from faults.checking.checker import COLUMNS
from faults.run import Result
from faults.scoreboard import RESULTS

# Findings of one column that are printed in words.
SHOWN = 10


def table(result: Result) -> str:
    """The run on one screen: what was done, the columns, and what was found."""
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(result.faults.items()))
    unanswered = sum(count for name, count in result.answers.items() if name.endswith((" none", " 503")))
    requests = (
        f"{result.answers.total()} requests, {unanswered} of them in vain, the slowest {result.slowest:.1f} s"
    )
    events = f"{result.events} events at {result.connections} connections"
    confirmed = (
        f"the last order from before the end of the faults was confirmed after {result.recovery:.1f} s"
    )
    each = max(result.orders, 1)
    pace = (
        f"{result.orders / max(result.driven, 1):.1f} orders a second; CPU for each order: "
        f"{1000 * result.shop_cpu / each:.0f} ms of the shop, {1000 * result.rig_cpu / each:.0f} ms of the rig"
    )
    lines = [
        f"seed {result.seed}, {result.seconds:g} s: {result.orders} orders, {events}, {requests}",
        f"{result.faults.total()} faults: {kinds}",
        f"{confirmed}; rest after {result.rested:.1f} s",
        pace,
        *(f"left out {kind}: {why}" for kind, why in result.left_out.items()),
        "",
        "  ".join(COLUMNS),
        "  ".join(f"{result.count(column):>{len(column)}}" for column in COLUMNS),
    ]
    for column in COLUMNS:
        found = [finding.what for finding in result.findings if finding.column == column]
        lines += [f"{column}: {what}" for what in found[:SHOWN]]
        lines += [f"{column}: and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join(lines)


def write(result: Result, folder: Path) -> Path:
    """Keep the run as JSON, and the shop's logs too if something is wrong."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-seed-{result.seed}.json"
    kept = vars(result) | {"findings": [finding._asdict() for finding in result.findings]}
    path.write_text(json.dumps(kept, indent=1))
    if result.findings:
        shutil.copytree(folder / "logs", path.with_suffix(".logs"))
    return path
