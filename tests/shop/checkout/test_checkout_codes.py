"""Codes on the checkout page: typed, applied, taken away, refused with the reason; none is lost on the way."""

from decimal import Decimal
from random import getrandbits

import pytest

from orders.models import Order, Promotion, PromotionKind
from tests.factories import Buyer, make_product, make_promotion
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    """A customer whose id no other test had, in this database or another that shares the cache."""
    return Buyer(pk=getrandbits(31))


@pytest.fixture
def page(customer):
    """The page of a preview of things for 20.00, shipping 4.00."""
    return customer.preview((make_product(stock=9, price=Decimal(20), name="Blue kettle"), 1))


def apply(customer, code, **more):
    """Type a code and press its button; the address of the page that comes then."""
    return customer.post("/checkout/", {"intent": "apply-code", "code": code, **more}).url


def test_a_code_is_applied_shown_and_placed(customer, buyer, page):
    make_promotion("10", code="SUMMER", name="Summer deal")
    page = apply(customer, " summer ", note="Ring twice")
    text = customer.text(page)

    assert "Summer deal (SUMMER)" in text and "$2.00" in text and "$22.00" in text
    assert 'value="remove-code:SUMMER"' in text and "Ring twice" in text
    customer.place(page, buyer.table)
    order = Order.objects.get()
    assert (order.discount_total, order.total_amount) == (2, 22)
    text = customer.text(f"/orders/{order.pk}/")
    assert "Summer deal (SUMMER)" in text and "− $2.00" in text
    assert "codes" not in customer.session.get("checkout", {})


def test_a_code_is_taken_away(customer, page):
    make_promotion("10", code="SUMMER")
    apply(customer, "summer")
    text = customer.text(customer.post("/checkout/", {"intent": "remove-code:SUMMER"}).url)

    assert "SUMMER" not in text and "$24.00" in text


def test_a_code_stays_when_the_preview_is_made_anew(customer, page):
    make_promotion("10", code="SUMMER")
    make_promotion("5", code="WINTER")
    apply(customer, "summer")
    text = customer.text(customer.get("/checkout/").url)
    assert "remove-code:SUMMER" in text

    # Another one that can't be combined with it is refused, and the better one stays.
    text = customer.text(apply(customer, "winter"))
    assert "remove-code:SUMMER" in text and "remove-code:WINTER" not in text
    assert "WINTER: This code can" in text


def test_a_code_that_does_not_hold_says_why_and_is_forgotten(customer, page):
    make_promotion(code="DEAR", minimum=50)
    text = customer.text(apply(customer, "dear"))
    assert "DEAR: Spend $30.00 more to use this code (minimum $50.00)." in text

    assert "DEAR" not in customer.text(customer.get("/checkout/").url)


def test_who_types_a_code_and_presses_place_sees_the_new_total_first(customer, buyer, page):
    make_promotion("10", code="SUMMER")
    answer = customer.place(page, buyer.table, code="summer")

    assert not Order.objects.exists()
    assert "$22.00" in customer.text(answer.url)


def test_a_code_that_was_used_up_meanwhile_leads_to_a_new_total(customer, buyer, page):
    make_promotion("10", code="SUMMER", name="Summer deal", limit=1)
    page = apply(customer, "summer")
    Promotion.objects.update(used=1)
    text = words(customer.place(page, buyer.table))
    assert 'data-problem="promotion_used_up"' in text and "Summer deal" in text

    text = customer.text(customer.post("/checkout/", {"intent": "preview"}).url)
    assert "SUMMER: This code has been used up." in text and "$24.00" in text


def test_codes_that_are_guessed_come_to_an_end_and_the_order_goes_on(customer, page, settings):
    settings.CODE_TRIES_OF_CUSTOMER = 2
    for _ in range(2):
        apply(customer, "wrong")
    text = customer.text(apply(customer, "wrong"))

    assert "Too many wrong codes." in text and "$24.00" in text


def test_free_shipping_is_seen_at_each_way_to_send(customer, page):
    make_promotion(kind=PromotionKind.FREE_SHIPPING, code="SENDFREE", name="On us")
    text = customer.text(apply(customer, "sendfree"))

    assert "On us (SENDFREE): reduced shipping" in " ".join(text.split())
    assert "<s>$4.00</s>" in text and "$20.00" in text
