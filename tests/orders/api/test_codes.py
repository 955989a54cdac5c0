"""Codes of promotions over the API: what they take off, why they don't, and what is refused."""

from decimal import Decimal
from random import getrandbits

import pytest

from orders.models import Promotion
from tests.answers import refused
from tests.factories import Buyer, make_product, make_promotion

pytestmark = pytest.mark.django_db
PREVIEWS = "/api/orders/previews/"


@pytest.fixture
def buyer():
    """A customer whose id no other test had, in this database or another that shares the cache."""
    return Buyer(pk=getrandbits(31))


@pytest.fixture
def ask(api, buyer):
    """Ask for a preview of one thing for 20.00 with these codes."""
    product = make_product(price=Decimal(20), stock=9)

    def asked(*codes):
        items = [{"sku": product.sku, "quantity": 1}]
        body = {"items": items, "address_id": buyer.address.pk, "codes": codes}
        return api.post(PREVIEWS, body, format="json")

    return asked


def test_a_code_takes_something_off(api, buyer, ask):
    make_promotion("10", code="SUMMER", name="Summer", combinable=True)
    make_promotion(kind="free_shipping", code="SENDFREE", name="On us", combinable=True)
    preview = ask("summer", "sendfree").json()

    assert preview["discounts"] == [
        {"name": "Summer", "code": "SUMMER", "kind": "percent", "amount": "2.00"},
        {"name": "On us", "code": "SENDFREE", "kind": "free_shipping", "amount": "0.00"},
    ]
    assert (preview["items_total"], preview["lines"][0]["discount"]) == ("18.00", "2.00")
    (option,) = preview["shipping_options"]
    assert (option["fee"], option["discount"]) == ("0.00", "4.00")

    path = f"/api/orders/{preview['id']}/"
    placed = api.post(path, {"price_table_id": buyer.table.pk}, format="json").json()
    assert (placed["total_amount"], placed["discount_total"], placed["shipping_discount"]) == (
        "18.00",
        "6.00",
        "4.00",
    )
    assert [(one["code"], one["amount"], one["shipping_amount"]) for one in placed["discounts"]] == [
        ("SUMMER", "2.00", "0.00"),
        ("SENDFREE", "4.00", "4.00"),
    ]
    assert api.get(path).json()["discounts"] == placed["discounts"]
    assert api.get("/api/orders/").json()["results"][0]["discounts"] == placed["discounts"]


def test_a_code_that_takes_nothing_off_is_wrong(ask):
    make_promotion(code="DEAR", minimum=50)
    errors = refused(ask("", "nothing", "dear"), 400, "validation_error")["errors"]

    assert errors == {
        "codes.1": ["This code is not valid."],
        "codes.2": ["Spend $30.00 more to use this code (minimum $50.00)."],
    }


@pytest.mark.parametrize("codes", [[5], [None], ["x" * 101], "SUMMER", [["a"]]])
def test_what_is_no_list_of_codes_is_wrong(api, buyer, codes):
    body = {
        "items": [{"sku": make_product().sku, "quantity": 1}],
        "address_id": buyer.address.pk,
        "codes": codes,
    }
    refused(api.post(PREVIEWS, body, format="json"), 400, "validation_error")


def test_guessing_is_refused(ask, settings):
    settings.CODE_TRIES_OF_CUSTOMER = 1
    make_promotion(code="RIGHT")
    ask("wrong")

    answer = ask("right")
    refused(answer, 429, "too_many_codes")
    assert answer["Retry-After"]
    assert ask().status_code == 201


def test_a_promotion_that_was_used_up_meanwhile_is_named(api, buyer, ask):
    make_promotion(code="SUMMER", name="Summer", limit=5)
    preview = ask("summer").json()
    Promotion.objects.update(used=5)
    answer = api.post(f"/api/orders/{preview['id']}/", {"price_table_id": buyer.table.pk}, format="json")

    body = refused(answer, 409, "promotion_used_up")
    assert (body["codes"], body["names"]) == (["SUMMER"], ["Summer"])
