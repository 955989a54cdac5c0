"""An email as it is handed over, written by ourselves: Python's own parts and generators cost ten times as much."""

from base64 import b64encode
from collections.abc import Iterable
from email.utils import formatdate
from quopri import encodestring
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import RFC5322_EMAIL_LINE_LENGTH_LIMIT, forbid_multi_line_headers

# Letters of a line of base64, and what a file's name may have to stand between quotes.
BASE64_LINE = 76
BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._- ")


class Message(EmailMultiAlternatives):
    """Django's, for its backends to send. Its headers are written as Django writes them, which lets no line break in."""

    def message(self, **_options: Any) -> "Written":  # type: ignore[override]  # all that backends ask of it
        return Written(_headers(self), _body(self))


class Written:
    """A whole email, as mail backends ask for it."""

    def __init__(self, headers: list[tuple[str, str]], body: bytes) -> None:
        self.headers = headers
        self.body = body

    def __getitem__(self, name: str) -> str | None:
        return dict(self.headers).get(name)

    def get_charset(self) -> None:
        """Each part says its own."""

    def as_bytes(self, linesep: str = "\n") -> bytes:
        head = "".join(f"{name}: {value}\n" for name, value in self.headers)
        made = head.encode("ascii") + self.body
        return made if linesep == "\n" else made.replace(b"\n", linesep.encode())


def _headers(message: Message) -> list[tuple[str, str]]:
    given = {
        "Subject": message.subject,
        "From": message.from_email,
        "To": ", ".join(message.to),
        "Date": formatdate(localtime=settings.EMAIL_USE_LOCALTIME),
        **message.extra_headers,
    }
    safe = [forbid_multi_line_headers(name, value, settings.DEFAULT_CHARSET) for name, value in given.items()]
    return [*safe, ("MIME-Version", "1.0")]


def _body(message: Message) -> bytes:
    """The headers of the outermost part, and all that is in it."""
    says = [_text(str(message.body), "plain"), *(_text(str(one[0]), "html") for one in message.alternatives)]
    said = _together("alternative", says) if len(says) > 1 else says[0]
    files = [_file(*attachment) for attachment in message.attachments]
    return _together("mixed", [said, *files]) if files else said


def _text(text: str, kind: str) -> bytes:
    """In its own letters, as filters of spam like it, unless a line is too long for mail servers."""
    letters = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    fits = max(map(len, letters.split(b"\n"))) <= RFC5322_EMAIL_LINE_LENGTH_LIMIT
    way = "8bit" if fits else "quoted-printable"
    head = f'Content-Type: text/{kind}; charset="utf-8"\nContent-Transfer-Encoding: {way}\n\n'
    return head.encode() + (letters if fits else encodestring(letters))


def _file(name: str, content: bytes, kind: str) -> bytes:
    # What has other letters is named as RFC 2231 has it.
    shown = f'filename="{name}"' if BARE.issuperset(name) else f"filename*=utf-8''{quote(name, safe='')}"
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; {shown}\n\n"
    coded = b64encode(content)
    lines = (coded[at : at + BASE64_LINE] for at in range(0, len(coded), BASE64_LINE))
    return head.encode() + b"\n".join(lines) + b"\n"


def _together(kind: str, parts: Iterable[bytes]) -> bytes:
    """What parts them is no line of them by chance."""
    boundary = f"={uuid4().hex}="
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'
    between = f"\n--{boundary}\n".encode()
    return head.encode() + between[1:] + between.join(parts) + f"\n--{boundary}--\n".encode()
