"""Traces, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector: from a click through its tasks and hints to the open page.

Without it nothing of OpenTelemetry need be installed, and what stands here does nothing. A trace is called as the request
is, so the log has it too. Of a person no span has anything: names of our own, ids of orders, statuses, and of an error its
class.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

WHOLE = re.compile(r"(?!0{32})[0-9a-f]{32}", re.ASCII)
NOTHING: AbstractContextManager[Any] = nullcontext()
# Orders of which hints were heard and nothing was read yet.
MAX_HINTED = 1000
P = ParamSpec("P")
T = TypeVar("T")
# Of OpenTelemetry, once it has begun.
_tracer: Any = None
_provider: Any = None


def begin(request: Callable[[], str], exporter: Any = None) -> None:
    """From now on, in this process. `request` says which one is worked on; its traces are called so."""
    global _tracer, _provider  # noqa: PLW0603 one per process is the point
    from opentelemetry.sdk import trace  # noqa: PLC0415 only who has a collector needs it
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 likewise

    _provider = trace.TracerProvider(id_generator=_ids(request))
    _provider.add_span_processor(BatchSpanProcessor(exporter or _to_collector()))
    _tracer = _provider.get_tracer("orderly")


def end() -> None:
    """What is there is sent, and nothing more comes."""
    global _tracer, _provider  # noqa: PLW0603 see above
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


def _to_collector() -> Any:
    """The address, and whatever else the standard's variables say, it reads by itself."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 see above
        OTLPSpanExporter,
    )

    return OTLPSpanExporter()


def _ids(request: Callable[[], str]) -> Any:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415 see above

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return int(trace_of(request()), 16)

    return Ids()


def trace_of(request: str) -> str:
    """What the request's trace is called: its own name, unless that is a client's, in another form."""
    return request if WHOLE.fullmatch(request) else hashlib.sha256(request.encode()).hexdigest()[:32]


def is_on() -> bool:
    """Whether there is a collector."""
    return _tracer is not None


def span(name: str, *, parent: str = "", **about: str | int) -> AbstractContextManager[Any]:
    """A piece of work, as part of what goes on here, or of what `parent` says (`origin` of there)."""
    return NOTHING if _tracer is None else _span(name, parent, about)


@contextmanager
def _span(name: str, parent: str, about: dict[str, str | int]) -> Iterator[Any]:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 see above

    with _tracer.start_as_current_span(
        name,
        context=_context(parent),
        attributes={key.replace("_", "."): value for key, value in about.items()},
        # An error's words may be about a person.
        record_exception=False,
        set_status_on_exception=False,
    ) as found:
        try:
            yield found
        except BaseException as error:
            found.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _context(parent: str) -> Any:
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 see above
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None


def origin() -> str:
    """What goes with a task or a hint, so that what it brings about belongs to this; "" without traces."""
    if _tracer is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 see above
        TraceContextTextMapPropagator,
    )

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def current() -> str:
    """The trace that this is part of, as the log calls it; "-" without one."""
    return origin().split("-")[1] if origin() else "-"


def traced(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Makes a function a span of that name."""

    def around(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def act(*args: P.args, **kwargs: P.kwargs) -> T:
            if _tracer is None:
                return function(*args, **kwargs)
            with span(name):
                return function(*args, **kwargs)

        return act

    return around


class Hinted:
    """Which traces the latest hints about orders came from, until what they are about is told."""

    def __init__(self) -> None:
        self.by: dict[str, str] = {}

    def note(self, hint: dict[str, Any]) -> None:
        """Of a hint with a trace. What was hinted at and never told is forgotten sometime."""
        if origin := hint.get("trace"):
            if len(self.by) >= MAX_HINTED:
                self.by.clear()
            self.by[hint["order"]] = origin

    def span(self, order_id: UUID) -> AbstractContextManager[Any]:
        """To tell open pages of it."""
        origin = self.by.pop(order_id.hex, "")
        return span("tell open pages", parent=origin, order=str(order_id)) if origin else NOTHING
