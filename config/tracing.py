"""Where traces begin and go on: at a request, and at a task. Loaded where OTEL_EXPORTER_OTLP_ENDPOINT names a collector."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse

from config import request_id
from outbox import tracing

HEADER = "traceparent"
Running = tuple[AbstractContextManager[Any], Any]
_running = threading.local()


class TraceMiddleware:
    """A span for each request, called by the address's name: what stands in the address itself may open something."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tracing.span(str(request.method), http_request_method=str(request.method)) as span:
            response = self.get_response(request)
            match = request.resolver_match
            name = (match and match.view_name) or "no such page"
            span.update_name(f"{request.method} {name}")
            span.set_attribute("http.response.status_code", response.status_code)
            if match and "order_id" in match.kwargs:
                span.set_attribute("order", str(match.kwargs["order_id"]))
            return response


def pass_on(headers: dict[str, object], **_message: object) -> None:
    """To a task that is sent. One that takes the work of many goes on with the trace of the first."""
    if origin := tracing.origin():
        headers.setdefault(HEADER, origin)


def begin_task(task: Any, **_run: object) -> None:
    """It goes on with what it was sent by."""
    parent = str(getattr(task.request, HEADER, None) or "")
    running = tracing.span(task.name, parent=parent, task_id=str(task.request.id))
    _running.task = running, running.__enter__()


def end_task(state: str | None = None, **_run: object) -> None:
    """In the thread that it began in."""
    task: Running | None = getattr(_running, "task", None)
    _running.task = None
    if task is not None:
        running, span = task
        span.set_attribute("state", state or "")
        running.__exit__(None, None, None)


def begin(exporter: Any = None) -> None:
    """From now on, in this process."""
    tracing.begin(request_id.current, exporter)
    before_task_publish.connect(pass_on)
    task_prerun.connect(begin_task)
    task_postrun.connect(end_task)


def end() -> None:
    """No more of them."""
    before_task_publish.disconnect(pass_on)
    task_prerun.disconnect(begin_task)
    task_postrun.disconnect(end_task)
    tracing.end()
