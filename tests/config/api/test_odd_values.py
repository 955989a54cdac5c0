"""Odd values, sent by mistake or on purpose: every door of the API answers or refuses them, and is never a 500."""

import base64
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from tests import contract
from tests.answers import api_of
from tests.factories import make_product
from tests.orders.hooks import endpoint_at

pytestmark = pytest.mark.django_db

# A list of staff alone.
DRAFTS = "/api/orders/drafts/"
# Times, numbers, ids and words, each at an edge of what some parser takes and another does not.
ODD = [
    *("", " ", "\0", "a\0b", "\ud800", "%", "'", "�", "١٢", "a" * 5000),
    *("0", "-1", "+1", "1e999", "-1e999", "1e-999", "NaN", "Infinity", "1_000", "0x10", "9" * 30, "9" * 5000),
    *("2147483648", "9223372036854775807", "9223372036854775808", "0.001", "1.0", ".5", "5.", "1,5", "--1"),
    *(
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
    ),
    *("9999-12-31T23:59:59-01:00", "2026-01-31T00:00:00+16:00", "2026-01-31T00:00:00-23:59"),
    *("2026-01-31T00:00:00+24:00", "2026-01-31T24:00:00Z", "2026-02-30T00:00:00Z", "2026-01-31T23:59:60Z"),
    *("2026-01-31", "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "2026-W05-1T00:00:00Z", "infinity"),
    *(
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
        "urn:uuid:" + "0" * 32,
    ),
    *("0" * 32, "true", "null", "[]", "{}", "now", "AAAAAAAAAAA", "__________8", "own", "-placed_at"),
    base64.b64encode(b"p=x%00&o=1").decode(),
    base64.b64encode(b"p=2026-01-01&r=1").decode(),
    base64.b64encode(b"o=-1").decode(),
]


def reading() -> list[tuple[str, str]]:
    """Each path that can be read, with each of its query's parameters."""
    return [
        (path, parameter["name"])
        for path, method, operation in contract.operations()
        if method == "get"
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]


@pytest.fixture
def place_of(buyer, receiver):
    order = buyer.place((make_product(stock=5), 1))
    endpoint = endpoint_at(receiver.url, buyer.user)
    names = {
        "id": buyer.address.pk,
        "order_id": order.pk,
        "endpoint_id": endpoint.pk,
        "slug": "x",
        "use_id": 7,
        "draft_id": 7,
        "paper_id": 7,
    }
    return lambda path: path.format(**names, preview_id=order.pk, message_id="msg_" + "0" * 32)


@pytest.mark.live
def test_no_parameter_of_any_list_is_a_500_whatever_it_says(api, place_of, staff):
    of_staff = api_of(staff)
    asked = 0
    for path, name in reading():
        for value in ODD:
            asks = of_staff if path == DRAFTS else api
            answer = asks.get(place_of(path), {name: value.encode("utf-8", "surrogatepass")})
            assert answer.status_code in (200, 400), (path, name, value[:60], answer.content)
            asked += 1
    assert asked > 500


@pytest.mark.live
def test_no_place_in_an_address_is_a_500(api, place_of):
    paths = {path for path, _method, _operation in contract.operations() if "{" in path}
    for path in paths:
        head, _brace, rest = path.partition("{")
        tail = place_of(rest.partition("}")[2]) if rest else ""
        for value in ODD:
            escaped = "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "surrogatepass")) or "x"
            for method in ("get", "post", "patch", "delete"):
                answer = getattr(api, method)(f"{head}{escaped}{tail}")
                assert answer.status_code < 500, (method, path, value[:60])


@pytest.mark.live
def test_no_member_of_any_body_is_a_500(api, buyer, place_of):
    words = [value for value in ODD if "\ud800" not in value]
    values = [*words, *(0, -1, 2**63, -(2**63), 1e308, 0.5, True, None, [], {}, [[]], [{}], {"": None})]
    for path, method, operation in contract.operations():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            properties = contract.resolved(media["schema"])["properties"]
            for name in properties:
                for value in values:
                    answer = getattr(api, method)(place_of(path), {name: value}, format="json")
                    assert answer.status_code < 500, (path, name, str(value)[:60], answer.content)


# --- cursors of lists ----------------------------------------------------------------------------------------------


def cursor_of(answer) -> str:
    (cursor,) = parse_qs(urlsplit(answer.json()["next"]).query)["cursor"]
    return cursor


def test_a_cursor_of_another_ordering_or_list_is_refused(api, buyer):
    for nth in range(2):
        buyer.place((make_product(sku=f"P{nth}", stock=1), 1))
    products = cursor_of(api.get("/api/products/", {"page_size": 1}))
    orders = cursor_of(api.get("/api/orders/", {"page_size": 1}))

    assert api.get("/api/products/", {"page_size": 1, "cursor": products}).status_code == 200
    for path, query in [
        ("/api/products/", {"cursor": products, "ordering": "price"}),
        ("/api/products/", {"cursor": orders}),
        ("/api/orders/", {"cursor": products}),
        ("/api/addresses/", {"cursor": orders}),
    ]:
        answer = api.get(path, query)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"]), (path, query)


def test_a_time_counts_whatever_its_offset(api, buyer):
    order = buyer.place((make_product(stock=1), 1))
    at = order.placed_at
    for offset in ("+23:59", "-23:59", "+16:00", "+00:00"):
        hours, minutes = int(offset[1:3]), int(offset[4:])
        shift = (hours * 3600 + minutes * 60) * (1 if offset[0] == "+" else -1)
        local = datetime.fromtimestamp(at.timestamp() + shift, at.tzinfo)
        written = local.strftime("%Y-%m-%dT%H:%M:%S.%f") + offset
        found = api.get("/api/orders/", {"placed_after": written}).json()["results"]
        assert [one["id"] for one in found] == [str(order.pk)], written


def test_a_token_that_the_database_cannot_take_is_a_400():
    for path in ("/api/orders/", "/api/products/"):
        assert APIClient().get(path, headers={"X-Session-Token": "a\0b"}).status_code == 400, path
