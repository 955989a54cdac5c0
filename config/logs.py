"""Lines of the log for programs: one JSON object each, with the request, the task and the order that it is about.

A name goes with a task through the broker (config/request_id.py), so that one search shows a click and all that came of it.
Bodies, names, addresses of people and keys are in no line; the address of a request's sender is, as in the lines for people.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from django.http import HttpRequest

from orders.events.task_names import Task
from outbox import tracing

ABOUT = ("request_id", "trace_id", "task", "task_id", "order", "address")
_about: ContextVar[dict[str, str]] = ContextVar("what the lines are about")


class Json(logging.Formatter):
    """Times in UTC; an exception with its traceback as one text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: found for name in ABOUT if (found := getattr(record, name, "-")) not in ("-", "")}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Handler(logging.StreamHandler[TextIO]):
    """A line for which there is no room is gone: Python would write a traceback about it, where there is no room either."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 as its base has it
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


class SuspiciousFilter(logging.Filter):
    """What no page sends, and is answered with 400, is a warning in one line: else anybody could log errors."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security.") and record.levelno == logging.ERROR:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


class AboutFilter(logging.Filter):
    """Gives each record the task and the order that are worked on."""

    def filter(self, record: logging.LogRecord) -> bool:
        vars(record).update(_about.get({}))
        if tracing.is_on():
            record.trace_id = tracing.current()
        return True


def forget() -> None:
    """Something else begins."""
    _about.set({})


def about(**known: object) -> None:
    """The lines to come, until something else begins, are about this."""
    _about.set({name: str(value) for name, value in known.items() if value})


def known() -> dict[str, str]:
    """What the lines are about as of now."""
    return _about.get({})


def note_task(task: Any, args: Any = (), **_run: object) -> None:
    """A task begins; where it is about one order, that is known from its arguments."""
    of_order = task.name == Task.CONFIRM and len(args) == 1
    about(task=task.name, task_id=task.request.id, order=args[0] if of_order else "")


class OrderOfRequestMiddleware:
    """A request's lines name the order in its address."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        forget()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> None:
        about(order=kwargs.get("order_id"))
