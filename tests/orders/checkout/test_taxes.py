"""The tax that a preview promised is stored to the cent, and stays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from orders.checkout.cost_estimate import Place, cost
from orders.checkout.previews import create_preview
from orders.models import Order, OrderLine
from orders.status import OrderStatus
from tests.factories import Buyer, add_rate, make_product, make_tax_class, standard_class
from tests.orders.audited import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def food(buyer: Buyer):
    """Taxed at 5 % where the buyer lives; all else and shipping at 20 %."""
    add_rate(standard_class(), "20")
    return make_tax_class("5", country=buyer.address.country)


def cart(food) -> list:
    """Food for 21, other things for 12.50, and shipping for 4."""
    return [
        (make_product(sku="RICE", price=Decimal(7), stock=9, tax_class=food), 3),
        (make_product(sku="CUP", price=Decimal("12.50"), stock=9), 1),
    ]


def test_a_preview_says_which_rates_count_at_its_address(buyer, food):
    preview = buyer.preview(*cart(food))
    costs = preview.breakdown(preview.shipping_options[0])

    assert [(line.sku, line.tax_rate) for line in preview.lines] == [("RICE", 5), ("CUP", 20)]
    assert preview.shipping_tax_rate == 20
    # 16.50 / 6 = 2.75, and 21 / 21 = 1.
    assert [(one.rate, one.gross, one.net, one.tax) for one in costs.taxes] == [
        (20, Decimal("16.50"), Decimal("13.75"), Decimal("2.75")),
        (5, 21, 20, 1),
    ]


def test_the_order_keeps_what_its_preview_said(buyer, food):
    preview = buyer.preview(*cart(food))
    costs = preview.breakdown(preview.option(buyer.table.pk))
    food.rates.update(percent=50)
    order = Order.objects.get(pk=buyer.place_preview(preview).pk)

    kept = [(line.tax_rate, line.tax_amount) for line in order.lines.all()]
    assert kept == [(one.rate, one.tax) for one in costs.lines] == [(5, 1), (20, Decimal("2.08"))]
    assert (order.shipping_tax_rate, order.shipping_tax) == (20, Decimal("0.67"))
    assert order.tax_total == costs.tax == Decimal("3.75")


def test_another_rate_counts_from_the_shops_midnight(buyer, monkeypatch):
    """Whatever day it is where the server stands: what was quoted before it holds."""
    add_rate(standard_class(), "8", ends=date(2026, 12, 31))
    add_rate(standard_class(), "10", starts=date(2027, 1, 1))
    product, quoted = make_product(stock=9), []
    with timezone.override("Asia/Ho_Chi_Minh"):
        for moment in (
            datetime(2026, 12, 31, 16, 59, 50, tzinfo=UTC),
            datetime(2026, 12, 31, 17, 0, 10, tzinfo=UTC),
        ):
            monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
            quoted.append(buyer.preview((product, 1)))
        order = buyer.place_preview(quoted[0])
    assert [preview.lines[0].tax_rate for preview in quoted] == [8, 10]
    assert order.lines.get().tax_rate == 8


def test_in_dong_the_shares_have_no_decimals(buyer, settings):
    settings.CURRENCY = "VND"
    settings.TAX_RATE = Decimal(8)
    order = buyer.place(
        (make_product(price=Decimal(99_999), stock=9), 1), (make_product(price=Decimal(7), stock=9), 2)
    )
    order.refresh_from_db()

    shares = [*order.lines.values_list("tax_amount", flat=True), order.shipping_tax]
    # 100,017 of 108 are 7,408.6…
    assert sum(shares) == order.tax_total == 7409
    assert all(share == int(share) for share in shares)


def test_what_is_not_tax_of_the_amount_is_refused(buyer, food):
    order = buyer.place(*cart(food))
    lines, orders = OrderLine.objects.filter(order=order), Order.objects.filter(pk=order.pk)
    for rows, wrong in [
        (lines, {"tax_amount": -1}),
        (lines, {"tax_amount": 22}),
        (lines, {"tax_amount": None}),
        (lines, {"tax_rate": None}),
        (lines, {"tax_rate": 101}),
        (orders, {"shipping_tax": 5}),
        (orders, {"shipping_tax": None}),
        (orders, {"shipping_tax_rate": None}),
        (orders, {"tax_total": None}),
        (orders, {"tax_total": 38}),
        (orders, {"tax_total": 0}),
    ]:
        with pgtrigger.ignore(), pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders_order SET tax_total = NULL, shipping_tax = NULL, shipping_tax_rate = NULL",
        "UPDATE orders_order SET shipping_tax = shipping_tax - 0.01",
        "UPDATE orders_orderline SET tax_amount = tax_amount - 0.01",
        "UPDATE orders_orderline SET tax_rate = tax_rate + 1",
    ],
)
def test_what_was_kept_is_never_changed(buyer, food, change):
    buyer.place(*cart(food))

    with (
        pytest.raises(DatabaseError, match="Cannot update rows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_without_a_parcel_and_an_address_the_rate_of_everywhere_else_counts(buyer, food, settings):
    settings.SHOP_COUNTRY = ""
    key = make_product(needs_parcel=False, stock=1)
    add_rate(standard_class(), "10", country=buyer.address.country)
    nowhere = create_preview(customer=buyer.user, items=[(key.sku, 1)])
    assert nowhere.lines[0].tax_rate == 20
    assert buyer.preview((key, 1)).lines[0].tax_rate == 10


def test_without_tax_in_prices_the_preview_adds_it_and_the_order_keeps_what_is_paid(buyer, food, settings):
    settings.PRICES_INCLUDE_TAX = False
    preview = buyer.preview(*cart(food))
    option = preview.option(buyer.table.pk)
    assert [(line.unit_price, line.line_total) for line in preview.lines] == [
        (Decimal("7.35"), Decimal("22.05")),
        (15, 15),
    ]
    assert option.fee == Decimal("4.80")
    (offer,) = cost(what=preview.parcel, place=Place(country=buyer.address.country)).offers
    assert offer.option.fee == option.fee

    order = buyer.place_preview(preview)
    order.refresh_from_db()
    assert (order.items_total, order.total_amount, order.tax_total) == (
        Decimal("37.05"),
        Decimal("41.85"),
        Decimal("4.35"),
    )


@pytest.mark.usefixtures("in_the_tests_transaction")
def test_the_audit_agrees_with_prices_without_tax(buyer, food, settings):
    settings.PRICES_INCLUDE_TAX = False
    buyer.order_in(OrderStatus.PAID, *cart(food))
    assert run() == []
