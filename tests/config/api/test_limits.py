"""Bodies that are too large, too deep, ambiguous or no JSON at all: a clear 4xx, never a 500."""

import json
import tracemalloc
from io import BytesIO

import pytest
from rest_framework.test import APIClient

from config.api.parsing import Json
from tests.answers import refused, wrong_fields

pytestmark = pytest.mark.django_db

ID = "01890000-0000-7000-8000-000000000000"
DOORS = ["orders/previews/", f"orders/{ID}/", "orders/", f"orders/{ID}/cancellation/", "addresses/"]


def nested(levels: int) -> bytes:
    return b'{"a": ' * levels + b"1" + b"}" * levels


UNREADABLE = {
    "cut short": b'{"items": [',
    "nothing but a comma": b",",
    "two values": b"{} {}",
    "single quotes": b"{'items': []}",
    "not UTF-8": b'{"note": "\xff"}',
    "UTF-16": '{"note": ""}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"address_id": NaN}',
    "infinite": b'{"address_id": -Infinity}',
    "infinite when read": b'{"address_id": 1e999}',
    "a number of 5000 digits": b'{"address_id": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"note": "a", "note": "b"}',
    "a name twice inside": b'{"a": [{"b": 1, "b": 1}]}',
    "21 levels": nested(21),
    "100,000 levels": nested(100_000),
    "100,000 lists": b"[" * 100_000,
    "a list of 101": json.dumps({"more": [0] * 101}).encode(),
    "a list of 101 inside": json.dumps({"more": [{"even": [0] * 101}]}).encode(),
    "an object of 101": json.dumps({"more": dict.fromkeys(map(str, range(101)))}).encode(),
    "a name twice among 60,000": json.dumps({f"{n}": 0 for n in range(60_000)})[:-1].encode()
    + b',"59999":0}',
    "a list at the top": b"[]",
    "a word at the top": b'"items"',
    "a number at the top": b"17",
    "null": b"null",
}


def send(api, path: str, body: bytes, kind: str = "application/json"):
    return api.post(f"/api/{path}", body, content_type=kind)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_one_way_alone_is_a_validation_error(api, path, body):
    assert wrong_fields(send(api, path, body))


def test_a_list_that_is_too_long_is_named_by_its_path(api):
    body = {"items": [{"sku": "A", "quantity": 1, "tags": list(range(101))}], "address_id": 1}

    assert wrong_fields(send(api, DOORS[0], json.dumps(body).encode())) == {"items.0.tags"}


def test_an_object_that_is_too_long_is_named_by_the_beginning_of_its_path(api):
    body = {"x" * 500: [dict.fromkeys(map(str, range(101)))]}

    assert wrong_fields(send(api, DOORS[0], json.dumps(body).encode())) == {f"{'x' * 64}.0"}


def test_a_long_name_is_not_copied_for_all_that_is_below_it():
    below = b"0"
    for _level in range(17):
        below = b"[" + b"[]," * 99 + below + b"]"
    body = b'{"' + b"x" * 500_000 + b'":' + below + b"}"

    tracemalloc.start()
    Json().parse(BytesIO(body))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 20 * len(body)


def test_a_name_given_twice_is_named(api):
    problem = refused(send(api, DOORS[0], b'{"address_id": 1, "address_id": 2}'), 400, "validation_error")

    assert problem["errors"] == {"": ["A name is given twice: address_id"]}


def test_twenty_levels_and_a_hundred_entries_are_read(api):
    body = {"more": json.loads(nested(19)), "list": [0] * 100}

    assert "items" in wrong_fields(send(api, DOORS[0], json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"address_id": 10**30}, {"address_id"}),
        ({"address_id": -1}, {"address_id"}),
        ({"address_id": 2**63}, {"address_id"}),
        ({"address_id": "1"}, {"address_id"}),
        ({"address_id": True}, {"address_id"}),
        ({"address_id": 1.5}, {"address_id"}),
        ({"address_id": None}, {"address_id"}),
        ({"items": {}}, {"items"}),
        ({"items": None}, {"items"}),
        ({"items": [1]}, {"items.0"}),
        ({"items": [{"sku": 17, "quantity": 1}]}, {"items.0.sku"}),
        ({"items": [{"sku": "\x00", "quantity": 1}]}, {"items.0.sku"}),
        ({"items": [{"sku": "\ud800", "quantity": 1}]}, {"items.0.sku"}),
        ({"items": [{"sku": "x" * 65, "quantity": 1}]}, {"items.0.sku"}),
        ({"items": [{"sku": "A", "quantity": "2"}]}, {"items.0.quantity"}),
        ({"items": [{"sku": "A", "quantity": 10**400}]}, {"items.0.quantity"}),
    ],
)
def test_a_value_that_only_looks_right_is_named(api, buyer, wrong, fields):
    body = {"items": [{"sku": "A", "quantity": 1}], "address_id": buyer.address.pk} | wrong

    assert fields <= wrong_fields(send(api, DOORS[0], json.dumps(body).encode()))


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x" * 300]
)
def test_another_content_type_is_unsupported(api, path, kind):
    refused(send(api, path, b"{}", kind), 415, "unsupported_media_type")


@pytest.mark.parametrize("path", [*DOORS, "nowhere/", f"orders/{ID}/payment/"])
def test_more_than_a_megabyte_is_too_large_wherever_it_is_sent(api, path, settings):
    body = b'"' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"'

    refused(send(api, path, body), 413, "request_too_large")


@pytest.mark.parametrize(
    "query",
    [
        "status=\x00", "status=lost", "status=paid&status=lost", "statuses=paid", "page_size=1&page_size=2",
        "placed_after=yesterday", "placed_after=2026-01-01", "placed_after=2026-01-01T00:00:00",
        "placed_after=2026-13-01T00:00:00Z", "placed_before=0001-01-01T00:00:00%2B23:59",
        "placed_before=9999-12-31T23:59:59-23:59", "placed_after=2026-01-01T00:00:00 07:00",
        "product=%00", "product=" + "x" * 65, "scope=mine", "scope=", "product=", "placed_after=", "limit=5", "format=xml",
        "&".join(f"a{n}=1" for n in range(1500)),
    ],
)  # fmt: skip
def test_a_query_with_a_wrong_value_or_name_is_a_validation_error(api, query):
    assert wrong_fields(api.get(f"/api/orders/?{query}"))


@pytest.mark.parametrize("path", ["products/", "categories/"])
def test_open_lists_know_their_parameters_too(path):
    assert wrong_fields(APIClient().get(f"/api/{path}", {"nonsense": "home"})) == {"nonsense"}
