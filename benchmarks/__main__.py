"""`make bench`: measure a shop, print the table, and keep it. `--quick` looks at correctness alone, in under a minute."""

import argparse
import os
import sys
from subprocess import CalledProcessError

import django

from benchmarks.shop import BenchFailed, running_shop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="few orders; fails on what is wrong, never on a time"
    )
    parser.add_argument("--keep", action="store_true", help="write JSON and docs/performance.md")
    parser.add_argument(
        "--rows", type=int, help="orders that the shop is filled with before reads are measured again"
    )
    arguments = parser.parse_args()
    try:
        with running_shop() as shop:
            django.setup()
            # Settings, and so models, are known only now that the shop runs.
            from benchmarks import report, run

            size = run.size(quick=arguments.quick, rows=arguments.rows)
            rounds, findings = run.everything(shop, size)
    except (BenchFailed, CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    shown = f"{report.table(rounds)}\n\n{report.table_of(findings)}"
    print(shown)
    if arguments.keep:
        report.into_page(shown)
        print(report.write(rounds, findings, size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
