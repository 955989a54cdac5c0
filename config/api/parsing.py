"""What the API reads: JSON within limits, in which everything has one meaning."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from orders.errors import InvalidInput

Nested = dict[str, object] | list[object]


class Json(JSONParser):
    """JSON within limits, in which everything has one meaning.

    Refused are NaN, infinite and huge numbers, a name twice in one object, more than 20 levels, lists of more than 100
    entries, and what is not UTF-8.
    """

    LEVELS = 20
    ENTRIES = 100

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            read = json.loads(
                body.decode(), object_pairs_hook=once, parse_constant=no_number, parse_float=finite
            )
        except RecursionError as error:
            raise too_deep() from error
        except ValueError as error:
            raise ParseError(_("This is not JSON, or not in UTF-8.")) from error
        self.check(read)
        return read

    def check(self, read: object) -> None:
        """Refuse what is too deep or too long. It keeps a stack of its own: recursion would fail on deep input."""
        waiting: list[tuple[Nested, str, int]] = [(read, "", 1)] if isinstance(read, dict | list) else []
        while waiting:
            value, path, level = waiting.pop()
            if level > self.LEVELS:
                raise too_deep()
            if isinstance(value, list) and len(value) > self.ENTRIES:
                message = _("A list may have %(most)d entries.") % {"most": self.ENTRIES}
                raise InvalidInput({path: [message]})
            inner: Iterable[tuple[object, object]] = (
                value.items() if isinstance(value, dict) else enumerate(value)
            )
            waiting += [
                (entry, f"{path}.{name}".lstrip("."), level + 1)
                for name, entry in inner
                if isinstance(entry, dict | list)
            ]


class PlainJson(Json):
    """The same for code that is not ours: an object, whose text is all that forms and the database take."""

    def check(self, read: object) -> None:
        super().check(read)
        if not isinstance(read, dict) or any(not is_plain(text) for text in texts_in(read)):
            raise unreadable()


def texts_in(read: object) -> Iterator[str]:
    """All strings, names included. It is not deep any more."""
    if isinstance(read, str):
        yield read
    elif isinstance(read, dict):
        for name, value in read.items():
            yield name
            yield from texts_in(value)
    elif isinstance(read, list):
        for value in read:
            yield from texts_in(value)


def is_plain(text: str) -> bool:
    """Whether it can be stored: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def unreadable() -> ParseError:
    return ParseError(_("This can't be read."))


def too_deep() -> ParseError:
    return ParseError(_("This is nested too deeply."))


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose names are each there once: readers of JSON differ in which of two values they take."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(_("A name is given twice: %(name)s") % {"name": twice[:64]})
    return read


def no_number(text: str) -> object:
    raise ValueError(text)


def finite(text: str) -> float:
    """A fraction within the range of a float: 1e999 would be read as infinite."""
    if math.isinf(number := float(text)):
        raise ValueError(text)
    return number
