"""A total that no way to pay takes is refused where it is quoted, and not at Pay."""

from decimal import Decimal

import pytest

from catalog.models import Product
from orders.actions.money.payment import ways_to_pay
from orders.models import Order, PriceBand
from orders.pricing import payable
from orders.pricing.payable import AmountNotPayable
from orders.status import OrderStatus
from tests.answers import refused
from tests.factories import confirm, make_gift_card, make_product, redeem
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
STRIPE = (payable.STRIPE, {"secret_key": "sk", "webhook_secret": "wh", "api_base": "http://127.0.0.1:9"})
DEMO = ("orders.payments.providers.demo.DemoProvider", {})


@pytest.fixture
def stripe(settings, buyer) -> None:
    """Stripe alone, and sending costs nothing."""
    settings.PAYMENT_VARIANTS, settings.PAYMENT_VARIANT = {"stripe": STRIPE}, ""
    PriceBand.objects.update(fee=0)


@pytest.mark.parametrize(
    ("currency", "least", "most"),
    [("USD", "0.50", "999999.99"), ("JPY", "50", None), ("VND", None, None), ("GBP", "0.30", "999999.99")],
)
def test_stripe_takes_what_it_documents(currency, least, most):
    bounds = payable.bounds(payable.STRIPE, currency)
    assert bounds == (least and Decimal(least), most and Decimal(most))
    assert payable.bounds("another", currency) == (None, None)


@pytest.mark.parametrize(
    ("price", "says"),
    [("0.49", "at least"), ("1000000.00", "at most"), ("0.50", ""), ("999999.99", ""), ("0", "")],
)
def test_a_preview_of_what_nobody_takes_is_refused(buyer, stripe, price, says):
    """What costs nothing is paid by nobody, and may be ordered."""
    items = (make_product(price=Decimal(price), stock=5), 1)
    if not says:
        buyer.preview(items)
        return
    with pytest.raises(AmountNotPayable, match=says):
        buyer.preview(items)


def test_the_api_says_the_limits(api, buyer, stripe):
    cheap = make_product(price=Decimal("0.20"), stock=5)
    given = {"items": [{"sku": cheap.sku, "quantity": 1}], "address_id": buyer.address.pk}
    body = refused(api.post("/api/orders/previews/", given, format="json"), 409, "amount_not_payable")
    assert (body["total"], body["least"], body["most"]) == ("0.20", "0.50", "999999.99")


def test_a_preview_from_before_the_providers_changed_is_not_placed(api, buyer, settings):
    PriceBand.objects.update(fee=0)
    preview = buyer.preview((make_product(price=Decimal("0.20"), stock=5), 1))
    settings.PAYMENT_VARIANTS, settings.PAYMENT_VARIANT = {"stripe": STRIPE}, ""
    answer = api.post(f"/api/orders/{preview.id}/", {"price_table_id": buyer.table.pk}, format="json")
    refused(answer, 409, "amount_not_payable")
    assert not Order.objects.exists()


def test_the_page_says_it_in_words(customer, buyer, stripe):
    customer.put(make_product(price=Decimal("0.20"), stock=5))
    answer = customer.get("/checkout/", follow=True)
    assert answer.redirect_chain[-1][0] == "/cart/"
    assert "An order has to cost $0.50 at least" in words(answer)


def test_of_two_ways_the_one_that_takes_it_is_offered(buyer, settings):
    PriceBand.objects.update(fee=0)
    settings.PAYMENT_VARIANTS = {"stripe": STRIPE, "demo": DEMO}
    settings.PAYMENT_VARIANT = ""
    cheap, dear = (make_product(price=Decimal(price), stock=5) for price in ("0.20", "5"))
    assert list(ways_to_pay(buyer.order_in(OrderStatus.PAY_REQUIRED, (cheap, 1)))) == ["demo"]
    assert list(ways_to_pay(buyer.order_in(OrderStatus.PAY_REQUIRED, (dear, 1)))) == [
        "stripe",
        "demo",
    ]
    assert Product.objects.count() == 2


@pytest.mark.parametrize(
    ("on_card", "taken"),
    [("4.80", "4.50"), ("4.50", "4.50"), ("3.00", "3.00"), ("5.00", "5.00"), ("9.00", "5.00")],
)
def test_a_card_leaves_no_rest_that_nobody_takes(buyer, stripe, on_card, taken):
    order = buyer.place((make_product(price=Decimal(5), stock=5), 1))
    confirm(order)
    card = make_gift_card(on_card)
    redeem(order, card)

    card.refresh_from_db()
    assert order.card_uses.get().amount == Decimal(taken)
    assert card.balance == Decimal(on_card) - Decimal(taken)
