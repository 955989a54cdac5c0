"""Encrypts a backup to a public key, so that where it is kept nobody can read it, and opens it again.

The format is age's (age-encryption.org/v1): `age --decrypt` opens each file as well.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyrage
from django.conf import settings
from django.utils import timezone

from backups.manifest import HEADS, MANIFEST, Manifest, write

SUFFIX = ".age"


class Sealed(Exception):
    """The backup is encrypted, and no identity that was given opens it; or a key is none."""


def recipients(keys: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """The public keys (`age1…`) that a backup is encrypted to. Raises Sealed."""
    try:
        return [pyrage.x25519.Recipient.from_str(key) for key in keys]
    except pyrage.RecipientError as error:
        raise Sealed(f"A public key of age begins with age1: {error}") from error


def add_identity(file: Path) -> str:
    """A new private key before those in the file, which open what they did; its public key. Raises OSError, Sealed."""
    older = file.read_text() if file.exists() else ""
    if older:
        _identities(file)
    new = pyrage.x25519.Identity.generate()
    made = f"# made {timezone.now():%Y-%m-%d}, public key: {new.to_public()}\n{new}\n"
    _put(file, made + older)
    return str(new.to_public())


def keep_newest(file: Path, folders: Iterable[Path]) -> None:
    """Take the older private keys out of the file, if each backup can be opened without. Raises OSError, Sealed."""
    newest = _identities(file)[:1]
    for folder in folders:
        _try(folder, newest)
    _put(file, f"# public key: {newest[0].to_public()}\n{newest[0]}\n")


def _put(file: Path, text: str) -> None:
    """In place of what is there, for its owner alone."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    write(new, text)
    if file.exists():
        os.chown(new, file.stat().st_uid, file.stat().st_gid)
    new.replace(file)


def _try(folder: Path, keys: Sequence[pyrage.x25519.Identity]) -> None:
    sealed = folder / f"{HEADS}{SUFFIX}"
    if not sealed.exists():
        return
    with tempfile.TemporaryDirectory() as name:
        try:
            _open(sealed, Path(name) / HEADS, keys)
        except Sealed as error:
            raise Sealed(
                f"{folder.name} is opened by an older key alone: keep it as long as that."
            ) from error


def seal(file: Path, keys: Sequence[pyrage.x25519.Recipient]) -> None:
    """Put the file's encrypted form in its place."""
    pyrage.encrypt_file(str(file), str(file.with_name(file.name + SUFFIX)), keys)
    file.unlink()


@contextmanager
def opened(folder: Path, about: Manifest, identity: Path | None) -> Iterator[Path]:
    """The folder, or a copy of it that can be read and is gone afterwards. Raises Sealed, OSError."""
    if not any(name.endswith(SUFFIX) for name in about.files):
        yield folder
        return
    keys = _identities(identity)
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.DATA_DIR) as name:
        plain = Path(name)
        for sealed in about.files:
            _open(folder / sealed, plain / sealed.removesuffix(SUFFIX), keys)
        (plain / MANIFEST).write_bytes((folder / MANIFEST).read_bytes())
        yield plain


def _identities(file: Path | None) -> list[pyrage.x25519.Identity]:
    """The private keys in a file as age-keygen writes it."""
    if file is None:
        raise Sealed("The backup is encrypted: name the file of its private key with --identity.")
    lines = [line.strip() for line in file.read_text().splitlines()]
    try:
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise Sealed(f"{file} holds no private key of age: {error}") from error


def _open(sealed: Path, plain: Path, keys: Sequence[pyrage.x25519.Identity]) -> None:
    try:
        pyrage.decrypt_file(str(sealed), str(plain), keys)
    except pyrage.DecryptError as error:
        raise Sealed(f"{sealed.name} can't be opened with this private key: {error}") from error
