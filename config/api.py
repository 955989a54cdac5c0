"""What all API doors share: who is calling, and how a list is paged."""

import json
import math

from allauth.headless.contrib.rest_framework.authentication import (
    XSessionTokenAuthentication,
)
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ParseError, PermissionDenied, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from orders.errors import InvalidInput


class SessionToken(XSessionTokenAuthentication):
    """The `X-Session-Token` of /api/auth/. First in line, so that nobody signed in is a 401 and not a 403."""

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'X-Session-Token realm="api"'


class SessionCookie(SessionAuthentication):
    """The session of the pages, with CSRF protection."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(_("The CSRF token is missing or wrong.")) from error


class Json(JSONParser):
    """JSON within limits, in which everything has one meaning.

    Refused are NaN, infinite and huge numbers, a name twice in one object, more than 20 levels, lists of more than 100
    entries, and what is not UTF-8.
    """

    LEVELS = 20
    ENTRIES = 100

    def parse(self, stream, media_type=None, parser_context=None):
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
        if isinstance(read, dict | list):
            self.check(read)
        return read

    def check(self, read: dict | list) -> None:
        """Refuse what is too deep or too long. It keeps its own stack: depth is what it is afraid of."""
        waiting: list[tuple[dict | list, str, int]] = [(read, "", 1)]
        while waiting:
            value, path, level = waiting.pop()
            if level > self.LEVELS:
                raise too_deep()
            if isinstance(value, list) and len(value) > self.ENTRIES:
                message = _("A list may have %(most)d entries.") % {"most": self.ENTRIES}
                raise InvalidInput({path: [message]})
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [
                (entry, f"{path}.{name}".lstrip("."), level + 1)
                for name, entry in inner
                if isinstance(entry, dict | list)
            ]


def too_deep() -> ParseError:
    return ParseError(_("This is nested too deeply."))


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose names are each there once: of two, every reader would believe another."""
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(_("A name is given twice: %(name)s") % {"name": twice[:64]})
    return read


def no_number(text: str) -> object:
    raise ValueError(text)


def finite(text: str) -> float:
    """A fraction that fits: 1e999 would read as infinite."""
    if math.isinf(number := float(text)):
        raise ValueError(text)
    return number


class Cursor(CursorPagination):
    """Pages that stay put while rows are added: {"next", "previous", "results"}."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_ordering(self, request, queryset, view):
        """The view's own `ordering`, which ends in something unique."""
        return view.ordering

    def get_page_size(self, request: Request) -> int:
        """What was asked for, at most the limit. A page of nothing, or of no number, is refused."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and asked.strip("0")):
            raise ValidationError({self.page_size_query_param: [_("Give a whole number from 1 on.")]})
        return self.max_page_size if len(asked) > 6 else min(int(asked), self.max_page_size)

    def get_paginated_response_schema(self, schema: dict) -> dict:
        """A page for the schema."""
        address = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view):
        """The query's parameters for the schema."""
        cursor = {"type": "string", "description": "From `next` or `previous` of another page; opaque."}
        size = {"type": "integer", "minimum": 1, "default": self.page_size}
        about = f"Rows on a page; {self.max_page_size} come at most."
        return [
            {"name": self.cursor_query_param, "in": "query", "required": False, "schema": cursor},
            {
                "name": self.page_size_query_param,
                "in": "query",
                "required": False,
                "description": about,
                "schema": size,
            },
        ]
