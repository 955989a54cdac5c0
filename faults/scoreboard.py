"""`python -m faults.scoreboard`: what all kept runs were together, or those whose files are named, for docs/faults.md.

Exit code 1 if any promise was broken in one of them.
"""

import json
import sys
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from faults.checking.checker import COLUMNS

RESULTS = Path(__file__).parent / "results"
Run = Mapping[str, Any]


def main(names: Collection[str]) -> int:
    files = [Path(name) for name in names] or sorted(RESULTS.glob("*.json"))
    runs = [json.loads(file.read_text()) for file in files]
    print(table(runs))
    return 1 if any(run["findings"] for run in runs) else 0


def table(runs: Collection[Run]) -> str:
    """How much there was, what of it was wrong, and which faults there were how often."""
    found = Counter(finding["column"] for run in runs for finding in run["findings"])
    faults = _sum(runs, "faults")
    return "\n".join(
        [
            _row("seeds", "orders", "events", "requests", "faults", *COLUMNS),
            _row(*["---"] * (5 + len(COLUMNS))),
            _row(
                len({run["seed"] for run in runs}),
                sum(run["orders"] for run in runs),
                sum(run["events"] for run in runs),
                _sum(runs, "answers").total(),
                faults.total(),
                *(found[column] for column in COLUMNS),
            ),
            "",
            ", ".join(f"`{kind}` {count}" for kind, count in sorted(faults.items())),
        ]
    )


def _sum(runs: Collection[Run], name: str) -> Counter[str]:
    total = Counter[str]()
    for run in runs:
        total.update(run[name])
    return total


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
