"""One trace from a click to the message on the open page: web server, broker, worker, Redis, and a collector's stand-in."""

import gzip
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.db import connections
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from websockets.sync.client import connect

from tests.config.runtime.test_commands import Host
from tests.factories import Buyer, make_product
from tests.journeys.client import Client
from tests.waiting import SECONDS, wait_until

pytestmark = [pytest.mark.live, pytest.mark.flow]
CLICK = "0123456789abcdef0123456789abcdef"


class Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.got.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Nothing."""


@pytest.fixture
def collector():
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.got = []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def host(migrated, collector, tmp_path):
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "LOG_FORMAT": "json",
        # Only what a hint brings about is in time for the test.
        "PENDING_SWEEP_AFTER": "60",
    }
    host = Host(migrated | told, tmp_path / "host")
    host.ws_url = host.url.replace("http", "ws")
    yield host
    for process in host.running:
        process.terminate()
    for process in host.running:
        process.wait(SECONDS)


def spans_of(collector, trace: str) -> dict[str, list]:
    found: dict[str, list] = {}
    for body in list(collector.got):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    if span.trace_id.hex() == trace:
                        found.setdefault(span.name, []).append(span)
    return found


def test_a_click_is_one_trace_to_the_message_on_the_open_page(host, collector):
    host.start("worker")
    host.start("web")
    wait_until(host.is_ready, "the shop is ready")
    buyer, product = Buyer(), make_product(stock=3)
    client = Client(host, buyer.user)
    preview = client.preview({product.sku: 1}, buyer.address.pk)
    with connect(f"{host.ws_url}/ws/orders/", additional_headers={"X-Session-Token": client.token}) as socket:
        assert json.loads(socket.recv(timeout=SECONDS))["type"] == "ready"
        client.http.headers["X-Request-ID"] = CLICK
        assert client.place(preview).status_code == 201
        heard = [json.loads(socket.recv(timeout=SECONDS)) for _nth in range(2)]
    connections.close_all()
    names = {"POST api-order", "place the order", "orders.confirm", "tell open pages"}
    wait_until(lambda: names <= spans_of(collector, CLICK).keys(), "all of it is told")

    spans = spans_of(collector, CLICK)
    (click,), (placing,), (task, *_others) = (
        spans["POST api-order"],
        spans["place the order"],
        spans["orders.confirm"],
    )
    assert placing.parent_span_id == click.span_id
    assert task.parent_span_id in {click.span_id, placing.span_id}
    # Whatever the page is told of, it is told as part of what brought it about; of two hints at once the later counts.
    pages = {span.parent_span_id for span in spans["tell open pages"]}
    assert pages <= {click.span_id, placing.span_id, task.span_id}
    assert [event["type"] for event in heard] == ["order.placed", "order.pay_required"]

    whole = b"".join(collector.got)
    for private in (buyer.user.email, buyer.address.full_name, buyer.address.phone, client.token):
        assert private.encode() not in whole
    lines = [json.loads(line) for line in host.log.read_text().splitlines() if line.startswith("{")]
    of_worker = [line for line in lines if line.get("task") == "orders.confirm"]
    assert of_worker
    assert {(line["request_id"], line["trace_id"]) for line in of_worker} == {(CLICK, CLICK)}
