"""Requests by view and status, and how long each took: some microseconds of a request, where METRICS_PORT asks for them.

A view is its route's name, never its address: there are as many as there are routes, whatever is asked for.
"""

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse

from config.measures import numbers

# What no view has answered: a static file, a redirect to another language, an address that leads nowhere; and what was
# refused before it had a thread.
NO_VIEW, REFUSED = "(no view)", "(refused)"
# The counters of each, so that their labels are not put together for each request.
_counted: dict[tuple[str, int], Callable[[], None]] = {}
_timed: dict[str, Callable[[float], None]] = {}


class MeasureMiddleware:
    """Stands before all others, so that it sees what leaves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        view = view_of(request)
        note(view=view, status=response.status_code)
        time(view=view, seconds=perf_counter() - began)
        return response


def view_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else NO_VIEW


def note(*, view: str, status: int) -> None:
    """A request was answered."""
    count = _counted.get((view, status))
    if count is None:
        count = _counted[view, status] = numbers.requests.labels(view, status).inc
    count()


def time(*, view: str, seconds: float) -> None:
    """So long its answer took."""
    observe = _timed.get(view)
    if observe is None:
        observe = _timed[view] = numbers.request_seconds.labels(view).observe
    observe(seconds)
