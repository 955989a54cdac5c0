"""Ordering again over the API: what can be had goes into a new preview, and of the rest it is said why not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Product
from orders.status import OrderStatus
from tests.answers import api_of, refused
from tests.factories import make_numbered, make_product, make_user

pytestmark = pytest.mark.django_db


def again(api, order) -> dict:
    answer = api.get(f"/api/orders/{order.pk}/again/")
    assert answer.status_code == 200
    return answer.json()


def test_what_is_there_can_be_previewed_as_it_comes(api, buyer):
    cup, licence = make_product(stock=9), make_numbered(numbers=9)
    order = buyer.order_in(OrderStatus.PAID, (cup, 2), (licence, 1))

    found = again(api, order)

    assert found == {
        "items": [{"sku": cup.sku, "quantity": 2}, {"sku": licence.sku, "quantity": 1}],
        "missing": [],
    }
    wish = {"items": found["items"], "address_id": buyer.address.pk}
    assert api.post("/api/orders/previews/", wish, format="json").status_code == 201


def test_what_cannot_be_had_is_named_with_the_code_that_an_order_would_get(api, buyer):
    few, none, gone, begun = (make_product(stock=5, name=name) for name in ("few", "none", "gone", "begun"))
    order = buyer.order_in(OrderStatus.PAID, (few, 3), (none, 1), (gone, 2), (begun, 1))
    Product.objects.filter(pk=few.pk).update(stock_quantity=1)
    Product.objects.filter(pk=none.pk).update(stock_quantity=0)
    Product.objects.filter(pk=gone.pk).update(is_active=False)
    Product.objects.filter(pk=begun.pk).update(starts_at=timezone.now() - timedelta(hours=1))

    found = again(api, order)

    assert found["items"] == [{"sku": few.sku, "quantity": 1}]
    said = {row["name"]: (row["sku"], row["quantity"], row["code"]) for row in found["missing"]}
    assert said == {
        "few": (few.sku, 2, "insufficient_stock"),
        "none": (none.sku, 1, "insufficient_stock"),
        "gone": (gone.sku, 2, "product_not_found"),
        "begun": (begun.sku, 1, "event_begun"),
    }
    assert all(row["detail"] for row in found["missing"])


def test_it_is_for_who_may_see_the_order(buyer, staff):
    order = buyer.order_in(OrderStatus.CANCELED)
    assert again(api_of(staff), order)["items"]
    refused(api_of(make_user()).get(f"/api/orders/{order.pk}/again/"), 404, "not_found")


def test_statements_do_not_grow_with_lines(api, buyer):
    def spent(lines: int) -> int:
        order = buyer.order_in(OrderStatus.PAID, *((make_product(stock=9), 1) for _ in range(lines)))
        with CaptureQueriesContext(connection) as captured:
            again(api, order)
        return len(captured)

    assert spent(1) == spent(8)
