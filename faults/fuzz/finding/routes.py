"""The doors of the shop as its resolvers have them: every address of pages, desk and API, and every WebSocket's."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from config.web.health import LIVE, READY
from orders.live.routing import websocket_urlpatterns

# A place in a route: `<uuid:order_id>`, or a named group of a regular expression.
PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
KINDS = ("api", "pages", "desk", "auth", "callbacks", "files", "sockets")
# By the beginning of an address; the first that fits.
BEGINNINGS = (
    ("/api/auth/", "auth"),
    ("/accounts/", "auth"),
    ("/api/", "api"),
    ("/admin/", "desk"),
    ("/payments/webhooks/", "callbacks"),
    ("/emails/webhook/", "callbacks"),
    ("/static/", "files"),
    ("/media/", "files"),
    ("/metrics", "files"),
    ("/healthz/", "files"),
    ("/favicon.ico", "files"),
    ("/ws/", "sockets"),
)
# Doors that no resolver has: middleware and the server in front of it answer there.
BESIDES = ("/healthz/live", "/healthz/ready", "/static/<path:path>", "/static/shop/favicon.svg")
# Patterns that have no door of their own, and why.
WITHOUT = {
    "api/": "what is left below it: every address there that is none of the others",
    "admin/(?P<url>.*)$": "the same at the desk, whose addresses without a slash it completes",
}


class Door(NamedTuple):
    kind: str
    # Whole, with its places: `/orders/<uuid:order_id>/`.
    route: str
    # As Django calls it, and as `resolve` calls its route.
    name: str = ""
    django: str = ""

    @property
    def places(self) -> list[str]:
        return [name for _converter, name in PLACE.findall(self.route)]


def kind_of(path: str) -> str:
    return next((kind for beginning, kind in BEGINNINGS if path.startswith(beginning)), "pages")


def doors() -> list[Door]:
    """All of them, by their routes."""
    assert {LIVE, READY} <= {*BESIDES}
    found = {door.route: door for django, name in patterns() for door in _doors(django, name)}
    found |= {route: Door(kind_of(route), route) for route in (*BESIDES, *sockets())}
    return [found[route] for route in sorted(found)]


def _doors(django: str, name: str) -> Iterator[Door]:
    """Of one pattern; of a page that has an address in each language, each of them."""
    if django in WITHOUT:
        return
    route = "/" + plain(django)
    yield Door(kind_of(route), route, name, django)


def plain(django: str) -> str:
    """A route without the signs of regular expressions."""
    return GROUP.sub(r"<\1>", django).replace("^", "").replace("$", "")


def patterns() -> Iterator[tuple[str, str]]:
    """Route and name of each pattern."""
    yield from _below(get_resolver(), "")


def _below(resolver: Any, before: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        for words in _words(pattern):
            if isinstance(pattern, URLResolver):
                yield from _below(pattern, before + words)
            else:
                yield before + words, pattern.name or ""


def _words(pattern: Any) -> list[str]:
    """What a pattern adds to a route: a prefix that depends on the language in each of them."""
    if isinstance(pattern.pattern, LocalePrefixPattern):
        first = settings.LANGUAGE_CODE
        return ["" if code == first else f"{code}/" for code, _name in settings.LANGUAGES]
    return [str(pattern.pattern)]


def sockets() -> list[str]:
    """All addresses of WebSockets but what is left."""
    return [f"/{pattern.pattern}" for pattern in websocket_urlpatterns if str(pattern.pattern)]
