"""The demo's mailbox: emails that Django's file backend wrote, read back for people."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

BETWEEN = b"\n" + b"-" * 79 + b"\n"
MAX_LISTED = 200


@dataclass(frozen=True)
class Email:
    """One email; `name` is its place in the folder and its address on the site."""

    name: str
    subject: str
    sender: str
    to: str
    date: datetime | None
    body: str
    html: str


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
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    body, html = message.get_body(("plain",)), message.get_body(("html",))
    return Email(
        name=name,
        subject=str(message["subject"] or ""),
        sender=str(message["from"] or ""),
        to=str(message["to"] or ""),
        date=_sent(message),
        body=body.get_content() if body else "",
        html=html.get_content() if html else "",
    )


def _sent(message: EmailMessage) -> datetime | None:
    """When it was sent. Django writes UTC as -0000, which is read as a time without a zone."""
    at = getattr(message["date"], "datetime", None)
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
