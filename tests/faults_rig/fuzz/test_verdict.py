"""What is wrong is found, and what is right is not."""

import json
import socket
import struct
import threading

import pytest

from faults.fuzz import memory, verdict
from faults.fuzz.run import GROWTH, Result, weigh
from faults.fuzz.sending import frames, wire
from faults.fuzz.sending.requests import Request

PROBLEM = {"type": "/api/problems/x/", "title": "X", "status": 404, "code": "x"}


def request(target: str = "/api/orders/", method: str = "GET", framing: str = "") -> Request:
    return Request("customer", "api", target, method, target, framing=framing)


def answer(
    status: int, body: object = "", *, kind: str = "", seconds: float = 0.1, more: str = ""
) -> wire.Answer:
    content = body if isinstance(body, str) else json.dumps(body)
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}{more}".encode()
    return wire.Answer(status, head, content.encode(), seconds)


def columns(asked: Request, answered: wire.Answer) -> list[str]:
    return [column for column, _what in verdict.of_answer(asked, answered)]


@pytest.mark.parametrize(
    ("asked", "answered", "found"),
    [
        (request(), answer(500, PROBLEM | {"status": 500}, kind=verdict.PROBLEM), ["5xx"]),
        (request("/"), answer(502), ["5xx"]),
        (request("/"), answer(503), ["5xx"]),
        (request("/"), answer(503, more="\r\nRetry-After: 5"), []),
        (request("/"), answer(200, seconds=16), ["slow"]),
        (request("/"), answer(0), ["unanswered"]),
        (request("/", framing="cut"), answer(0), []),
        (request("/", framing="cut"), answer(500), ["5xx"]),
        (
            request("/"),
            answer(404, "<pre>Traceback (most recent call last)</pre>", kind="text/html"),
            ["insides"],
        ),
        (request(), answer(404, PROBLEM, kind=verdict.PROBLEM), []),
        (request(), answer(404, "<h1>not found</h1>", kind="text/html"), ["malformed"]),
        (request(), answer(404, PROBLEM | {"code": ""}, kind=verdict.PROBLEM), ["malformed"]),
        (request(), answer(404, PROBLEM | {"status": 400}, kind=verdict.PROBLEM), ["malformed"]),
        (request(), answer(404, "{", kind=verdict.PROBLEM), ["malformed"]),
        (request(method="HEAD"), answer(404), []),
        (request(), answer(400, "Invalid HTTP request received.", kind="text/plain"), []),
        (request("/x"), answer(200, "[NaN]", kind="application/json"), ["malformed"]),
        (request("/api/auth/app/v1/auth/login"), answer(401, {"status": 401}, kind="application/json"), []),
        (
            request("/api/auth/app/v1/auth/login"),
            answer(401, {"status": 200}, kind="application/json"),
            ["malformed"],
        ),
    ],
)
def test_an_answer_is_judged(asked, answered, found):
    assert columns(asked, answered) == found


def test_a_socket_is_judged():
    fine = answer(101)
    assert list(verdict.of_socket(frames.Heard(fine, [b'{"type": "ready"}'], 4401))) == []
    assert [column for column, _ in verdict.of_socket(frames.Heard(fine, [b"{"], 1011))] == [
        "5xx",
        "malformed",
    ]
    assert [column for column, _ in verdict.of_socket(frames.Heard(answer(500), [], 0))] == ["5xx"]


LOG = """2026-12-01 01:17:35,621 WARNING [fuzz-1-4 127.0.0.1] django.security.csrf: Forbidden
2026-12-01 01:17:35,621 ERROR [fuzz-1-396 127.0.0.1] django.request: Internal Server Error: /emails/webhook/
Traceback (most recent call last):
  File "x.py", line 1, in y
    z()
ValueError: no
2026-12-01 01:17:36,000 INFO [- -] orders: fine
Traceback (most recent call last):
  File "x.py", line 1, in y
KeyError: 'a'
"""


def test_errors_of_a_log_are_found_with_the_number_of_their_request(tmp_path):
    (tmp_path / "web-1.log").write_text(LOG)
    (tmp_path / "postgres.log").write_text(LOG)
    logs = verdict.Logs(tmp_path)
    assert logs.errors() == [
        ("logged", "web-1.log: django.request: Internal Server Error: /emails/webhook/ ValueError: no", 396),
        ("logged", "web-1.log: Traceback KeyError: 'a'", -1),
    ]
    assert logs.errors() == []
    with (tmp_path / "web-1.log").open("a") as log:
        log.write("2026-12-01 01:18:00,000 CRITICAL [fuzz-1-7 -] worker: gone\n")
    assert logs.errors() == [("logged", "web-1.log: worker: gone", 7)]


def test_a_process_that_grew_or_ended_is_found():
    result = Result(1, 1)
    held = memory.Held
    before = {"web 1": held(100, 100), "web 2": held(100, 100), "worker 3": held(100, 100)}
    weigh(result, before, {"web 1": held(100 + GROWTH, 300), "web 2": held(101 + GROWTH, 300)})
    assert [(wrong.column, wrong.what[:8]) for wrong in result.findings] == [
        ("memory", "web 2: 1"),
        ("ended", "worker 3"),
    ]
    assert memory.of_process(1 << 30) == (0, 0)


def test_an_answer_is_read_as_it_came():
    read = wire.read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        1.0,
    )
    assert (read.status, read.text) == (200, "abc")
    assert wire.read(b"rubbish", 1.0).status == 0 == wire.read(b"", 1.0).status


def test_frames_of_the_shop_are_read_and_its_goodbye():
    told = bytes([0x81, 2]) + b"{}" + bytes([0x89, 0]) + bytes([0x81, 126, 0, 200]) + b"x" * 200
    messages, code = frames.read(told + bytes([0x88, 2]) + struct.pack(">H", 4401))
    assert (messages, code) == ([b"{}", b"x" * 200], 4401)


def test_a_server_that_hangs_up_gives_no_answer():
    def hang_up() -> None:
        listening.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=hang_up).start()
        assert wire.ask(listening.getsockname(), b"GET / HTTP/1.1\r\n\r\n").status == 0
