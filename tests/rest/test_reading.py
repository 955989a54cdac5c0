"""Reading over the API: pages, filters, what staff see, and answers that a client has already."""

import gzip
from datetime import UTC, timedelta

import pytest
from rest_framework.test import APIClient

from orders.api.serializers.inputs import OrderFilter
from orders.models import Order
from orders.status import OrderStatus
from tests.answers import api_of, refused, statements
from tests.factories import Buyer, make_numbered, make_product

pytestmark = pytest.mark.django_db

ORDERS = "/api/orders/"
S = OrderStatus


def listed(api, **query) -> list[str]:
    answer = api.get(ORDERS, query)
    assert answer.status_code == 200, answer.content
    return [order["id"] for order in answer.json()["results"]]


@pytest.fixture
def three(buyer) -> list[Order]:
    """Orders placed an hour apart, the newest first as lists have them."""
    orders = [buyer.place((make_product(sku=f"SKU-{n}", stock=5), 1)) for n in range(3)]
    for hours, order in enumerate(orders):
        order.placed_at += timedelta(hours=hours)
        order.save(update_fields=["placed_at"])
    return orders[::-1]


def test_several_statuses_may_be_asked_for(api, buyer):
    numbers = make_numbered(numbers=5)
    orders = {status: buyer.order_in(status, (numbers, 1)) for status in (S.PENDING, S.PAID, S.CANCELED)}

    found = listed(api, status=["paid", "canceled"])

    assert set(found) == {str(orders[S.PAID].pk), str(orders[S.CANCELED].pk)}


@pytest.mark.parametrize("zone", ["Z", "+07:00"])
def test_a_time_range_has_its_beginning_and_not_its_end(api, three, zone):
    newest, middle, oldest = three
    at = middle.placed_at.astimezone(UTC)
    text = at.isoformat().replace("+00:00", "Z")
    if zone != "Z":
        text = (at + timedelta(hours=7)).replace(tzinfo=None).isoformat() + zone

    assert listed(api, placed_after=text) == [str(newest.pk), str(middle.pk)]
    assert listed(api, placed_before=text) == [str(oldest.pk)]
    assert listed(api, placed_after=text, placed_before=text) == []


def test_a_list_makes_its_filter_once_to_check_the_query_and_once_to_read_it(api, monkeypatch):
    """Each is a copy of all its fields: made for each parameter, they were half of what a list costs."""
    made = []
    get_fields = OrderFilter.get_fields
    monkeypatch.setattr(OrderFilter, "get_fields", lambda self: made.append(self) or get_fields(self))
    listed(api, status=["paid"], page_size=1)
    assert len(made) == 2


def test_orders_with_a_product_are_found_by_its_sku(api, three):
    assert listed(api, product="SKU-1") == [str(three[1].pk)]
    assert listed(api, product="SKU") == []


def test_filters_narrow_together_and_stay_on_the_next_page(api, three):
    page = api.get(ORDERS, {"page_size": 1, "status": ["pending", "paid"], "product": "SKU-1"}).json()
    assert [order["id"] for order in page["results"]] == [str(three[1].pk)]
    assert page["next"] is None

    page = api.get(ORDERS, {"page_size": 1, "status": ["pending", "paid"]}).json()
    second = api.get(page["next"]).json()
    assert [order["id"] for order in second["results"]] == [str(three[1].pk)]


def test_staff_may_read_everybodys_orders_with_the_same_filters(staff, three):
    other = Buyer().place((make_product(stock=1), 1))
    api = api_of(staff)

    assert listed(api) == []
    assert set(listed(api, scope="all")) == {str(order.pk) for order in [*three, other]}
    assert listed(api, scope="all", product="SKU-0") == [str(three[2].pk)]


@pytest.mark.parametrize("others", [0, 3])
def test_a_customer_sees_their_own_orders_alone(api, three, others):
    for _ in range(others):
        Buyer().place((make_product(stock=1), 1))

    assert listed(api, scope="own") == [str(order.pk) for order in three]
    refused(api.get(ORDERS, {"scope": "all"}), 403, "permission_denied")


