"""The demo's mailbox: mails that Django's file backend wrote, read back for people."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

BETWEEN = b"\n" + b"-" * 79 + b"\n"
SHOWN = 200


@dataclass(frozen=True)
class Mail:
    """One mail; `name` is its place in the folder and its address on the site."""

    name: str
    subject: str
    sender: str
    to: str
    date: datetime | None
    body: str
    html: str


def newest() -> list[Mail]:
    """The latest mails, the newest first."""
    files = sorted(_folder().glob("*.log"), key=lambda f: f.stat().st_mtime_ns)
    found: list[Mail] = []
    for file in reversed(files):
        if len(found) >= SHOWN:
            break
        found.extend(reversed(_mails_in(file)))
    return found


def find(name: str) -> Mail | None:
    """The mail of that name, or None."""
    match = re.fullmatch(r"([\w-]+)\.(\d+)", name, re.ASCII)
    if match is None:
        return None
    file = _folder() / f"{match[1]}.log"
    mails = _mails_in(file) if file.is_file() else []
    return next((mail for mail in mails if mail.name == name), None)


def _folder() -> Path:
    return Path(getattr(settings, "EMAIL_FILE_PATH", None) or "/nonexistent")


def _mails_in(file: Path) -> list[Mail]:
    parts = [part for part in file.read_bytes().split(BETWEEN) if part.strip()]
    return [_mail(f"{file.stem}.{n}", part) for n, part in enumerate(parts, start=1)]


def _mail(name: str, raw: bytes) -> Mail:
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    body, html = message.get_body(("plain",)), message.get_body(("html",))
    return Mail(
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
