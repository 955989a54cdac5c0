"""Traces: what they are called, what goes on with them, that they name nobody, and are nothing when off."""

import json
import logging
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.test import Client

from config import request_id, tracing
from config.logs import AboutFilter, Json
from orders.events import hints
from outbox import tracing as spans
from outbox.clock import Cause, Round
from tests.factories import make_product
from tests.starts import settings_of

CLICK = "0123456789abcdef0123456789abcdef"


class Exported:
    """What goes to the collector, in the process's own memory."""

    def __init__(self):
        self.spans = []

    def export(self, batch):
        self.spans += batch

    def shutdown(self):
        """Nothing."""

    def force_flush(self, *_given):
        return True

    def named(self, name):
        (one,) = [span for span in self.all() if span.name == name]
        return one

    def all(self):
        spans._provider.force_flush()
        return self.spans


@pytest.fixture
def exported():
    exported = Exported()
    tracing.begin(exported)
    yield exported
    tracing.end()


def trace(span) -> str:
    return f"{span.context.trace_id:032x}"


def is_within(span, parent) -> bool:
    return span.parent is not None and span.parent.span_id == parent.context.span_id


@pytest.fixture
def traced_site(settings):
    at = settings.MIDDLEWARE.index("config.logs.OrderOfRequestMiddleware")
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:at],
        "config.tracing.TraceMiddleware",
        *settings.MIDDLEWARE[at:],
    ]


# --- the parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_request_is_a_span_called_by_its_address_that_names_nobody(exported, traced_site):
    answer = Client().get("/api/orders/?search=hoa@example.com", headers={"X-Request-ID": CLICK})
    span = exported.named("GET api-orders")
    assert trace(span) == CLICK == answer["X-Request-ID"]
    assert span.attributes == {"http.request.method": "GET", "http.response.status_code": 401}
    assert "hoa" not in span.to_json()


def test_a_name_of_a_clients_own_is_the_same_trace_each_time():
    assert spans.trace_of(CLICK) == CLICK
    assert spans.trace_of("mine") == spans.trace_of("mine") != spans.trace_of("yours")
    assert len(spans.trace_of("0" * 32)) == 32 and spans.trace_of("0" * 32) != "0" * 32


def test_an_error_is_told_by_its_class_alone(exported):
    request_id.begin(CLICK)
    with pytest.raises(ValueError, match="hoa@"), spans.span("work"):
        raise ValueError("hoa@example.com")
    span = exported.named("work")
    assert (span.status.description, span.events) == ("ValueError", ())


def test_lines_of_the_log_have_the_trace(exported):
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json())
    handler.addFilter(AboutFilter())
    log = logging.getLogger("orders.of_traces")
    log.addHandler(handler)
    try:
        request_id.begin(CLICK)
        with spans.span("work"):
            log.warning("inside")
        log.warning("outside")
    finally:
        log.removeHandler(handler)
    inside, outside = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert inside["trace_id"] == CLICK
    assert "trace_id" not in outside


def test_a_round_goes_on_with_what_woke_it_and_one_by_its_own_time_is_part_of_nothing(exported):
    acted = []
    here = Round("a round", lambda: acted.append(spans.origin()), every=1)
    request_id.begin(CLICK)
    with spans.span("click"):
        here.asked.wake_one(Cause(trace=spans.origin()))
    here._robustly()
    here._robustly()
    assert acted[0].split("-")[1] == CLICK and acted[1] == ""
    assert is_within(exported.named("a round"), exported.named("click"))


def test_what_was_hinted_at_and_never_told_is_forgotten():
    told = spans.Hinted()
    for number in range(3 * spans.MAX_HINTED):
        told.note({"order": str(number), "trace": "t"})
    assert 0 < len(told.by) <= spans.MAX_HINTED
    told = spans.Hinted()
    told.note({"order": "1", "customer": 1})
    assert told.by == {}


# --- the whole way -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_placing_goes_with_its_task_and_its_hint(exported, traced_site, buyer, monkeypatch):
    """What leaves the process: the header of the task, and the word in the hint."""
    sent, published = [], []
    monkeypatch.setattr(hints, "client_of", lambda *_given: Redis(published))
    monkeypatch.setattr(hints.current_app, "send_task", lambda *_given, **_named: sent.append(spans.origin()))
    request_id.begin(CLICK)
    with spans.span("click"):
        buyer.place((make_product(stock=3), 1))
    hints._over_redis._drain()
    hints._to_workers._drain()
    placing, click = exported.named("place the order"), exported.named("click")
    assert is_within(placing, click) and trace(placing) == CLICK
    assert {origin.split("-")[1] for origin in sent} == {CLICK}
    (hint,) = [hint for hint in published if "order" in hint]
    assert hint["trace"].split("-")[1] == CLICK
    (asked,) = [hint for hint in published if hint.get("round") == "orders.confirm"]
    assert (asked["trace"].split("-")[1], asked["request"]) == (CLICK, CLICK)


class Redis:
    def __init__(self, published):
        self.published = published

    def publish(self, channel, text):
        self.published.append(json.loads(text))


# --- off ---------------------------------------------------------------------------------------------------------------


def started(program: str, **given: str) -> str:
    """What a process says in which OpenTelemetry is not installed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | given
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    hide = "import sys; sys.modules |= {'opentelemetry': None, 'opentelemetry.sdk': None}; import django; django.setup();"
    command = [sys.executable, "-W", "ignore", "-c", hide + program]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def test_without_its_setting_it_need_not_be_installed_and_nothing_of_it_is_there():
    """No middleware and no signal is there, and a span is one and the same thing that does nothing."""
    said = started(
        "import config.asgi, config.celery; from outbox import tracing; from django.conf import settings;"
        "print([name for name in [*settings.MIDDLEWARE, *sys.modules] if name.startswith('config.tracing')],"
        " tracing.span('a') is tracing.span('b', parent='c') is tracing.NOTHING, repr(tracing.origin()))"
    )
    assert said.strip() == "[] True ''"


def test_with_its_setting_and_without_its_packages_it_is_said_what_to_do():
    said = started("", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert "pip install -r requirements-traces.txt" in said.splitlines()[-1]


def test_its_setting_puts_it_where_the_request_has_its_name():
    said = settings_of("MIDDLEWARE", "TRACES", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert said.index("RequestIdMiddleware") < said.index("TraceMiddleware") < said.index("PublicAddress")
    assert said.endswith("True]")
