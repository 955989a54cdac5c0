"""Where settings come from: the process environment, completed by the shop that runs from the same DATA_DIR."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


class Refused(Exception):
    """Something the person who started us can put right; the message is one line that says what to do."""


# Settings whose value may stand in a file, which NAME_FILE names: what systemd and container engines keep secrets in.
IN_FILES = (
    "SECRET_KEY",
    "SECRET_KEY_NEXT",
    "SECRET_KEY_FALLBACKS",
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "DATABASE_REPLICA_URL",
    "REDIS_URL",
    "CACHE_URL",
    "PREVIEWS_URL",
    "HINTS_URL",
    "CELERY_BROKER_URL",
    "EMAIL_WEBHOOK_SECRET",
    "EMAIL_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_CLIENT_ID",
    "PAYPAL_SECRET",
    "PAYPAL_WEBHOOK_ID",
)


def read_files() -> None:
    """Take over what stands in files; a value that is set itself comes first. Raises Refused."""
    for name in IN_FILES:
        path = os.environ.get(f"{name}_FILE", "")
        if not path or os.environ.get(name):
            continue
        try:
            os.environ[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{name}_FILE={path} cannot be read: {error}") from error


def go_direct() -> None:
    """From now on to PostgreSQL itself, past a pool that DATABASE_URL may name."""
    if direct := os.environ.get("DATABASE_DIRECT_URL"):
        os.environ["DATABASE_URL"] = direct


def data_dir() -> Path:
    """The folder that everything written at run time lies under."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / ".data").resolve()


def make_data_dir() -> Path:
    """DATA_DIR, made when it is missing. When we are root, other accounts may enter it: the database runs as one."""
    folder = data_dir()
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise Refused(f"{folder} cannot be written by this account: set DATA_DIR to a folder that it owns.")
    return folder


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner reads; a reader sees the old text or the new one, never a part."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


@contextmanager
def only_one(folder: Path, *, shared: bool = False) -> Iterator[bool]:
    """Hold the lock of the one shop that runs from this folder; yields whether it could be had.

    The kernel releases it when the process that holds it ends, however that happens.
    """
    with os.fdopen(os.open(folder / "lock", os.O_RDONLY | os.O_CREAT, 0o600)) as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def write_note(folder: Path, environment: dict[str, str]) -> None:
    """Note that the shop runs, for `join_running_shop` in other processes."""
    write_privately(folder / "running.json", json.dumps({"pid": os.getpid(), "environment": environment}))


def running_shop() -> dict[str, Any] | None:
    """What the shop that runs from DATA_DIR noted about itself. A note whose writer was killed is not believed."""
    folder = data_dir()
    try:
        note = json.loads((folder / "running.json").read_text())
        with only_one(folder, shared=True) as is_free:
            return None if is_free else note
    except (FileNotFoundError, PermissionError, ValueError):
        return None


def join_running_shop() -> None:
    """Take over each variable that the running shop noted in DATA_DIR and that this process doesn't set itself."""
    shop = running_shop()
    for name, value in (shop or {"environment": {}})["environment"].items():
        os.environ.setdefault(name, value)
