"""The pictures of a shop as one file, and back: from its folder or its bucket, by their names."""

import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def pack(file: Path) -> None:
    """Packed, not made smaller: pictures are already. Raises OSError."""
    with tarfile.open(file, "x") as archive:
        if not settings.STORAGE:
            if settings.MEDIA_ROOT.is_dir():
                archive.add(settings.MEDIA_ROOT, arcname=".")
            return
        for name in _in_bucket():
            try:
                with default_storage.open(name) as picture:
                    body = picture.read()
            except FileNotFoundError:  # deleted a moment ago
                continue
            about = tarfile.TarInfo(name)
            about.size, about.mtime = len(body), int(time.time())
            archive.addfile(about, BytesIO(body))


def unpack(file: Path) -> None:
    """Into an empty place. Raises OSError."""
    with tarfile.open(file) as archive:
        if not settings.STORAGE:
            settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
            archive.extractall(settings.MEDIA_ROOT, filter="data")
            return
        for about in archive:
            member = archive.extractfile(about)
            if member is not None:
                default_storage.save(about.name.removeprefix("./"), ContentFile(member.read()))


def where() -> str:
    """The place, for people."""
    storage = settings.STORAGE
    return f"s3://{storage['bucket_name']}/{storage['location']}" if storage else str(settings.MEDIA_ROOT)


def is_empty() -> bool:
    """Whether no picture is there."""
    if settings.STORAGE:
        return next(_in_bucket(), None) is None
    media = Path(settings.MEDIA_ROOT)
    return not (media.is_dir() and any(path.is_file() for path in media.rglob("*")))


def _in_bucket() -> Iterator[str]:
    names: Iterator[str] = default_storage.names()  # type: ignore[attr-defined]  # of config/web/bucket.py
    return names
