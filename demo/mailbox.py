"""The demo's mailbox: emails that Django's file backend wrote, read back for people."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cached_property
from pathlib import Path

from django.conf import settings

BETWEEN = b"\n" + b"-" * 79 + b"\n"
MAX_LISTED = 200


@dataclass(frozen=True)
class Email:
    """One email; `name` is its place in the folder and its address on the site.

    A list shows headers alone. What is below them is read when it is asked for: two hundred papers take a second.
    """

    name: str
    subject: str
    sender: str
    to: str
    date: datetime | None
    raw: bytes = field(repr=False)

    @cached_property
    def body(self) -> str:
        return self._part("plain")

    @cached_property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        message = message_from_bytes(self.raw, _class=EmailMessage, policy=policy.default)
        part = message.get_body((kind,))
        return str(part.get_content()) if part else ""


def newest() -> list[Email]:
    """The latest emails, the newest first."""
    files = sorted(_folder().glob("*.log"), key=lambda f: f.stat().st_mtime_ns)
    found: list[Email] = []
    for file in reversed(files):
        if len(found) >= MAX_LISTED:
            break
        found.extend(reversed(_emails_in(file)))
    return found


def find(name: str) -> Email | None:
    """The email of that name, or None."""
    match = re.fullmatch(r"([\w-]+)\.(\d+)", name, re.ASCII)
    if match is None:
        return None
    file = _folder() / f"{match[1]}.log"
    emails = _emails_in(file) if file.is_file() else []
    return next((email for email in emails if email.name == name), None)


def _folder() -> Path:
    return Path(getattr(settings, "EMAIL_FILE_PATH", None) or "/nonexistent")


def _emails_in(file: Path) -> list[Email]:
    parts = [part for part in file.read_bytes().split(BETWEEN) if part.strip()]
    return [_email(f"{file.stem}.{n}", part) for n, part in enumerate(parts, start=1)]


def _email(name: str, raw: bytes) -> Email:
    headers = BytesHeaderParser(EmailMessage, policy=policy.default).parsebytes(raw)
    return Email(
        name=name,
        subject=str(headers["subject"] or ""),
        sender=str(headers["from"] or ""),
        to=str(headers["to"] or ""),
        date=_sent(headers),
        raw=raw,
    )


def _sent(message: EmailMessage) -> datetime | None:
    """When it was sent. Django writes UTC as -0000, which is read as a time without a zone."""
    at = getattr(message["date"], "datetime", None)
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
