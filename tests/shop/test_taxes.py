"""What pages, emails, the API and exports say of the tax in prices, by the place of the address."""

from decimal import Decimal

import pgtrigger
import pytest

from orders.models import EmailKind, Order
from orders.status import OrderStatus
from tests.answers import api_of
from tests.bulk.tables import exported, rows_of
from tests.factories import (
    add_rate,
    make_address,
    make_price_table,
    make_product,
    make_tax_class,
    standard_class,
)
from tests.orders.post import html_of, message_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def food(buyer):
    """Taxed at 5 % where the buyer lives and 7 % in Germany; all else and shipping at 20 % everywhere."""
    add_rate(standard_class(), "20")
    food = make_tax_class("5", country=buyer.address.country)
    add_rate(food, "7", country="DE")
    return food


@pytest.fixture
def cart(food):
    """Food for 21, other things for 12.50; shipping is 4: 1.00 and 2.75 of tax."""
    rice = make_product(sku="RICE", price=Decimal(7), stock=9, tax_class=food)
    return [(rice, 3), (make_product(sku="CUP", price=Decimal("12.50"), stock=9), 1)]


def test_checkout_says_the_tax_of_each_rate(customer, cart):
    shown = customer.text(customer.preview(*cart))
    assert 'incl. 20% VAT</dt> <dd class="quiet">$2.75' in shown
    assert 'incl. 5% VAT</dt> <dd class="quiet">$1.00' in shown


def test_checkout_shows_the_tax_with_the_chosen_courier(customer, buyer, cart):
    other = make_price_table(fee="10.00")
    page = customer.preview(*cart)
    shown = customer.text(page)
    assert f'data-taxes-with="{buyer.table.pk}" >' in shown
    assert f'data-taxes-with="{other.pk}" hidden>' in shown
    assert "$3.75" in shown


def test_the_orders_page_and_its_emails_say_what_was_kept(customer, buyer, cart, food):
    order = buyer.order_in(OrderStatus.PAID, *cart)
    food.rates.all().delete()
    shown = customer.text(f"/orders/{order.pk}/")
    message = message_for(order, EmailKind.PAID)
    for words in (shown, message.body, html_of(message)):
        assert "incl. 20% VAT" in words and "$2.75" in words
        assert "incl. 5% VAT" in words and "$1.00" in words


def test_an_order_without_tax_says_nothing_of_it(customer, buyer):
    order = buyer.order_in(OrderStatus.PAID)
    assert "VAT" not in customer.text(f"/orders/{order.pk}/")
    assert "VAT" not in message_for(order, EmailKind.PAID).body


def test_an_order_from_before_tax_was_kept_says_nothing_of_it(customer, buyer, cart):
    order = buyer.place(*cart)
    none = {"tax_rate": None, "tax_amount": None}
    with pgtrigger.ignore():
        order.lines.update(**none)
        Order.objects.filter(pk=order.pk).update(tax_total=None, shipping_tax=None, shipping_tax_rate=None)
    assert "VAT" not in customer.text(f"/orders/{order.pk}/")
    body = api_of(buyer.user).get(f"/api/orders/{order.pk}/").json()
    assert (body["tax_total"], body["taxes"], body["lines"][0]["tax_amount"]) == (None, [], None)


def test_the_api_says_the_rates_and_the_tax_by_rate(buyer, cart):
    api = api_of(buyer.user)
    items = [{"sku": product.sku, "quantity": quantity} for product, quantity in cart]
    preview = api.post(
        "/api/orders/previews/", {"items": items, "address_id": buyer.address.pk}, format="json"
    ).json()
    assert [line["tax_rate"] for line in preview["lines"]] == ["5", "20"]
    option = preview["shipping_options"][0]
    taxes = [
        {"rate": "20", "net": "13.75", "tax": "2.75", "gross": "16.50"},
        {"rate": "5", "net": "20.00", "tax": "1.00", "gross": "21.00"},
    ]
    assert (option["total_amount"], option["tax_total"], option["taxes"]) == ("37.50", "3.75", taxes)

    order = api.post(
        f"/api/orders/{preview['id']}/", {"price_table_id": option["price_table_id"]}, format="json"
    ).json()
    assert (order["tax_total"], order["taxes"]) == ("3.75", taxes)
    assert (order["shipping_tax_rate"], order["shipping_tax"]) == ("20", "0.67")
    assert [line["tax_amount"] for line in order["lines"]] == ["1.00", "2.08"]


def test_the_export_and_the_desk_say_it_too(client, staff, buyer, cart):
    order = buyer.place(*cart)
    row = rows_of(exported("orders", actor=staff))[0]
    assert (row["tax_total"], row["taxes"]) == ("3.75", "20: 2.75; 5: 1.00")
    client.force_login(staff)
    shown = client.get(f"/admin/orders/order/{order.pk}/change/").text
    assert "incl. 20% VAT" in shown and "$2.75" in shown


def test_a_product_says_the_tax_of_the_shops_place_until_the_customers_is_known(
    visitor, customer, buyer, food, settings
):
    settings.SHOP_COUNTRY = "DE"
    rice = make_product(tax_class=food, stock=5)
    assert "incl. 7% VAT" in visitor.text(rice.get_absolute_url())
    assert "incl. 5% VAT" in customer.text(rice.get_absolute_url())
    settings.SHOW_TAX = False
    assert "VAT" not in visitor.text(rice.get_absolute_url())


def test_a_product_without_tax_says_nothing_of_it(visitor):
    assert "VAT" not in visitor.text(make_product(stock=5).get_absolute_url())


def test_the_cart_says_that_there_is_tax_in_its_prices(customer, cart, settings):
    customer.put(cart[0][0])
    assert "incl. VAT" in customer.text("/cart/")
    settings.SHOW_TAX = False
    assert "VAT" not in customer.text("/cart/")


def test_the_tax_has_the_shops_name_and_the_readers_words(customer, buyer, cart, settings):
    page = customer.preview(*cart)
    vietnamese = {"accept-language": "vi"}
    assert "đã gồm 20% thuế GTGT" in customer.get(page, headers=vietnamese).text
    settings.TAX_NAME = "GST"
    assert "đã gồm 20% GST" in customer.get(page, headers=vietnamese).text


def test_another_address_has_another_rate(customer, buyer, food):
    make_price_table(country="DE")
    berlin = make_address(buyer.user, country="DE")
    rice = make_product(price=Decimal(7), stock=9, tax_class=food)
    customer.put(rice, 3)
    assert "incl. 7% VAT" in customer.text(customer.get(f"/checkout/?address={berlin.pk}").url)
