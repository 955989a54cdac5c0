"""Layers of middleware that are there for browsers: a program's request with a key goes past them.

It brings no cookie, so it has no session, nobody whom a session signs in, and no messages; who asks is found by the API
itself (config/api/authentication.py). All that is promised of every answer stays with the other layers: names, headers,
limits, languages, and what is said when a server is away.
"""

from typing import Any

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.http import HttpRequest

from accounts import middleware as accounts
from config.web import middleware as web

# Below these are the API's own doors, which know nothing but its own ways to sign in. Its documents are pages, and
# those to sign in by make sessions.
DOORS = tuple(
    f"/api/{name}/"
    for name in ("orders", "events", "products", "categories", "addresses", "invoices", "webhooks")
)
KEY = "Bearer ord_"


def is_of_a_program(request: HttpRequest) -> bool:
    """Whether it is for a door of the API, by a key and by nothing else."""
    head = request.META
    has_key = head.get("HTTP_AUTHORIZATION", "").startswith(KEY)
    is_plain = has_key and not head.get("HTTP_COOKIE") and "HTTP_X_SESSION_TOKEN" not in head
    return is_plain and request.path.startswith(DOORS)


class OfBrowsers:
    """Before the layer in the order of its bases."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        run = self.get_response if is_of_a_program(request) else super().__call__  # type: ignore[misc]  # of the layer
        return run(request)


class SessionMiddleware(OfBrowsers, web.SessionMiddleware):
    pass


class AuthenticationMiddleware(OfBrowsers, auth.AuthenticationMiddleware):
    pass


class LastSeenMiddleware(OfBrowsers, accounts.LastSeenMiddleware):
    pass


class MessageMiddleware(OfBrowsers, messages.MessageMiddleware):
    pass
