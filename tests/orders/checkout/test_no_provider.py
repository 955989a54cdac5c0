"""A shop whose settings name no payment provider says so, and takes no orders that nobody could pay."""

import pytest
from django.core import checks
from django.urls import reverse

from orders.models import Order
from orders.status import OrderStatus
from tests.answers import refused
from tests.factories import make_product
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db

SENTENCE = "This shop takes no orders at the moment: no way to pay is set up."


@pytest.fixture
def no_provider(settings):
    def take_away() -> None:
        settings.PAYMENT_VARIANTS, settings.PAYMENT_VARIANT = {}, ""

    return take_away


def place(api, preview, table):
    return api.post(f"/api/orders/{preview.id}/", {"price_table_id": table.pk}, format="json")


def test_a_shop_without_a_provider_takes_no_orders(api, buyer, no_provider):
    product = make_product(stock=5)
    preview = buyer.preview((product, 1))
    no_provider()

    assert refused(place(api, preview, buyer.table), 409, "no_payment_provider")["detail"] == SENTENCE

    product.refresh_from_db()
    assert (Order.objects.count(), product.stock_quantity) == (0, 5)


def test_an_order_that_was_placed_before_is_still_found_by_its_preview(api, buyer, no_provider):
    preview = buyer.preview((make_product(stock=5), 1))
    assert place(api, preview, buyer.table).status_code == 201
    no_provider()

    assert place(api, preview, buyer.table).status_code == 200


def test_each_page_says_it_and_checkout_places_nothing(customer, buyer, no_provider):
    assert "data-no-orders" not in customer.text("/")
    page = customer.preview((make_product(stock=5), 1))
    no_provider()

    assert SENTENCE in customer.text("/")
    assert "disabled" in customer.text(page).partition('id="place-order"')[2].partition(">")[0]
    shown = words(customer.post(page, {"intent": "place", "price_table_id": buyer.table.pk}, follow=True))
    assert 'data-problem="no_payment_provider"' in shown
    assert not Order.objects.exists()


def test_an_order_that_waits_for_its_payment_says_why_it_cannot_be_paid(api, customer, buyer, no_provider):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    no_provider()

    answer = customer.get(reverse("order-pay", args=[order.pk]), follow=True)

    assert answer.redirect_chain == [(order.get_absolute_url(), 303)]
    assert [str(message) for message in answer.context["messages"]] == [SENTENCE]
    refused(api.post(f"/api/orders/{order.pk}/payment/"), 409, "no_payment_provider")
    assert not order.payments.exists()


def test_the_start_warns_of_it_and_only_then(no_provider):
    def said() -> list[str]:
        return [warning.id for warning in checks.run_checks() if warning.id.startswith("orders.")]

    assert said() == []
    no_provider()
    assert said() == ["orders.W001"]
