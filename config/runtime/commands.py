"""`bin/orderly`: each process of a shop by itself, in the foreground, for whatever runs processes on a machine.

A signal to it is one to the process: SIGTERM ends it cleanly. `make run` starts the same processes by the same commands.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

from config.runtime.environment import Refused, go_direct, read_files
from config.runtime.processes import prepare_command, web_command, worker_command
from config.runtime.serve import bind
from config.runtime.supervisor import say

# The word of `backup` that is ours.
DRILL = "--drill"


def web() -> NoReturn:
    """One web server (pages, API, WebSockets) on HOST and PORT; several may share a port behind a proxy."""
    # Until the shop is loaded, who asks is refused at once, and a proxy goes to the next server.
    listener = bind(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
    listener.set_inheritable(True)
    become(web_command(listener.fileno()))


def worker() -> NoReturn:
    """One worker with its clock: it confirms, sends, sweeps."""
    become(worker_command())


def migrate() -> NoReturn:
    """Make the shop ready to serve, and end: tables, translations, static files; many may do so at once."""
    become(prepare_command(demo=False))


def build() -> NoReturn:
    """Compile translations, and end: once, where the code lies and can be written."""
    become([sys.executable, "-m", "config.runtime.prepare", "--translations"])


def check() -> NoReturn:
    """Look at the settings as they are here, and end."""
    manage("check", "--deploy", "--database", "default")


def audit() -> NoReturn:
    """Prove the books, and end."""
    manage("audit", *sys.argv[2:])


def backup() -> NoReturn:
    """Copy the shop into a folder below the one that is named, while it serves; --drill restores it for a try."""
    words = [word for word in sys.argv[2:] if word != DRILL]
    if len(words) == len(sys.argv[2:]):
        manage("backup", *words)
    go_direct()
    failed = subprocess.call([sys.executable, "manage.py", "backup", *words])
    if failed:
        sys.exit(failed)
    become([sys.executable, "-m", "config.runtime.drill", *words])


def restore() -> NoReturn:
    """Fill an empty place from a backup; the shop is quiet there, and the books are proved."""
    manage("restore", *sys.argv[2:])


def recovered() -> NoReturn:
    """Go on with a database that was put back to an earlier moment: quiet, no number twice; the books are proved."""
    manage("recovered", *sys.argv[2:])


def upgrade() -> NoReturn:
    """As root, on a machine with systemd: this code takes over, one process after the other, while the shop serves."""
    become([sys.executable, "-m", "config.runtime.upgrade"])


def rotate() -> NoReturn:
    """Another key: `rotate secret-key`, `rotate backup-key FILE`; the one before holds for a while."""
    words = {
        "secret-key": [sys.executable, "-m", "config.runtime.rotation.rotate"],
        "backup-key": [sys.executable, "manage.py", "backup_key"],
    }
    command = words.get(sys.argv[2] if len(sys.argv) > 2 else "")
    if command is None:
        raise Refused(f"rotate what? One of {', '.join(words)}; docs/keys.md has the others.")
    become([*command, *sys.argv[3:]])


def release() -> NoReturn:
    """Let a restored shop send what is due."""
    manage("release", *sys.argv[2:])


COMMANDS: dict[str, Callable[[], NoReturn]] = {
    command.__name__: command
    for command in (
        *(build, migrate, web, worker, check, audit, upgrade),
        *(backup, restore, recovered, release, rotate),
    )
}


def manage(*words: str) -> NoReturn:
    """A command of manage.py, with a connection of its own."""
    go_direct()
    become([sys.executable, "manage.py", *words])


def become(command: list[str]) -> NoReturn:
    """Go on as that process: same number, same standard streams, nothing between it and its signals."""
    os.execv(command[0], command)  # noqa: S606 our own command lines


def main() -> int:
    command = COMMANDS.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if command is None:
        lines = [f"  bin/orderly {name:<9} {command.__doc__}" for name, command in COMMANDS.items()]
        say("\n".join(lines), sys.stderr)
        return 2
    try:
        read_files()
        command()
    except Refused as refusal:
        say(f"orderly: {refusal}", sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
