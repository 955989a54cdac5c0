"""`make faults`: drive a shop while its processes die, and hold what was promised against what is there.

Exit code 1 if any promise was broken, 2 if the rig could not do its work.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import SubprocessError

import django

from benchmarks.shop import BenchFailed
from faults.external import external
from faults.injection import plan
from faults.injection.servers import socket_of
from faults.injection.system import System
from faults.parties.around import Around, around
from faults.shops import running_system

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    if not 0 < arguments.seconds <= 600:
        parser.error("--seconds has to be between 0 and 600")
    if special := SPECIAL.get(arguments.only):
        return _guarded(special, arguments)
    try:
        plan.kinds("" if arguments.only == "points" else arguments.only)
        plan.kinds(arguments.kinds)
    except ValueError as error:
        parser.error(str(error))
    return _guarded(runs, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    say = parser.add_argument
    say("--seconds", type=float, default=60, help="with faults, 600 at most")
    seeds = "one, or several with commas, or 3-6: a run of one shop for each"
    say("--seed", type=numbers, default=[1], help=seeds)
    only = "targets or kinds of faults, with commas; or calm, points, providers, silence, recovery or fuzz"
    say("--only", default="", help=only)
    say("--orders", type=int, default=200, help="with restless providers: so many for each seed")
    say("--clients", type=int, default=6, choices=range(1, 101), metavar="1-100")
    say("--plain", type=int, default=0, help="how many of the customers order and nothing more comes of it")
    say("--pairs", action="store_true", help="two faults at one moment")
    say("--every", type=float, default=plan.EVERY, help="seconds between two faults, on average")
    say("--count", type=int, default=10_000, help="with fuzz: numbers, each of a request or some more")
    say("--at", type=numbers, default=[], help="with fuzz: these numbers alone")
    say("--waiting", type=int, default=1000, help="with recovery: orders that wait")
    say("--kinds", default="", help="with recovery: targets or kinds of faults, with commas")
    say("--keep", action="store_true", help="keep the shop's folder with its logs")
    say("--prepared", type=Path, help="a folder in which a shop is made once; each start is a copy of it")
    for name in ("postgres", "redis", "broker"):
        say(f"--{name}", default="", help="the address of one in place of the shop's own")
    return parser


def _guarded(act: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    try:
        return act(arguments)
    except (BenchFailed, SubprocessError) as error:
        print(f"faults: {error}", file=sys.stderr)
        return 2


def with_providers(arguments: argparse.Namespace) -> int:
    """Stripe and PayPal are not well, and processes die: see faults/providers/."""
    from faults.providers.chaos import settings, stand_ins

    with stand_ins() as providers, running_system(keep=arguments.keep, more=settings(providers)) as system:
        django.setup()
        from faults import report
        from faults.providers import run

        wrong = 0
        for seed in arguments.seed:
            result = run.run(system, providers, seed_=seed, orders=arguments.orders, count=arguments.clients)
            print(
                f"{report.table(result)}\n{run.table(result)}\n{report.write(result, system.folder)}\n",
                flush=True,
            )
            wrong += len(result.findings)
    return 1 if wrong else 0


@contextmanager
def _around(arguments: argparse.Namespace) -> Iterator[tuple[Around, System]]:
    """A running system with the parties around it, on servers of its own or on those that are named."""
    servers = {"postgres": arguments.postgres, "redis": arguments.redis, "broker": arguments.broker}
    # What was prepared has its tables in a database of its own.
    prepared = None if arguments.postgres else arguments.prepared
    with (
        around() as parties,
        external(**servers) as elsewhere,
        running_system(keep=arguments.keep, more=parties.settings() | elsewhere, prepared=prepared) as system,
    ):
        yield parties, system


def runs(arguments: argparse.Namespace) -> int:
    with _around(arguments) as (parties, system):
        django.setup()
        # Settings, and so models, are known only now that the shop runs.
        from faults import report
        from faults.run import Words, run

        wrong = 0
        words = Words(
            arguments.seconds,
            arguments.only,
            arguments.clients,
            arguments.plain,
            arguments.pairs,
            arguments.every,
        )
        for seed in arguments.seed:
            result = run(system, parties, words, seed_=seed)
            print(f"{report.table(result)}\n{report.write(result, system.folder)}\n", flush=True)
            wrong += len(result.findings)
    return 1 if wrong else 0


def silence(arguments: argparse.Namespace) -> int:
    """What the silence of one party costs those who don't need it; figures alone, and no verdict."""
    from faults.parties.silent import parties

    systems: list[System] = []
    with (
        parties(lambda: socket_of(systems[0].noted("REDIS_URL"))) as around,
        running_system(keep=arguments.keep, more=around.settings(), starting=systems.append) as system,
    ):
        django.setup()
        from faults import seed
        from faults.silence import Silence, table

        people = seed.customers(8, run=1)
        measuring = Silence(system, around, people, [one.sku for one in seed.plenty(run=1)])
        measuring.run(arguments.seconds)
        print(table(measuring.measured), flush=True)
    return 0


def recovery(arguments: argparse.Namespace) -> int:
    """How long a shop needs after each kind of fault; figures alone, and no verdict."""
    with _around(arguments) as (parties, system):
        django.setup()
        from faults.injection.acts import Injector
        from faults.recovery import Recovery, table

        injector = Injector(system, parties.mail, parties.receivers)
        measuring, measured = Recovery(injector, arguments.waiting), []
        for kind in plan.kinds(arguments.kinds):
            if kind not in injector.left_out():
                measured.append(measuring.of(kind))
                print(measured[-1], file=sys.stderr, flush=True)
        print(table(measured, arguments.waiting), flush=True)
    return 0


def fuzz(arguments: argparse.Namespace) -> int:
    """Odd requests and frames at every door: see faults/fuzz/."""
    from faults.fuzz.around import around as parties

    with (
        parties() as those,
        running_system(keep=arguments.keep, more=those.settings(), prepared=arguments.prepared) as system,
    ):
        django.setup()
        from faults.fuzz import report
        from faults.fuzz.run import run, write

        wrong = 0
        for seed in arguments.seed:
            result = run(system, those, seed_=seed, numbers=arguments.at or range(arguments.count))
            print(f"{report.table(result)}\n{write(result)}\n", flush=True)
            wrong += len(result.findings)
    return 1 if wrong else 0


# Runs that have their own word.
SPECIAL = {"fuzz": fuzz, "recovery": recovery, "providers": with_providers, "silence": silence}


def numbers(text: str) -> list[int]:
    """Whole numbers with commas, each once; 3-6 is 3,4,5,6."""
    parts = [word.partition("-") for word in text.split(",")]
    return list(
        dict.fromkeys(nth for first, _, last in parts for nth in range(int(first), int(last or first) + 1))
    )


if __name__ == "__main__":
    sys.exit(main())
