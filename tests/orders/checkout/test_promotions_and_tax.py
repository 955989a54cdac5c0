"""Promotions take off what is paid at the customer's place, whichever way prices were entered; the rest is taxed."""

from decimal import Decimal

import pytest

from orders.checkout.previews import create_preview
from orders.models import Order, PromotionKind, TaxReason
from tests.factories import (
    add_rate,
    make_address,
    make_price_table,
    make_product,
    make_promotion,
    standard_class,
)
from tests.orders.audited import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]


@pytest.fixture
def product():
    """On sale for 20.00 rather than 25.00, as it was entered."""
    return make_product(price=Decimal(25), sale_price=Decimal(20), stock=9)


@pytest.fixture(autouse=True)
def offers():
    """A tenth of the goods for a code, and three of the shipping."""
    add_rate(standard_class(), "20")
    make_promotion("10", code="SUMMER", combinable=True)
    make_promotion(kind=PromotionKind.FREE_SHIPPING, amount=Decimal(3), combinable=True)


@pytest.mark.parametrize(
    ("with_tax", "price", "before", "off", "shipping", "total"),
    [(True, "20", "25", "4.00", "1.00", "37.00"), (False, "24", "30", "4.80", "1.80", "45.00")],
)
def test_they_take_off_what_is_paid(buyer, product, settings, with_tax, price, before, off, shipping, total):
    settings.PRICES_INCLUDE_TAX = with_tax
    preview = buyer.preview((product, 2), codes=["summer"])
    order = Order.objects.get(pk=buyer.place_preview(preview).pk)
    line = order.lines.get()

    assert (line.unit_price, line.list_price, line.discount) == tuple(map(Decimal, (price, before, off)))
    assert line.line_total == 2 * Decimal(price) - Decimal(off) == order.items_total
    assert (order.shipping_fee, order.shipping_discount) == (Decimal(shipping), 3)
    assert order.discount_total == Decimal(off) + 3
    assert (order.total_amount, order.total_amount * 20 / 120) == (
        Decimal(total),
        pytest.approx(order.tax_total, abs=Decimal("0.01")),
    )
    assert run() == []


def test_an_amount_off_is_that_amount_less_to_pay_without_tax_in_prices_too(buyer, product, settings):
    make_promotion(kind=PromotionKind.AMOUNT, amount=Decimal(5), code="FIVE", combinable=True)
    settings.PRICES_INCLUDE_TAX = False
    totals = [
        preview.total(preview.shipping_options[0])
        for preview in (buyer.preview((product, 2)), buyer.preview((product, 2), codes=["five"]))
    ]
    assert totals[0] - totals[1] == 5


def test_a_business_abroad_gets_them_off_the_price_without_tax(buyer, product, settings):
    settings.SHOP_COUNTRY = "DE"
    make_price_table(country="FR")
    there = make_address(buyer.user, country="FR", region="")
    preview = create_preview(
        customer=buyer.user,
        items=[(product.sku, 3)],
        address_id=there.pk,
        codes=["summer"],
        billing={"company": "Boulangerie Martin", "vat_id": "FR40303265045"},
    )
    buyer.table.pk = preview.shipping_options[0].price_table_id
    order = Order.objects.get(pk=buyer.place_preview(preview).pk)
    line = order.lines.get()

    # 20 / 1.2 and 25 / 1.2, three of them, and a tenth of that; 4 / 1.2 less 3 of shipping.
    prices = (line.unit_price, line.list_price, line.discount)
    assert prices == (Decimal("16.67"), Decimal("20.83"), Decimal("5.00"))
    assert (line.line_total, order.shipping_fee) == (Decimal("45.01"), Decimal("0.33"))
    assert (order.tax_reason, order.tax_total) == (TaxReason.INTRA_EU, 0)
    assert run() == []
