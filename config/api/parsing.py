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
# What something is in, and its name or its place there; nothing for what is in nothing.
Trail = tuple[Any, ...]
# Letters of a name that a refusal repeats.
MAX_LETTERS = 64


class Json(JSONParser):
    """JSON within limits, in which everything has one meaning.

    Refused are NaN, infinite and huge numbers, a name twice in one object, more than 20 levels, lists and objects of more
    than 100 entries, and what is not UTF-8.
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
        """Refuse what is too deep or too long. It keeps a stack of its own: recursion would fail on deep input.

        Where it is in there is written out for a refusal alone: a long name would be copied for all that is below it.
        """
        waiting: list[tuple[Nested, Trail, int]] = [(read, (), 1)] if isinstance(read, dict | list) else []
        while waiting:
            value, trail, level = waiting.pop()
            if level > self.LEVELS:
                raise too_deep()
            if len(value) > self.ENTRIES:
                raise InvalidInput({".".join(names_of(trail)): [self._too_long(value)]})
            inner: Iterable[tuple[object, object]] = (
                value.items() if isinstance(value, dict) else enumerate(value)
            )
            waiting += [
                (entry, (trail, name), level + 1) for name, entry in inner if isinstance(entry, dict | list)
            ]

    def _too_long(self, value: Nested) -> str:
        if isinstance(value, list):
            return _("A list may have %(most)d entries.") % {"most": self.ENTRIES}
        return _("An object may have %(most)d members.") % {"most": self.ENTRIES}


class PlainJson(Json):
    """The same for code that is not ours: an object, whose text is all that forms and the database take."""

    def check(self, read: object) -> None:
        super().check(read)
        if not isinstance(read, dict) or any(not is_plain(text) for text in texts_in(read)):
            raise unreadable()


def names_of(trail: Trail) -> list[str]:
    """The names along a trail, from the outermost on, each by its beginning."""
    names: list[str] = []
    while trail:
        trail, name = trail
        names.append(str(name)[:MAX_LETTERS])
    return names[::-1]


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
    read: dict[str, object] = {}
    for name, value in pairs:
        if name in read:
            raise ParseError(_("A name is given twice: %(name)s") % {"name": name[:MAX_LETTERS]})
        read[name] = value
    return read


def no_number(text: str) -> object:
    raise ValueError(text)


def finite(text: str) -> float:
    """A fraction within the range of a float: 1e999 would be read as infinite."""
    if math.isinf(number := float(text)):
        raise ValueError(text)
    return number
