"""A fresh Debian in a folder, and commands in it: in namespaces of their own, whose end nothing of them survives.

It is told of this machine's registries as this machine is: by its own files of apt and pip.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RELEASE = "bookworm"
SOURCES = Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d")
# Of this machine, where they are there: how apt, pip and TLS reach what they ask for.
LENT = (
    "/etc/apt",
    "/etc/pip.conf",
    "/etc/xdg/pip",
    "/etc/resolv.conf",
    "/etc/ssl/certs",
    "/usr/share/keyrings",
)
NAMES = re.compile(r"(PIP|SSL|REQUESTS|CURL|HTTPS?|NO|http|https|no)_\w+")
PROGRAMS = ("debootstrap", "unshare", "nsenter", "ip", "git")
# Debian asks this whether a service may be started with its package: what does not run under systemd starts none.
POLICY = "#!/bin/sh\nexit 101\n"
ENTER = """
set -e
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/dev/shm"
mount -t proc proc "$1/proc"
shift_root=$1
shift
for folder in "$@"; do
    mkdir -p "$shift_root$folder"
    mount --rbind "$folder" "$shift_root$folder"
done
exec chroot "$shift_root" /bin/sleep infinity
"""


class GuideFailed(Exception):
    """A step ended with an error, or could not be begun."""


def missing() -> str:
    """What this machine lacks; "" where there is all of it."""
    if os.geteuid() != 0:
        return "a root file system of its own needs root"
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    away = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    return f"not installed: {', '.join(away)} (Debian: debootstrap util-linux iproute2 git)" if away else ""


class Root:
    """`folder` is what its commands know as /. Their words go to `log`."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder, self.log = folder, log
        self.inside = 0

    def build(self) -> None:
        """Debian's least. What debootstrap mounts, it leaves mounted: in a namespace of its own."""
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE]
        self._call(["unshare", "--mount", *command, str(self.folder), _mirror()])
        for name in LENT:
            self._lend(Path(name))
        self.write("/usr/sbin/policy-rc.d", POLICY, 0o755)
        self.write("/etc/hosts", "127.0.0.1 localhost shop.example\n")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def path(self, path: str) -> Path:
        return self.folder / path.lstrip("/")

    def _lend(self, name: Path) -> None:
        if name.is_dir():
            shutil.rmtree(self.path(str(name)), ignore_errors=True)
            # What certificates link to lies elsewhere.
            shutil.copytree(name, self.path(str(name)), ignore_dangling_symlinks=True, ignore=_not_for_us)
        elif name.exists():
            self.write(str(name), name.read_text())

    @contextmanager
    def running(self, *, network: bool) -> Iterator[None]:
        """Inside, commands run there; with `network` in this machine's, else in one of their own, which has itself alone."""
        words = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        own = [] if network else ["--net"]
        enter = ["sh", "-c", ENTER, "enter", str(self.folder), *(_folders_of_pip() if network else [])]
        process = subprocess.Popen([*words, *own, *enter], stdin=subprocess.DEVNULL)
        try:
            self.inside = self._child_of(process)
            if not network:
                self._call(
                    ["nsenter", "--target", str(self.inside), "--net", "ip", "link", "set", "lo", "up"]
                )
            yield
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _child_of(self, process: subprocess.Popen[bytes]) -> int:
        """The first process in there, once it is."""
        deadline = time.monotonic() + 30
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while time.monotonic() < deadline and process.poll() is None:
            for child in children.read_text().split():
                if Path(f"/proc/{child}/root").resolve() == self.folder.resolve():
                    return int(child)
            time.sleep(0.05)
        raise GuideFailed("namespaces could not be had: is this a container without the right to them?")

    def run(self, commands: str, **more: str) -> str:
        """A block of commands, until one fails; what it said. Raises GuideFailed."""
        spaces = [
            "nsenter",
            f"--target={self.inside}",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--root",
            "--wd",
        ]
        with self.log.open("a") as log:
            log.write(f"\n$ {commands.strip()}\n")
            log.flush()
            done = subprocess.run(
                [*spaces, "/bin/bash", "-euo", "pipefail", "-c", commands],
                env=_environment() | more,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
            log.write(done.stdout)
        if done.returncode:
            raise GuideFailed(f"ended with {done.returncode}: {self.last_words()}")
        return done.stdout

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def _call(self, command: list[str]) -> None:
        with self.log.open("a") as log:
            done = subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise GuideFailed(f"{command[0]} ended with {done.returncode}: {self.last_words()}")


def forget(folder: Path) -> None:
    """Delete all of it, unless something is mounted there, which would be deleted too. Raises GuideFailed."""
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    if within := [place for place in mounted if Path(place).is_relative_to(folder)]:
        raise GuideFailed(f"{folder} is kept: {', '.join(within)} is mounted")
    shutil.rmtree(folder)


def _environment() -> dict[str, str]:
    lent = {name: value for name, value in os.environ.items() if NAMES.fullmatch(name)}
    own = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    return lent | own | {"LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def _mirror() -> str:
    """Where this machine's packages come from."""
    files = [path for path in SOURCES if path.is_file()]
    files += sorted(path for folder in SOURCES if folder.is_dir() for path in folder.iterdir())
    for file in files:
        for line in file.read_text().splitlines():
            if found := re.match(r"(?:URIs:|deb(?: \[.*\])?)\s+(\S+)", line):
                return found[1]
    raise GuideFailed("/etc/apt names no place that packages come from")


def _folders_of_pip() -> list[str]:
    """Of this machine, where pip looks besides its registry."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found = {path.rstrip("'\"") for path in re.findall(r"(?:file://|[ '=])(/[^ '\"]+)", said)}
    return sorted(path for path in found if Path(path).is_dir())


def _not_for_us(folder: str, names: list[str]) -> set[str]:
    """Hooks of this machine's other programs, and the means of apt to remember."""
    return {name for name in names if "packagekit" in name or "appstream" in name}
