"""What no client of ours sends to the doors of accounts: an error of the door's own form, never one of ours."""

import json

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from orders.status import OrderStatus
from tests.confirmed import sign_in
from tests.factories import PASSWORD, Buyer, make_user
from tests.orders.hooks import endpoint_at
from tests.rest.test_who_may import routes

pytestmark = pytest.mark.django_db

METHODS = ("post", "put", "patch", "delete")
NAMES = (
    *(
        "email",
        "password",
        "key",
        "code",
        "username",
        "current_password",
        "new_password",
        "sessions",
        "primary",
    ),
    *("authenticators", "name", "credential", "trust", "phone", "refresh_token"),
)


def nested(text: str) -> bytes:
    return ("{" + ",".join(f'"{name}": {text}' for name in NAMES) + "}").encode()


UNREADABLE = {
    "200,000 lists": b"[" * 200_000,
    "100,000 levels": b'{"email":' * 100_000,
    "a number of 6,000 digits": nested("9" * 6000),
    "an infinite number": nested("1e999"),
    "NaN": nested("NaN"),
    "half of a pair": nested('"a\\ud800b@example.com"'),
    "the other half": nested('"\\udc00"'),
    "half of a pair in a name": b'{"\\ud800": 1}',
    "NUL": nested('"a\\u0000@example.com"'),
    "NUL in a name": b'{"\\u0000": 1}',
    "a list of 101": nested(json.dumps(["a"] * 101)),
    "a name twice": b'{"email": "a@example.com", "email": "b@example.com"}',
    "an object of 101": json.dumps(dict.fromkeys(map(str, range(101)))).encode(),
    "a name twice among 60,000": json.dumps({f"{n}": 0 for n in range(60_000)})[:-1].encode()
    + b',"59999":0}',
    "a list at the top": b"[]",
    "null": b"null",
    "a number at the top": b"7",
    "not UTF-8": b'{"email": "\xff"}',
    "UTF-16": '{"email": ""}'.encode("utf-16"),
    "cut short": b'{"email": ',
}
# At every door they take seconds.
LARGE = ("100,000 levels", "a name twice among 60,000")


def auth_paths() -> list[str]:
    return sorted({f"/{address}" for address, _view in routes() if address.startswith("api/auth/app/")})


def token_of(user) -> str:
    sent = {"email": user.email, "password": PASSWORD}
    answer = APIClient().post("/api/auth/app/v1/auth/login", sent, format="json")
    return answer.json()["meta"]["session_token"]


@pytest.fixture
def program(db) -> APIClient:
    user = make_user()
    api = APIClient(raise_request_exception=False, headers={"X-Session-Token": token_of(user)})
    api.post("/api/auth/app/v1/auth/reauthenticate", {"password": PASSWORD}, format="json")
    return api


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(body, id=name, marks=[pytest.mark.long] if name in LARGE else [])
        for name, body in UNREADABLE.items()
    ],
)
def test_what_cannot_be_read_is_a_400_in_allauths_form(program, body):
    nobody = APIClient(raise_request_exception=False)
    for path in auth_paths():
        for method in METHODS:
            for api in (program, nobody):
                answer = api.generic(method, path, body, content_type="application/json")
                assert answer.status_code == 400, (method, path, answer.content)
                assert answer.json()["errors"][0].keys() == {"code", "message"}


# --- forms -------------------------------------------------------------------------------------------------------------

FIELDS = (
    *(
        "login",
        "email",
        "password",
        "password1",
        "password2",
        "oldpassword",
        "code",
        "next",
        "action_add",
        "do",
    ),
    *(
        "full_name",
        "phone",
        "language",
        "line1",
        "line2",
        "city",
        "region",
        "postal_code",
        "country",
        "url",
        "types",
    ),
    *(
        "name",
        "scope",
        "days",
        "sku",
        "quantity",
        "intent",
        "note",
        "price_table_id",
        "address_id",
        "step",
        "variant",
    ),
    *("action_send", "action_remove", "action_primary", "sure", "q", "reason", "confirm", "new-country"),
)


def page_paths(buyer: Buyer) -> list[str]:
    """Every page outside the desk and the API, with what it is about."""
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    kept = {
        "order_id": order.pk,
        "slug": order.lines.first().product.slug,
        "address_id": buyer.address.pk,
        "endpoint_id": endpoint_at("https://93.184.216.34/", buyer.user).pk,
        "message_id": order.pk,
        "key_id": 1,
        "preview_id": order.pk,
        "key": "1-2",
        "uidb36": "1",
        "variant": "demo",
        "path": "x",
    }
    return sorted({path for pattern in _pages(get_resolver()) if (path := _filled(pattern, kept))})


def _pages(resolver, prefix: str = "/"):
    for pattern in resolver.url_patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield address
        elif str(pattern.pattern) not in ("admin/", "api/"):
            yield from _pages(pattern, address)


def _filled(address: str, kept: dict) -> str:
    for name, value in kept.items():
        for kind in ("uuid:", "slug:", "int:", "str:", "path:", ""):
            address = address.replace(f"<{kind}{name}>", str(value))
    return "" if set("<^(") & set(address) else address


SENT = {
    "NUL": dict.fromkeys(FIELDS, "a\0b"),
    "NUL alone": dict.fromkeys(FIELDS, "\0"),
    "long": dict.fromkeys(FIELDS, "x" * 20_000),
    "digits": dict.fromkeys(FIELDS, "9" * 5_000),
    "another address": dict.fromkeys(FIELDS, "//evil.example/\r\nSet-Cookie: a"),
}


@pytest.mark.live
@pytest.mark.parametrize("how", ["multipart", "urlencoded"])
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_no_form_is_an_error_of_ours(sent, how):
    buyer = Buyer()
    guest = Client(raise_request_exception=False)
    failed = []
    for path in page_paths(buyer):
        customer = Client(raise_request_exception=False)
        sign_in(customer, buyer.user)
        for browser in (customer, guest):
            more = {} if how == "multipart" else {"content_type": "application/x-www-form-urlencoded"}
            body = sent if how == "multipart" else "&".join(f"{name}={quoted(v)}" for name, v in sent.items())
            answer = browser.post(path, body, **more)
            if answer.status_code >= 500:
                failed.append(path)
    assert failed == []


def quoted(value: str) -> str:
    from urllib.parse import quote

    return quote(value)


@pytest.mark.parametrize(
    "body",
    [
        b"&".join(b"a%d=1" % number for number in range(20_000)),
        b"login=%ED%A0%80&password=%FF%FE&email=%C0%80&next=%ED%B0%80",
        b"login=a&login[]=b&=&&==&%",
        b"\x00\xff\xfe",
    ],
    ids=["too many fields", "half of a pair", "no form", "bytes"],
)
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_what_is_no_form_is_no_error_of_ours(body, kind):
    browser = Client(raise_request_exception=False)
    for path in (
        "login",
        "signup",
        "password/reset",
        "2fa/authenticate",
        "reauthenticate",
        "confirm-email/x",
    ):
        assert browser.post(f"/accounts/{path}/", body, content_type=kind).status_code < 500, path
