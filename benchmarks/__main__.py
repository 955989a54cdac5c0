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
    arguments = parser.parse_args()
    try:
        with running_shop() as shop:
            django.setup()
            # Settings, and so models, are known only now that the shop runs.
            from benchmarks import measures, report

            size = measures.QUICK if arguments.quick else measures.FULL
            rounds = measures.Bench(shop, size).run()
    except (BenchFailed, CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    shown = report.table(rounds)
    print(shown)
    if arguments.keep:
        report.into_page(shown)
        print(report.write(rounds, size))
    return 0


if __name__ == "__main__":
    sys.exit(main())
