"""`make run`: starts everything a shop needs on this machine, and takes it all down again."""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.runtime.embedded import Postgres
from config.runtime.environment import Refused, make_data_dir, only_one, running_shop
from config.runtime.processes import end_leftovers
from config.runtime.supervisor import Signals, StopAsked, Supervisor, say

# Seconds that a second start waits while the shop in the same folder is stopping, or has not noted yet that it runs.
BUSY_SECONDS = 30.0
PASSWORD = "orderly-demo"  # noqa: S105 the demo's, printed for everyone


def listen(host: str, port: str) -> socket.socket:
    """The listening socket; who comes before the shop is loaded waits."""
    listener = bind(host, port)
    listener.listen(1024)
    return listener


def bind(host: str, port: str) -> socket.socket:
    """The socket, taken before anything is started, so that a busy port costs nothing."""
    if not port.isdigit() or int(port) > 65535:
        raise Refused(
            f"PORT={port} is no port: choose a number from 1024 to 65535, as in `PORT=8001 make run`."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(
            f"Cannot listen on {host}, PORT={port} ({reason}): try another, as in `PORT=8001 make run`."
        ) from error
    return listener


@contextmanager
def the_only_shop(folder: Path, signals: Signals) -> Iterator[None]:
    """Hold DATA_DIR for ourselves. A shop that is stopping is waited for; a running one is refused at once."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with only_one(folder) as free:
            if free:
                (folder / "running.json").unlink(missing_ok=True)
                yield
                return
        signals.pause(1.0)
        shop = running_shop()
        if shop or time.monotonic() > deadline:
            where = f" on port {shop['environment']['PORT']} (process {shop['pid']})" if shop else ""
            raise Refused(
                f"A shop already runs from {folder}{where}: stop it first, or set DATA_DIR to another folder."
            )


def greet(shop: Supervisor) -> None:
    lines = ["", f"  The shop is open:  {shop.environment.get('PUBLIC_URL') or shop.address}/", ""]
    if shop.environment["DEMO"] not in ("0", "", "false", "False", "off"):
        lines += [
            f"  customer           customer@example.com  password {PASSWORD}",
            f"  staff (/admin/)    staff@example.com     password {PASSWORD}",
            "",
        ]
    lines += [f"  data               {shop.folder}", f"  logs               {shop.logs}"]
    for server in shop.servers:
        if isinstance(server, Postgres) and shop.folder not in server.cluster.parents:
            lines += [f"  database           {server.cluster}, where the account that runs it can reach it"]
    say("\n".join([*lines, "  Ctrl-C stops it.", ""]))


def serve(arguments: argparse.Namespace, signals: Signals) -> None:
    folder = make_data_dir()
    with the_only_shop(folder, signals):
        end_leftovers(folder)
        listener = listen(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
        say("Starting the shop; the first time takes a while longer.")
        shop = Supervisor(folder, listener, signals, debug=arguments.dev, reload=arguments.dev)
        try:
            shop.start()
            greet(shop)
            shop.keep()
        finally:
            shop.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="config.runtime.serve", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="DEBUG=1, and start again when the code changes")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started us ends"
    )
    arguments = parser.parse_args()
    try:
        serve(arguments, Signals(with_parent=arguments.with_parent))
    except StopAsked:
        say("The shop is closed.")
        return 0
    except Refused as refusal:
        say(f"orderly: {refusal}", sys.stderr)
        return 1
    except (OSError, subprocess.SubprocessError) as error:
        say(f"orderly: the shop cannot run: {error}", sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
