"""What a backup says about itself: the moment it is of, its files with their hashes, and what it takes to use it."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

FORMAT = 1
DATABASE, MEDIA, HEADS, SECRETS, MANIFEST = (
    "database.dump",
    "media.tar",
    "heads.txt",
    "secrets.env",
    "manifest.json",
)
# What a restored shop needs and a backup does not hold, unless it was asked to.
SECRET_SETTINGS = (
    "SECRET_KEY",
    "SECRET_KEY_NEXT",
    "SECRET_KEY_FALLBACKS",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_CLIENT_ID",
    "PAYPAL_SECRET",
    "PAYPAL_WEBHOOK_ID",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)


class NotWhole(Exception):
    """The folder is no backup, or not what it was; the message says what is wrong."""


@dataclass(frozen=True)
class File:
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    as_of: str
    postgresql: int
    # The newest migration of each app, and how many orders there are: for people who look for the right backup.
    migrations: dict[str, str]
    orders: int
    # Names of settings that the shop had and that are kept elsewhere.
    secrets_apart: list[str]
    files: dict[str, File]
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.as_of)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files.values())

    def write(self, folder: Path) -> None:
        write(folder / MANIFEST, json.dumps(asdict(self), indent=2) + "\n")


def write(path: Path, text: str) -> None:
    """A file that its owner alone reads, on the disk when this returns."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def described(path: Path) -> File:
    """What a manifest says of the file as it is now."""
    with path.open("rb") as file:
        return File(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def read(folder: Path) -> Manifest:
    """Raises NotWhole."""
    try:
        said = json.loads((folder / MANIFEST).read_text())
        said["files"] = {name: File(**about) for name, about in said["files"].items()}
        manifest = Manifest(**said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotWhole(f"{folder} is no backup: {error!r}") from error
    if manifest.format != FORMAT:
        raise NotWhole(f"{folder} was made by another version: its format is {manifest.format}")
    return manifest


def checked(folder: Path) -> Manifest:
    """Each file is what it was when it was written. Raises NotWhole."""
    manifest = read(folder)
    if wrong := list(_wrong(folder, manifest)):
        raise NotWhole("; ".join(wrong))
    return manifest


def _wrong(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, about in manifest.files.items():
        if Path(name).name != name or not (folder / name).is_file():
            yield f"{name} is missing"
        elif described(folder / name) != about:
            yield f"{name} is not what was written"
