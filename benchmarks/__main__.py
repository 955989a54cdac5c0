"""`make bench`: measure a shop, print the table, and keep it. `--quick` looks at correctness alone, in under a minute."""

import argparse
import os
import sys
from subprocess import CalledProcessError

import django
from django.core.management import CommandError

from benchmarks.measures.processes import COUNTS, ORDERS, Many
from benchmarks.shop import BenchFailed, Shop, running_shop

# Orders and products of a shop whose reads are looked at, unless told otherwise.
MANY = 1_000_000

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="few orders; fails on what is wrong, never on a time"
    )
    parser.add_argument("--keep", action="store_true", help="write JSON, docs/performance.md and README.md")
    parser.add_argument(
        "--parts", action="store_true", help="measure each part alone that all orders go through"
    )
    parser.add_argument(
        "--processes", action="store_true", help="with one, two and four web and worker processes"
    )
    parser.add_argument("--reads", action="store_true", help="what reads cost with so many ROWS")
    parser.add_argument(
        "--rows", type=int, help="orders that the shop is filled with before reads are measured again"
    )
    arguments = parser.parse_args()
    try:
        if arguments.parts or arguments.processes:
            print(of_parts() if arguments.parts else of_processes())
            return 0
        if arguments.reads:
            print(of_reads(arguments.rows or MANY))
            return 0
        with running_shop(Shop) as shop:
            django.setup()
            # Settings, and so models, are known only now that the shop runs.
            from benchmarks import report, run

            size = run.size(quick=arguments.quick, rows=arguments.rows)
            rounds, findings = run.everything(shop, size)
    except (BenchFailed, CalledProcessError, CommandError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    shown = f"{report.table(rounds)}\n\n{report.table_of(findings)}"
    print(shown)
    if arguments.keep:
        report.into_pages(rounds, shown)
        print(report.write(rounds, findings, size))
    return 0


def of_reads(rows: int) -> str:
    with running_shop(Shop) as shop:
        django.setup()
        from benchmarks import report
        from benchmarks.measures import growth
        from benchmarks.measures.orders import Bench
        from benchmarks.rounds import QUICK

        return report.table_of(growth.of_many(Bench(shop, QUICK), rows))


def of_parts() -> str:
    with running_shop(Shop) as shop:
        django.setup()
        from benchmarks.measures.orders import Bench
        from benchmarks.measures.parts import Parts, table
        from benchmarks.rounds import QUICK

        bench = Bench(shop, QUICK)
        products = [product.pk for product in bench.products]
        return table(Parts(shop, bench.limit, products, bench.customers[0].session).run())


def of_processes() -> str:
    with running_shop(Many) as shop:
        django.setup()
        from benchmarks import report
        from benchmarks.measures import orders
        from benchmarks.rounds import QUICK

        bench = orders.Bench(shop, QUICK)
        rounds = {}
        for count in COUNTS:
            with shop.having(count):
                bench.complete(orders=orders.BUYERS)
                rounds[count] = bench.complete(orders=ORDERS)
        return report.by_processes(rounds)


if __name__ == "__main__":
    sys.exit(main())
