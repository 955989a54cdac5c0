"""The processes a running shop consists of: their command lines, and how one is started, watched and ended."""

import ctypes
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.runtime.environment import PROJECT, write_privately
from config.runtime.watchdog import VARIABLE, Watchdog

# Packages that no process of a shop imports.
NOT_SERVED = {"benchmarks", "faults", "tests"}
PR_SET_PDEATHSIG = 1
MAX_PAUSE = 30.0
# A process that ran for so many seconds was healthy: its next failure counts as the first.
HEALTHY_AFTER = 30.0
libc = ctypes.CDLL(None) if sys.platform == "linux" else None


# --- command lines -----------------------------------------------------------------------------------------------
def web_command(listener: int, *, reload: bool = False) -> list[str]:
    """One web server process (pages, API and WebSockets) on a socket that is already listening."""
    command = [sys.executable, "-m", "config.runtime.web", "--fd", str(listener)]
    return [*command, "--reload", *_folders()] if reload else command


def _folders() -> list[str]:
    """Whatever a process of the shop is made of."""
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    return [*sorted(packages - NOT_SERVED), "templates"]


def prepare_command(*, demo: bool = True) -> list[str]:
    """Makes the shop ready before the other processes start: see config/runtime/prepare.py."""
    return [sys.executable, "-m", "config.runtime.prepare", *([] if demo else ["--no-demo"])]


def worker_command(*, reload: bool = False) -> list[str]:
    """One worker with its clock (config/runtime/worker.py)."""
    command = [sys.executable, "-m", "config.runtime.worker"]
    if not reload:
        return command
    return [sys.executable, "-m", "watchfiles", "--filter", "python", shlex.join(command), *_folders()]


# --- one process -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Account:
    """The system account a process runs as, when it is not ours."""

    name: str
    uid: int
    gid: int

    @property
    def options(self) -> dict[str, object]:
        """The same as arguments of subprocess."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def end_with_parent(how: int) -> Callable[[], None]:
    """Runs in the child before its program: asks the kernel to send this signal when the parent ends.

    So a `kill -9` of the parent takes everything down (Linux; elsewhere the next start cleans up).
    """
    parent = os.getpid()

    def ask() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, how)
            if os.getppid() != parent:
                os._exit(1)

    return ask


@dataclass
class Child:
    """One process of the shop, in a session of its own so that Ctrl-C on the terminal passes it by."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    # After `patience` seconds a process that has not stopped gets the last resort.
    patience: float = 10.0
    last_resort: signal.Signals = signal.SIGKILL
    # Seconds between two starts at most, of one that ends again and again.
    max_pause: float = MAX_PAUSE
    account: Account | None = None
    files: Sequence[int] = ()
    before_start: Callable[[], None] | None = None
    # Hears whether it makes progress, where it tells.
    watchdog: Watchdog | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    asked: bool = False
    failures: int = 0
    started_at: float = 0.0

    def start(self) -> None:
        if self.before_start:
            self.before_start()
        options = self.account.options if self.account else {}
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self.process = subprocess.Popen(  # type: ignore[call-overload]  # mypy can't see through **options
                self.command,
                cwd="/" if self.account else PROJECT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(self.stop_signal),  # noqa: PLW1509 the supervisor has one thread
                pass_fds=self.files,
                **options,
            )
        self.asked = False
        self.started_at = time.monotonic()
        if self.watchdog:
            self.watchdog.begin()

    def _environment(self) -> dict[str, str]:
        told = {VARIABLE: self.watchdog.address} if self.watchdog else {}
        return {**self.environment, **told}

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def run(self) -> int:
        """Start the process and wait for its exit code; it ends with us when we are interrupted."""
        self.start()
        try:
            return self.process.wait()  # type: ignore[union-attr]  # it was just started
        finally:
            self.stop()

    def ended_how(self) -> str:
        """How the process ended, in words."""
        code = self.process.poll() if self.process else None
        if code is None:
            return "runs"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def revive(self) -> bool:
        """Start the process again when it ended and its pause is over; true when it was started."""
        if self.alive or time.monotonic() < self.started_at + self.pause():
            return False
        self.failures = 1 if time.monotonic() - self.started_at > HEALTHY_AFTER else self.failures + 1
        self.start()
        return True

    def end_if_stuck(self) -> bool:
        """End a process that lives and makes no progress, at once: it may not hear anything else. True when it was."""
        if not (self.process and self.alive and self.watchdog and self.watchdog.is_silent()):
            return False
        self.process.kill()
        self.process.wait()
        return True

    def pause(self) -> float:
        """Seconds between two starts: doubled with each failure in a row."""
        return min(self.max_pause, 0.25 * 2.0**self.failures)

    def ask_to_stop(self) -> None:
        """Ask the process to end, once: a second request would cut its work short."""
        if self.process and self.alive and not self.asked:
            self.asked = True
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """End the process and wait for it."""
        self.ask_to_stop()
        for how, seconds in ((self.last_resort, self.patience), (signal.SIGKILL, 5.0), (signal.SIGKILL, 5.0)):
            if self.process is None or self.ended_within(seconds):
                return
            self.process.send_signal(how)

    def ended_within(self, seconds: float) -> bool:
        try:
            return self.process is None or self.process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False

    def last_words(self, lines: int = 5) -> str:
        """The end of the log."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.rstrip().splitlines()[-lines:])


# --- processes that a killed parent left behind --------------------------------------------------------------------
def birth(pid: int) -> str | None:
    """What tells a living process from a later one with the same number; None when it is gone."""
    if sys.platform == "linux":
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if state in "ZX" else f"{boot} {fields[18]}"
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def note_processes(folder: Path, children: Sequence[Child]) -> None:
    """Note the running processes, for `end_leftovers` at the next start."""
    notes = [
        {
            "name": child.name,
            "pid": child.pid,
            "birth": birth(child.pid),
            "signal": child.stop_signal,
            "last": child.last_resort,
        }
        for child in children
        if child.alive
    ]
    write_privately(folder / "processes.json", json.dumps(notes))


def end_leftovers(folder: Path) -> None:
    """End the processes of a shop whose parent was killed: those it noted, and only while they are the same ones."""
    note = folder / "processes.json"
    try:
        leftovers = json.loads(note.read_text())
    except (FileNotFoundError, ValueError):
        return
    for resort, seconds in (("signal", 15.0), ("last", 5.0)):
        left = [one for one in leftovers if is_same(one)]
        for one in left:
            _signal(one["pid"], one[resort])
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(map(is_same, left)):
            time.sleep(0.05)
    note.unlink()


def is_same(noted: dict[str, Any]) -> bool:
    """Whether the noted process still runs."""
    return noted["birth"] is not None and birth(noted["pid"]) == noted["birth"]


def _signal(pid: int, how: int) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass
