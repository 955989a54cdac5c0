"""Goods without a parcel: the checkout page asks for no address, the order's page names no courier."""

import pytest

from orders.models import Order
from tests.factories import make_numbered, make_product, make_user
from tests.shop.conftest import Visitor, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def nomad() -> Visitor:
    client = Visitor()
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def room():
    return make_numbered(numbers=3, weight_g=0, needs_parcel=False)


def test_a_room_is_ordered_from_cart_to_order_without_an_address(nomad, room):
    page = nomad.preview((room, 1))
    shown = nomad.text(page)
    assert "data-no-parcel" in shown
    assert 'name="new-line1"' not in shown
    table = nomad.get(page).context["chosen"][0].price_table_id
    placed = nomad.post(page, {"intent": "place", "price_table_id": table})
    assert placed.status_code == 303
    assert not Order.objects.get().needs_parcel
    assert "data-no-parcel" in nomad.text(placed.url)
    assert "No parcel" not in nomad.text(placed.url)


def test_a_mixed_cart_asks_for_an_address(nomad, room):
    nomad.put(room)
    nomad.put(make_product(stock=2))
    assert 'name="new-line1"' in words(nomad.get("/checkout/"))


def test_a_default_address_is_not_taken_for_what_needs_none(customer, room):
    page = customer.preview((room, 1))
    assert customer.get(page).context["preview"].address["id"] is None


def test_cart_and_product_say_that_nothing_is_sent(nomad, room):
    nomad.put(room)
    assert "at checkout" not in nomad.text("/cart/")
    assert "Delivered online" in nomad.text(room.get_absolute_url())
