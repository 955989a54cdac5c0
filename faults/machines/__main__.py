"""`make machines`: the shop on many hosts of this machine, while they are killed and cut off one at a time.

As root, on Linux. Exit code 1 if any promise was broken, 2 if the run could not be had.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import SubprocessError

import django

from benchmarks.shop import BenchFailed
from faults.machines import plan
from faults.machines.fleet import Fleet, rabbitmq
from faults.machines.network import Network, missing
from faults.parties.around import Around, around
from faults.shops import folder_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults.machines", description=__doc__)
    parser.add_argument("--short", action="store_true", help="six faults in place of thirteen")
    parser.add_argument("--only", default="", help="these faults, with commas, as in web.cut,database.kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=6, choices=range(1, 51), metavar="1-50")
    parser.add_argument("--keep", action="store_true", help="keep the run's folder with its logs")
    arguments = parser.parse_args()
    kinds = (
        tuple(arguments.only.split(",")) if arguments.only else plan.SHORT if arguments.short else plan.FULL
    )
    if unknown := set(kinds) - set(plan.FULL):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(plan.FULL)}")
    if lacking := missing():
        print(f"machines: {lacking}", file=sys.stderr)
        return 2
    # Asked to end, it clears away what it made, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_given: sys.exit(143))
    try:
        return run(kinds, arguments)
    except (BenchFailed, SubprocessError) as error:
        print(f"machines: {error}", file=sys.stderr)
        return 2


def run(kinds: tuple[str, ...], arguments: argparse.Namespace) -> int:
    with running_fleet(keep=arguments.keep) as (fleet, parties):
        django.setup()
        # Settings, and so models, are known only now that the shop runs.
        from faults import report
        from faults.machines import report as hosts
        from faults.run import Words, as_planned, drive

        words = Words(plan.seconds(kinds), ",".join(kinds), arguments.clients)
        doing = as_planned(plan.faults(kinds), fleet, fleet.suffer)
        result = drive(fleet, parties, words, doing, seed_=arguments.seed)
        tasks = "RabbitMQ" if fleet.broker else "Redis"
        print(f"{len(fleet.hosts)} hosts, tasks by {tasks}\n{report.table(result)}\n")
        print(f"{hosts.table(result, fleet.suffered)}\n{report.write(result, fleet.folder)}\n", flush=True)
    return 1 if result.findings else 0


@contextmanager
def running_fleet(*, keep: bool) -> Iterator[tuple[Fleet, Around]]:
    """Bring all hosts and what they reach up, and have this process join the shop; none of it is left afterwards."""
    with (
        folder_of("machines", keep=keep) as folder,
        Network() as network,
        around(network.gateway) as parties,
    ):
        fleet = Fleet(network, folder, rabbitmq(), parties.settings())
        try:
            fleet.start()
            yield fleet, parties
        finally:
            fleet.stop()


if __name__ == "__main__":
    sys.exit(main())
