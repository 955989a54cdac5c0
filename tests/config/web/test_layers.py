"""A program's request goes past what is there for browsers, and is answered as if it had not."""

import pytest
import yaml
from django.conf import settings
from django.test import Client

from accounts.access.keys import make_key
from config.web.layers import DOORS
from orders.status import OrderStatus
from rest import outages
from rest.scopes import Scope
from tests.factories import Buyer

pytestmark = pytest.mark.django_db
# What differs from one answer to the next.
OWN = {"X-Request-ID", "RateLimit", "Date"}
OF_BROWSERS = {"session", "_messages", "_cached_user"}


@pytest.fixture
def order():
    return Buyer().order_in(OrderStatus.PAY_REQUIRED)


@pytest.fixture
def program(order):
    key = make_key(user=order.customer, name="layers", scope=Scope.ORDER)
    return Client(headers={"Authorization": f"Bearer {key.secret}"}, raise_request_exception=False)


def test_it_has_no_session_and_no_messages(program, order):
    path = f"/api/orders/{order.pk}/"
    asked = program.get(path).wsgi_request
    assert not OF_BROWSERS & vars(asked).keys()

    for more in ({"Cookie": "theme=dark"}, {"X-Session-Token": "none"}):
        asked = program.get(path, headers=more).wsgi_request
        assert vars(asked).keys() >= {"session", "_messages"}, more


@pytest.mark.parametrize(
    "path", ["/api/docs/", "/api/problems/", "/api/schema/", "/", "/api/auth/app/v1/config"]
)
def test_pages_run_through_all_layers_whoever_asks(program, path):
    answer = program.get(path)
    assert answer.status_code == 200
    assert vars(answer.wsgi_request).keys() >= {"session", "_messages"}


def broken(*_given, **_named):
    raise outages.UNAVAILABLE[0]("away")


REQUESTS = {
    200: ("get", "/api/orders/{order}/", {}),
    400: ("post", "/api/orders/previews/", {"data": "{}", "content_type": "application/json"}),
    401: ("get", "/api/orders/{order}/", {"headers": {"Authorization": "Bearer ord_nothing"}}),
    403: ("post", "/api/orders/{order}/completion/", {"data": "{}", "content_type": "application/json"}),
    404: ("get", "/api/orders/nothing/", {}),
    405: ("delete", "/api/orders/{order}/", {}),
    413: ("post", "/api/orders/previews/", {"data": "x" * 3_000_000, "content_type": "application/json"}),
    415: (
        "post",
        "/api/orders/previews/",
        {"data": "a=b", "content_type": "application/x-www-form-urlencoded"},
    ),
    503: ("get", "/api/orders/{order}/history/", {}),
}


@pytest.mark.parametrize("status", REQUESTS)
def test_it_is_answered_as_through_all_layers(program, order, status, monkeypatch):
    method, path, given = REQUESTS[status]
    if status == 503:
        monkeypatch.setattr("orders.api.views.find_order", broken)
    ask, path = getattr(program, method), path.format(order=order.pk)
    short = ask(path, **given)
    whole = ask(path, **given | {"headers": {"Cookie": "theme=dark"} | given.get("headers", {})})

    assert (short.status_code, whole.status_code) == (status, status)
    assert headers_of(short) == headers_of(whole)
    assert without_name(short) == without_name(whole)
    assert {"Content-Security-Policy", "X-Content-Type-Options", "X-Request-ID", "Content-Language"} <= set(
        short.headers
    )


def headers_of(answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OWN}


def without_name(answer) -> dict:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_every_door_of_the_api_is_one():
    schema = yaml.safe_load((settings.PROJECT / "docs/openapi.yaml").read_text(encoding="utf-8"))
    paths = {path for path in schema["paths"] if not path.startswith("/api/auth/")}
    assert paths
    assert not {path for path in paths if not path.startswith(DOORS)} - {"/api/schema/"}


def test_the_layers_of_browsers_are_these():
    """Which layers a program's request passes is seen here; all others it runs through."""
    named = [name for name in settings.MIDDLEWARE if name.startswith("config.web.layers.")]
    assert named == [
        f"config.web.layers.{name}Middleware" for name in ("Session", "Authentication", "LastSeen", "Message")
    ]
