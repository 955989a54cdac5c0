"""What all API doors share: who is calling, and how a list is paged."""

from allauth.headless.contrib.rest_framework.authentication import (
    XSessionTokenAuthentication,
)
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser


class SessionToken(XSessionTokenAuthentication):
    """The `X-Session-Token` of /api/auth/. First in line, so that nobody signed in is a 401 and not a 403."""

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'X-Session-Token realm="api"'


class SessionCookie(SessionAuthentication):
    """The session of the pages, with CSRF protection."""


class Json(JSONParser):
    """JSON that is nested too deeply to be read is as malformed as any other."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("JSON parse error - nested too deeply")) from error


class Cursor(CursorPagination):
    """Pages that stay put while rows are added: {"next", "previous", "results"}."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_ordering(self, request, queryset, view):
        """The view's own `ordering`, which ends in something unique."""
        return view.ordering
