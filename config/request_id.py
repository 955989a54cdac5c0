"""A name for every request: clients read it in `X-Request-ID` and in errors, and each of its log lines has it."""

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from outbox.naming import request_name
from staff.caller import address

log = logging.getLogger(__name__)
HEADER = "X-Request-ID"
# A client's own name is used when it can neither break a log line nor fill it.
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def current() -> str:
    """The request that is being answered here, or "-"."""
    return request_name.get()


def begin(given: str = "") -> str:
    """Name the request that begins here: what the client calls it, if that is sane, else a new name."""
    name = given if SANE.fullmatch(given) else uuid.uuid4().hex
    request_name.set(name)
    return name


class RequestIdMiddleware:
    """Names each request before anything else happens to it.

    The name stays until the thread's next request: Django logs an error's status after the last middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = begin(request.headers.get(HEADER, ""))
        response = self.get_response(request)
        response[HEADER] = name
        if response.status_code >= 400 and request.path.startswith("/api/"):
            # Without the query, which may hold what a person searched for.
            path = escape_uri_path(request.path)
            log.info("answered %s: %s %s", response.status_code, request.method, path)
        return response


def pass_on(headers: dict[str, object], **_message: object) -> None:
    """To a task that is sent: its lines in the log go by the name of the request that it came from."""
    headers.setdefault(HEADER, current())


def take_over(task: Any, **_run: object) -> None:
    """A task begins."""
    name = str(getattr(task.request, HEADER, None) or "")
    begin(name if name != "-" else "")


class RequestIdFilter(logging.Filter):
    """Gives each log record the `request_id` that the log's format shows, and the `address` that the request came from."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current()
        record.address = address.get() or "-"
        return True