def test_the_staffs_list_takes_as_many_statements_as_ones_own(api, staff, three):
    own = statements(lambda: api.get(ORDERS))

    # And two more for the rights: the user's own, and those of the groups.
    asked = {"scope": "all", "product": "SKU-1"}
    assert statements(lambda: api_of(staff).get(ORDERS, asked)) - 2 == own == 3


# --- what a client has already -------------------------------------------------------------------------------------


def tag(api, path: str, **headers) -> str:
    answer = api.get(path, headers=headers)
    assert answer.status_code == 200
    return answer["ETag"]


def again(api, path: str, etag: str, **headers):
    return api.get(path, headers={"If-None-Match": etag, **headers})


@pytest.fixture
def paths(three) -> list[str]:
    return [
        ORDERS, f"{ORDERS}{three[0].pk}/", f"{ORDERS}{three[0].pk}/history/",
        "/api/products/", "/api/products/sku-1/", "/api/categories/",
    ]  # fmt: skip


def test_what_has_not_changed_is_not_sent_again(api, paths):
    for path in paths:
        etag = tag(api, path)

        answer = again(api, path, f'"other", {etag}')

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == etag
        assert answer["Cache-Control"] == api.get(path)["Cache-Control"]
        assert again(api, path, '"other"').status_code == 200


def test_a_tag_changes_with_what_is_shown(api, buyer, paths):
    """A status, the stock, a courier's name: whatever it is."""
    order, detail, product = paths[0], paths[1], paths[4]
    before = {path: tag(api, path) for path in (order, detail, product, "/api/products/")}

    buyer.table.courier.name = "Slow Post"
    buyer.table.courier.save()
    buyer.place_preview(buyer.preview((Order.objects.last().lines.get().product, 1)))

    assert again(api, detail, before[detail]).status_code == 200
    assert again(api, order, before[order]).status_code == 200
    assert again(api, "/api/products/", before["/api/products/"]).status_code == 200


def test_a_tag_is_of_one_language_alone(api, paths):
    english = tag(api, paths[1])

    assert again(api, paths[1], english, **{"Accept-Language": "vi"}).status_code == 200
    assert tag(api, paths[1], **{"Accept-Language": "vi"}) != english


def test_orders_are_kept_by_their_reader_alone_and_asked_for_each_time(api, paths):
    answers = {path: api.get(path) for path in paths}

    for path, answer in answers.items():
        assert {"Accept-Language", "Cookie", "X-Session-Token"} <= set(answer["Vary"].split(", "))
        expected = {"no-cache", "private"} if "orders" in path else {"no-cache"}
        assert set(answer["Cache-Control"].split(", ")) == expected


def test_errors_and_changes_are_not_kept(api):
    assert "no-store" in api.get(f"{ORDERS}01890000-0000-7000-8000-000000000000/")["Cache-Control"]
    assert "no-store" in api.post(ORDERS, {}, format="json")["Cache-Control"]


def test_somebody_elses_tag_does_not_open_an_order(api, paths):
    assert again(APIClient(), paths[1], tag(api, paths[1])).status_code == 401
    assert again(api_of(Buyer().user), paths[1], tag(api, paths[1])).status_code == 404


def test_a_head_says_the_same_without_the_body(api, paths):
    assert api.head(paths[1])["ETag"] == tag(api, paths[1])


# --- compressed ----------------------------------------------------------------------------------------------------


def test_long_answers_are_compressed_for_who_reads_that(api, three):
    plain = api.get(ORDERS)
    packed = api.get(ORDERS, headers={"Accept-Encoding": "gzip"})

    assert len(plain.content) > 1024
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    unchanged = again(api, ORDERS, packed["ETag"], **{"Accept-Encoding": "gzip"})
    assert unchanged.status_code == 304
    assert set(unchanged["Vary"].split(", ")) == set(packed["Vary"].split(", "))


@pytest.mark.parametrize("path", ["/api/categories/", "/api/auth/openapi.json", "/api/docs/?script", "/"])
def test_short_answers_and_those_with_tokens_are_not_compressed(client, path):
    assert not client.get(path, headers={"Accept-Encoding": "gzip"}).has_header("Content-Encoding")
