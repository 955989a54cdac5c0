"""How the API's lists are paged."""

from typing import Any
from urllib.parse import urlsplit

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor as Place
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView


class Cursor(CursorPagination):
    """Pages that stay put while rows are added: {"next", "previous", "results"}.

    A cursor is sealed for its list and ordering: where it names a place that the list can't have, the database would fail.
    """

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        """The view's own `ordering`, which ends in something unique."""
        ordering: tuple[str, ...] = view.ordering  # type: ignore[attr-defined]  # every list says it
        return ordering

    def encode_cursor(self, cursor: Place) -> str:
        """The address of the page that begins at a place."""
        sealed = self._seal().sign_object([cursor.offset, cursor.reverse, cursor.position])
        address: str = replace_query_param(str(self.base_url), self.cursor_query_param, sealed)
        return address

    def decode_cursor(self, request: Request) -> Place | None:
        """The place that a cursor of this list names; none and an empty one are the beginning.

        Raises ValidationError for any other.
        """
        given = request.query_params.get(self.cursor_query_param)
        if not given:
            return None
        try:
            return Place(*self._seal().unsign_object(given))
        except (BadSignature, ValueError):
            raise ValidationError(
                {self.cursor_query_param: [_("This is not a cursor of this list in this ordering.")]}
            ) from None

    def _seal(self) -> Signer:
        return Signer(salt=f"{urlsplit(str(self.base_url)).path} {','.join(self.ordering)}")

    def get_page_size(self, request: Request) -> int:
        """The size that was asked for, at most the limit. Zero, and what is no number, is refused."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and asked.strip("0")):
            raise ValidationError({self.page_size_query_param: [_("Give a whole number from 1 on.")]})
        return self.max_page_size if len(asked) > 6 else min(int(asked), self.max_page_size)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page for the schema."""
        address = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
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
