"""An email as it is handed over."""

from binascii import b2a_base64
from email.generator import BytesGenerator
from email.message import Message as Part
from email.mime.base import MIMEBase
from email.policy import Compat32, compat32
from functools import lru_cache, partial
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.mail import EmailMultiAlternatives

# Letters of base64 in one line (RFC 2045).
LINE = 76
# Headers that say the same in most emails.
USUAL = frozenset({"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "From", "MIME-Version"})


class Message(EmailMultiAlternatives):
    """Django's. What parts it is no line of it by chance: Python's own search for such a line costs more than its parts.

    Files are encoded in one go, and lines written in one: Python does each line by itself, of some 400 that a paper has.
    """

    # What a mail service takes along beside it.
    metadata: dict[str, str]

    def message(self, **options: Any) -> Any:
        made: Any = super().message(**options)
        for part in made.walk():
            if part.is_multipart():
                part.set_boundary(f"={uuid4().hex}=")
        made.as_bytes = partial(_written, made)
        return made

    def _create_mime_attachment(self, content: Any, mimetype: str) -> Any:
        is_text = mimetype.startswith(("text/", "message/"))
        if is_text or not isinstance(content, bytes):
            return super()._create_mime_attachment(content, mimetype)  # type: ignore[misc]  # Django's types lack it
        part = MIMEBase(*mimetype.split("/", 1))
        letters = b2a_base64(content, newline=False).decode("ascii")
        part.set_payload("\n".join([letters[at : at + LINE] for at in range(0, len(letters), LINE)]) + "\n")
        part["Content-Transfer-Encoding"] = "base64"
        return part


class Together(BytesGenerator):
    """Python's, which writes a text with its lines as they end there."""

    def _write_lines(self, lines: str) -> None:
        ended = lines.replace("\r\n", "\n").replace("\r", "\n").replace("\n", self._NL)  # type: ignore[attr-defined]  # its types lack it
        self.write(ended)


class Usual(Compat32):
    """Python's usual way to write headers. Those that all emails have are written once, and are the same bytes each time."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in USUAL and isinstance(value, str):
            return _usual(name, value, self.linesep)
        return super().fold_binary(name, value)


AS_EVER = Usual()


@lru_cache(100)
def _usual(name: str, value: str, end: str) -> bytes:
    return compat32.clone(linesep=end).fold_binary(name, value)


def _written(made: Part, unixfrom: bool = False, linesep: str = "\n") -> bytes:  # noqa: FBT001, FBT002 as Django has it
    file = BytesIO()
    Together(file, mangle_from_=False, policy=AS_EVER).flatten(made, unixfrom=unixfrom, linesep=linesep)
    return file.getvalue()
