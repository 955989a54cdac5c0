"""What papers, emails and tables say of discounts: the order's own rows, and what is paid."""

from decimal import Decimal

import pytest

from orders.audit import findings
from orders.bulk import orders as table
from orders.emails.messages import message_of
from orders.models import InvoiceKind, PromotionKind
from orders.reports import data_export
from tests.factories import (
    Buyer,
    add_rate,
    ask_refund,
    confirm,
    make_product,
    make_promotion,
    pay,
    return_money,
    standard_class,
)
from tests.orders.paper import text
from tests.orders.post import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """Two for 20.00 each at 20 %, of which 10 % are off; of the shipping of 4.00 3.00 are."""
    add_rate(standard_class(), "20")
    make_promotion("10", code="SUMMER", name="Summer", combinable=True)
    make_promotion(name="On us", kind=PromotionKind.FREE_SHIPPING, amount=Decimal(3), combinable=True)
    product = make_product(price=Decimal(25), sale_price=Decimal(20), stock=5)
    placed = Buyer().place((product, 2), codes=["summer"])
    confirm(placed)
    pay(placed)
    return placed


def test_an_invoice_has_what_is_paid_and_what_was_taken_off(order):
    invoice = order.invoices.get()
    says = invoice.snapshot

    assert (says["lines"][0]["discount"], says["lines"][0]["total"]) == ("4.00", "36.00")
    assert (says["items_total"], says["shipping_fee"], says["total"]) == ("36.00", "1.00", "37.00")
    assert says["taxes"] == [{"rate": "20", "gross": "37.00", "net": "30.83", "tax": "6.17"}]
    assert [(one["name"], one["code"], one["amount"], one["off_shipping"]) for one in says["discounts"]] == [
        ("Summer", "SUMMER", "4.00", "0.00"),
        ("On us", "", "3.00", "3.00"),
    ]
    shown = text(invoice)
    assert "discount $4.00" in shown
    assert "Discount included: Summer (SUMMER), $4.00" in shown
    assert "Discount included: On us, $3.00, of that $3.00 off the shipping" in shown


def test_a_credit_note_takes_back_what_was_paid(order):
    ask_refund(order)
    return_money(order)
    credit = order.invoices.get(kind=InvoiceKind.CREDIT_NOTE)

    assert (credit.snapshot["total"], credit.snapshot["lines"][0]["discount"]) == ("-37.00", "-4.00")
    assert credit.snapshot["discounts"][0]["amount"] == "-4.00"
    assert "Discount included: Summer (SUMMER), -$4.00" in text(credit)
    assert list(findings()) == []


def test_an_email_shows_what_was_taken_off(order):
    message = message_of(order.emails.get(kind="paid"))

    for body in (message.body, html_of(message)):
        flat = " ".join(body.split())
        assert "Summer (SUMMER)" in flat and "−$4.00" in flat and "On us" in flat
        assert "$40.00 − $4.00" in flat and "$36.00" in flat and "$37.00" in flat


def test_the_table_of_orders_and_ones_own_data_have_it(order):
    (row,) = table.OrdersTable().export(table.narrowed_orders({})).dict
    assert (row["discount_total"], row["shipping_discount"]) == ("7.00", "3.00")
    assert row["discounts"] == "Summer (SUMMER); On us"
    (own,) = data_export._orders(order.customer)
    assert [one["code"] for one in own["discounts"]] == ["SUMMER", ""]
    assert (own["lines"][0]["list_price"], own["lines"][0]["discount"]) == (25, 4)
