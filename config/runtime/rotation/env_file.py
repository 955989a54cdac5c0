"""The file that units take their settings from, as `bin/orderly rotate` changes it; secrets in files stay in files."""

import os
import re
import secrets
import shlex
import stat
from pathlib import Path

from config.runtime.environment import Refused, write_privately

# What systemd and a shell read alike, without quotes.
PLAIN = re.compile(r"[\w.,:/@%+=-]*", re.ASCII)


class EnvFile:
    """Raises Refused where it can't be read, or not be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = _read(path).splitlines()

    def get(self, name: str) -> str:
        """The setting's value, out of its own file where NAME_FILE names one; "" where it is not set."""
        value = self._get(name)
        file = self._get(f"{name}_FILE")
        return _read(Path(file)).strip() if file and not value else value

    def _get(self, name: str) -> str:
        found = [line.partition("=")[2] for line in self.lines if line.startswith(f"{name}=")]
        return "".join(shlex.split(found[-1])) if found else ""

    def all(self) -> dict[str, str]:
        """Every setting as it stands there, as a process that takes it for its environment has it."""
        names = [line.partition("=")[0] for line in self.lines if re.match(r"\w+=", line)]
        return {name: self._get(name) for name in names}

    def set(self, name: str, value: str, *, like: str = "") -> None:
        """Give the setting a value, for good; "" takes it out. One that is new stands in a file where `like` does."""
        file, other = self._get(f"{name}_FILE"), self._get(f"{like}_FILE") if like else ""
        if other and value and not file and not self._get(like):
            file = f"{other}-{name.removeprefix(like).strip('_').lower()}"
            _write(Path(file), f"{value}\n", like=Path(other))
            self._set(f"{name}_FILE", file)
        elif file and not self._get(name):
            _write(Path(file), f"{value}\n", like=Path(file))
        else:
            self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        if not PLAIN.fullmatch(value):
            if "'" in value or not value.isprintable():
                raise Refused(f"{name} has letters that can't be quoted: change {self.path} by hand.")
            value = f"'{value}'"
        at = [number for number, line in enumerate(self.lines) if line.startswith(f"{name}=")]
        for number in reversed(at):
            del self.lines[number]
        if value:
            self.lines.insert(at[0] if at else len(self.lines), f"{name}={value}")
        _write(self.path, "\n".join([*self.lines, ""]), like=self.path)


def new_secret() -> str:
    """As long and as random as Django wants a SECRET_KEY, in letters that need no quotes."""
    return secrets.token_urlsafe(50)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} can't be read ({error}): name the file of settings with --file.") from error


def _write(path: Path, text: str, *, like: Path) -> None:
    """Whole or not at all; who may read the other file may read this one, and nobody else."""
    try:
        about = like.stat()
        write_privately(path.resolve(), text)
        os.chown(path, about.st_uid, about.st_gid)
        path.chmod(stat.S_IMODE(about.st_mode))
    except OSError as error:
        raise Refused(f"{path} can't be written: {error}") from error
