"""E-invoices of whole lives of orders: goods that cost nothing, vouchers, cards, businesses abroad, parts given back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.checkout.previews import create_preview
from orders.models import Order, PromotionKind
from orders.reports import tax_report
from tests.factories import (
    add_rate,
    ask_refund,
    change,
    confirm,
    make_address,
    make_gift_card,
    make_gift_product,
    make_price_table,
    make_product,
    make_promotion,
    make_tax_class,
    pay,
    redeem,
    return_money,
    standard_class,
)
from tests.orders.audited import run
from tests.orders.documents.test_einvoice import amounts, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
BUSINESS = {"company": "Boulangerie Martin", "vat_id": "FR40303265045"}


@pytest.fixture(autouse=True)
def germany(settings):
    settings.E_INVOICE, settings.SHOP_COUNTRY, settings.CURRENCY = True, "DE", "EUR"
    settings.SHOP_TAX_ID, settings.SHOP_ADDRESS = "DE136695976", "Hauptstraße 1\n10115 Berlin"
    add_rate(standard_class(), "0")
    add_rate(standard_class(), "19", country="DE")
    add_rate(standard_class(), "20", country="FR")


def sold(buyer, *items, country="DE", codes=(), billing=None) -> Order:
    """An order that is confirmed, for so many of each."""
    make_price_table(country=country, fee="5.95")
    there = make_address(buyer.user, country=country, region="")
    wanted = [(product.sku, quantity) for product, quantity in items]
    preview = create_preview(
        customer=buyer.user, items=wanted, address_id=there.pk, billing=billing, codes=codes
    )
    buyer.table.pk = preview.shipping_options[0].price_table_id
    order = buyer.place_preview(preview)
    confirm(order)
    order.refresh_from_db()
    return order


def papers(order: Order) -> list[dict]:
    """Each of its papers, held against schema and rules."""
    return [read(paper) for paper in order.invoices.order_by("pk")]


def test_an_order_that_costs_nothing_has_its_rates(buyer):
    make_promotion("100", combinable=True)
    make_promotion(kind=PromotionKind.FREE_SHIPPING, combinable=True)
    food = make_tax_class("7", country="DE")
    order = sold(buyer, (make_product(stock=9, price=3), 2), (make_product(stock=9, tax_class=food), 1))
    (said,) = papers(order)
    assert {(one["BT-118"], str(one["BT-119"]), str(one["BT-117"])) for one in said["BG-23"]} == {
        ("S", "19", "0.00"),
        ("S", "7", "0.00"),
    }


def test_a_line_that_costs_nothing_has_its_category_beside_the_others(buyer):
    """Zero-rated, and given away: the norm wants the category of each line among the sums."""
    books = make_product(stock=9, tax_class=make_tax_class("0", country="DE"))
    make_promotion("100", products=[books])
    order = sold(buyer, (books, 1), (make_product(stock=9), 1))
    pay(order)
    (said,) = papers(order)
    assert {one["BT-118"] for one in said["BG-23"]} == {"S", "Z"}


@pytest.mark.parametrize("country", ["DE", "FR", "VN"])
@pytest.mark.parametrize("billing", [None, BUSINESS], ids=["a consumer", "a business"])
def test_with_vouchers_a_card_and_parts_given_back(buyer, country, billing):
    make_promotion("10", code="TEN", combinable=True)
    make_promotion(kind=PromotionKind.FREE_SHIPPING, amount=Decimal(2), combinable=True)
    make_promotion(kind=PromotionKind.PIECES, pieces=3, paid_pieces=2, combinable=True)
    goods, more = (make_product(stock=99, price=Decimal(price)) for price in ("7.77", "0.99"))
    cart = [(goods, 3), (more, 7), (make_gift_product("30"), 1)]
    order = sold(buyer, *cart, country=country, billing=billing, codes=["ten"])
    redeem(order, make_gift_card("11.11"))
    pay(Order.objects.get(pk=order.pk))
    change(order, "cancel", {goods.sku: 1})
    change(order, "refund", amount="1.13")
    return_money(order)
    ask_refund(order)
    return_money(order)

    invoice, *notes = papers(order)
    assert len(notes) == 3
    assert sum(amounts(note, "BT-112")[0] for note in notes) == amounts(invoice, "BT-112")[0]
    is_exempt = country == "VN" or (billing and country == "FR")
    assert amounts(invoice, "BT-110")[0] == 0 if is_exempt else amounts(invoice, "BT-110")[0] > 0
    today = timezone.localdate()
    left = tax_report.lines(first=today - timedelta(days=1), last=today)
    assert left and {(one.net, one.tax, one.gross) for one in left} == {(0, 0, 0)}
    assert run() == []


def test_in_a_currency_without_decimals(buyer, settings):
    settings.CURRENCY = "JPY"
    make_promotion("7.5", code="TEN", combinable=True)
    food = make_tax_class("7", country="DE")
    goods, rice = make_product(stock=99, price=777), make_product(stock=99, price=99, tax_class=food)
    order = sold(buyer, (goods, 3), (rice, 7), codes=["ten"])
    pay(order)
    change(order, "cancel", {goods.sku: 1})
    return_money(order)
    ask_refund(Order.objects.get(pk=order.pk))
    return_money(order)
    assert len(papers(order)) == 3
    assert run() == []


def test_of_gift_cards_alone(buyer):
    order = sold(buyer, (make_gift_product("30"), 2))
    pay(order)
    (said,) = papers(order)
    assert amounts(said, "BT-110", "BT-112") == [0, 60]
