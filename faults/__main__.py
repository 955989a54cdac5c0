"""`make faults`: drive a shop while its processes die, and hold what was promised against what is there.

Exit code 1 if any promise was broken, 2 if the rig could not do its work.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import SubprocessError

import django

from benchmarks.shop import BenchFailed
from faults.injection import plan
from faults.injection.servers import socket_of
from faults.injection.system import System

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="with faults, 600 at most")
    parser.add_argument(
        "--seed", type=numbers, default=[1], help="one, or several with commas: a run for each"
    )
    parser.add_argument(
        "--only", default="", help="targets or kinds of faults, with commas; or providers, or silence"
    )
    parser.add_argument(
        "--orders", type=int, default=200, help="with restless providers: so many for each seed"
    )
    parser.add_argument("--clients", type=int, default=6, choices=range(1, 101), metavar="1-100")
    parser.add_argument("--keep", action="store_true", help="keep the shop's folder with its logs")
    arguments = parser.parse_args()
    if not 0 < arguments.seconds <= 600:
        parser.error("--seconds has to be between 0 and 600")
    if special := SPECIAL.get(arguments.only):
        return _guarded(special, arguments)
    try:
        plan.kinds(arguments.only)
    except ValueError as error:
        parser.error(str(error))
    return _guarded(runs, arguments)


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
            print(f"{report.table(result)}\n{run.table(result)}\n{report.write(result)}\n", flush=True)
            wrong += len(result.findings)
    return 1 if wrong else 0


def runs(arguments: argparse.Namespace) -> int:
    with running_system(keep=arguments.keep) as system:
        django.setup()
        # Settings, and so models, are known only now that the shop runs.
        from faults import report
        from faults.run import run

        wrong = 0
        words = {"seconds": arguments.seconds, "only": arguments.only, "count": arguments.clients}
        for seed in arguments.seed:
            result = run(system, seed_=seed, **words)
            print(f"{report.table(result)}\n{report.write(result)}\n", flush=True)
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


# Runs that have their own word.
SPECIAL = {"providers": with_providers, "silence": silence}


def numbers(text: str) -> list[int]:
    """Whole numbers with commas, each once."""
    return list(dict.fromkeys(int(word) for word in text.split(",")))


@contextmanager
def running_system(
    *,
    keep: bool,
    more: Mapping[str, str] | None = None,
    starting: Callable[[System], object] = lambda _: None,
) -> Iterator[System]:
    """Start the system and have this process join it; afterwards none of it runs, nor is left unless it is kept.

    `starting` is told which it is, before it runs.
    """
    folder = Path(tempfile.mkdtemp(prefix="orderly-faults-", dir="/tmp"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    system = System(folder, more)
    starting(system)
    try:
        system.start()
        yield system
    finally:
        system.stop()
        if keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
