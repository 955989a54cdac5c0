"""Checkout of what is fetched at the shop: beside the couriers, or without an address; and the order's page says where."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Address
from orders.actions.parcels import tell_ready
from orders.models import Order
from tests.factories import (
    add_rate,
    make_address,
    make_pickup,
    make_price_table,
    make_product,
    make_promotion,
    make_staff,
    make_tax_class,
)

pytestmark = pytest.mark.django_db
CHECKOUT = "/checkout/"


@pytest.fixture
def product():
    return make_product(price=Decimal(10), stock=9, sku="LAMP")


@pytest.fixture
def homeless(customer, buyer, product):
    """A customer without an address, with a lamp in the cart."""
    Address.objects.filter(user=buyer.user).delete()
    customer.put(product)
    return customer


def pick_up(customer):
    return customer.post(CHECKOUT, {"intent": "pick-up"}, follow=True)


def test_who_has_no_address_may_fetch_it(homeless):
    make_pickup()
    assert 'value="pick-up"' in homeless.get(CHECKOUT).text
    page = pick_up(homeless)
    assert "1 Main Street" in page.text
    assert "Ready for pickup" in page.text
    preview, (option, _total) = page.context["preview"], page.context["chosen"]
    placed = homeless.post(
        f"{CHECKOUT}{preview.id}/",
        {"intent": "place", "price_table_id": option.price_table_id},
        follow=True,
    )
    order = Order.objects.get()
    assert order.is_pickup and order.address is None
    assert "1 Main Street" in placed.text and "data-promised" in placed.text


def test_a_browser_sends_the_form_of_an_address_along_and_the_order_is_fetched_all_the_same(
    homeless, settings
):
    """It stands in the form that places the order, with the shop's country in it, and nothing in it has to be filled."""
    settings.SHOP_COUNTRY = "VN"
    make_pickup()
    assert homeless.get(CHECKOUT).context["address_form"].use_required_attribute
    page = homeless.post(CHECKOUT, {"intent": "pick-up", "new-country": "VN"}, follow=True)
    assert not page.context["address_form"].use_required_attribute
    assert not page.context["begun"]
    assert "Billed to you." in page.text

    preview, (option, _total) = page.context["preview"], page.context["chosen"]
    sent = {"intent": "place", "price_table_id": option.price_table_id, "new-country": "VN", "new-city": ""}
    homeless.post(f"{CHECKOUT}{preview.id}/", sent)
    assert Order.objects.get().is_pickup


def test_an_address_that_was_begun_is_not_passed_over(homeless, settings):
    settings.SHOP_COUNTRY = "VN"
    make_pickup()
    page = pick_up(homeless)
    preview, (option, _total) = page.context["preview"], page.context["chosen"]
    for begun in ({"new-country": "DE"}, {"new-country": "VN", "new-city": "Huế"}):
        sent = {"intent": "place", "price_table_id": option.price_table_id, **begun}
        answer = homeless.post(f"{CHECKOUT}{preview.id}/", sent)
        assert answer.context["address_form"].errors
    assert not Order.objects.exists()


def test_a_code_keeps_it_fetched(homeless):
    make_pickup()
    make_promotion("10", code="TEN")
    pick_up(homeless)
    page = homeless.post(CHECKOUT, {"intent": "apply-code", "code": "TEN"}, follow=True)
    assert [option.is_pickup for option, _total in page.context["options"]] == [True]
    assert page.context["chosen"][1] == 9


def test_an_address_that_is_chosen_afterwards_counts(homeless, buyer):
    make_pickup()
    pick_up(homeless)
    address = make_address(buyer.user)
    page = homeless.post(CHECKOUT, {"intent": "preview", "address": address.pk}, follow=True)
    assert [option.is_pickup for option, _total in page.context["options"]] == [False, True]


def test_without_a_place_to_fetch_there_is_no_such_button(homeless):
    assert 'value="pick-up"' not in homeless.get(CHECKOUT).text
    assert pick_up(homeless).context["preview"] is None


def test_lines_that_cost_something_else_at_the_shop_are_shown_when_it_is_chosen(customer, buyer, settings):
    settings.SHOP_COUNTRY, settings.PRICES_INCLUDE_TAX = "DE", False
    tax = make_tax_class("20", country="FR")
    add_rate(tax, "19", country="DE")
    make_price_table(country="FR", fee="0.00")
    table, address = make_pickup(), make_address(buyer.user, country="FR")
    lamp = make_product(price=Decimal(100), stock=9, tax_class=tax)
    customer.put(lamp)
    page = customer.post(CHECKOUT, {"intent": "preview", "address": address.pk}, follow=True)
    assert page.context["shown"].items_total == 120
    assert page.text.count("data-look") == 1
    shown = f"{CHECKOUT}{page.context['preview'].id}/"
    page = customer.post(shown, {"intent": "look", "price_table_id": table.pk}, follow=True)
    assert (page.context["shown"].items_total, page.context["chosen"][1]) == (119, 119)
    assert "$119.00" in page.text and "$120.00 in total" in page.text


def test_the_orders_page_says_when_it_waits(customer, buyer, product):
    buyer.table = make_pickup()
    order = buyer.order_in("paid", (product, 1))
    tell_ready(order_id=order.pk, actor=make_staff())
    assert "Your order is packed and waits for you." in customer.get(reverse("order", args=[order.pk])).text
