"""What begins at a time, on the pages: when, in the shop's time; and that it is sold no more once it has begun."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from catalog.models import Product
from catalog.models.wait import Wait
from catalog.shelf import shelf, waiting
from orders.status import OrderStatus
from tests.factories import make_numbered, make_product
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
S = OrderStatus
LATER = "2031-05-04T20:30:00+07:00"
WHEN = "Begins May 4, 2031, 8:30 p.m."
BEGUN = "Has begun"
SAID = "has begun already, and is not sold any more."


@pytest.fixture(autouse=True)
def saigon():
    with timezone.override("Asia/Ho_Chi_Minh"):
        yield


def seats(**fields) -> Product:
    return make_numbered(name="Concert", numbers=3, **{"starts_at": datetime.fromisoformat(LATER)} | fields)


def begin(product: Product) -> None:
    Product.objects.filter(pk=product.pk).update(starts_at=timezone.now() - timedelta(minutes=1))


def page_of(product: Product) -> str:
    return f"/products/{product.slug}/"


def test_every_page_says_when_it_begins(customer, buyer):
    concert = seats()
    assert WHEN in words(customer.get(page_of(concert)))
    assert WHEN in customer.text("/products/")
    preview = customer.preview((concert, 1))
    assert WHEN in customer.text("/cart/")
    assert WHEN in customer.text(preview)
    customer.place(preview, buyer.table)
    assert WHEN in customer.text(buyer.user.orders.get().get_absolute_url())


def test_its_page_and_the_list_say_that_it_has_begun(customer):
    concert = seats()
    begin(concert)
    page = words(customer.get(page_of(concert)))
    assert "This has begun already, and is not sold any more." in page
    assert 'name="add"' not in page
    assert "back-in-stock" not in page
    assert BEGUN in customer.text("/products/")
    assert "0 products" in customer.text("/products/?in_stock=1")
    assert "Đã bắt đầu" in customer.text("/vi/products/")


def test_it_does_not_come_into_a_cart(customer):
    concert = seats()
    begin(concert)
    assert f"Concert {SAID}" in words(
        customer.post("/cart/add/", {"sku": concert.sku, "quantity": 1}, follow=True)
    )


def test_what_begins_in_the_cart_is_marked_there_and_leads_to_no_preview(customer, buyer):
    concert = seats()
    customer.put(concert)
    begin(concert)
    assert BEGUN in customer.text("/cart/")
    answer = customer.get("/checkout/", follow=True)
    assert answer.redirect_chain[-1][0] == "/cart/"
    assert f"This has begun already, and is not sold any more: {concert.sku}" in words(answer)


def test_what_begins_after_its_preview_is_refused_there_with_its_remedy(customer, buyer):
    concert = seats()
    preview = customer.preview((concert, 1))
    begin(concert)
    assert BEGUN in customer.text(preview)
    shown = words(customer.place(preview, buyer.table))
    assert 'data-problem="event_begun"' in shown
    assert "Remove it from the cart" in shown
    customer.post("/checkout/", {"intent": f"fit:{concert.sku}"})
    assert not buyer.user.orders.exists()
    assert "Your cart is empty" in customer.text("/cart/")


def test_nobody_waits_for_it(customer, buyer):
    """Neither is anybody told that it is back, though numbers are free."""
    concert, mug = seats(), make_product()
    for one in (concert, mug):
        waiting.wait(product_id=one.pk, email="a@example.org", user_id=None, language="en")
    begin(concert)
    assert (waiting.back(), waiting.is_back(concert.pk)) == ([], False)
    assert waiting.sold_out([concert.pk, mug.pk]) == {mug.pk}
    answer = customer.post("/back-in-stock/", {"sku": concert.sku, "next": page_of(concert)}, follow=True)
    assert SAID in words(answer)
    assert not Wait.objects.filter(user=buyer.user).exists()


def test_the_api_shows_when_it_begins_and_that_nothing_can_be_ordered(api):
    concert, mug = seats(), make_product(stock=1)
    shown = api.get(f"/api/products/{concert.slug}/").json()
    assert (shown["starts_at"], shown["available"]) == ("2031-05-04T13:30:00Z", 3)
    assert api.get(f"/api/products/{mug.slug}/").json()["starts_at"] is None
    begin(concert)
    assert api.get(f"/api/products/{concert.slug}/").json()["available"] == 0
    (only,) = api.get("/api/products/?available=true").json()["results"]
    assert only["sku"] == mug.sku


@pytest.mark.parametrize("hours", [-48, 48])
def test_what_is_left_to_order_the_databases_clock_decides(monkeypatch, hours):
    ahead, gone = seats(starts_at=timezone.now() + timedelta(hours=1)), seats()
    begin(gone)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=hours))
    assert list(shelf.left_of(Product.objects.all())) == [ahead]
