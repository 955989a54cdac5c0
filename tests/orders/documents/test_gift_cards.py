"""What papers, emails, tables and reports say of gift cards: those that paid, and those that were sold."""

from decimal import Decimal

import pytest
from django.utils import timezone

from orders.bulk import orders as table
from orders.emails.messages import message_of
from orders.models import GIFT_CARD, EmailKind, GiftCard, InvoiceKind, Order
from orders.reports import data_export
from orders.reports.money_days import days
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    add_rate,
    ask_refund,
    give_credit,
    make_gift_card,
    make_gift_product,
    make_product,
    pay,
    redeem,
    return_money,
    standard_class,
)
from tests.orders.paper import text
from tests.orders.post import html_of, message_for

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def order() -> Order:
    """20.00 at 20 % and 4.00 for the parcel: 5.00 on a card, 3.00 of store credit, the rest at the provider."""
    add_rate(standard_class(), "20")
    placed = Buyer().order_in(S.PAY_REQUIRED, (make_product(price=Decimal(20), stock=5), 1))
    redeem(placed, make_gift_card("5", code="0A1B2C3D4E5F7K3M"))
    redeem(placed, give_credit(placed.customer, "3"))
    return placed


@pytest.fixture
def paid(order) -> Order:
    pay(Order.objects.get(pk=order.pk))
    return Order.objects.get(pk=order.pk)


def test_an_invoice_says_who_paid_and_its_tax_is_of_all(paid):
    invoice = paid.invoices.get()

    assert invoice.snapshot["cards"] == [
        {"ending": "7K3M", "amount": "5.00"},
        {"ending": "", "amount": "3.00"},
    ]
    assert (invoice.snapshot["total"], invoice.snapshot["tax"]) == ("24.00", "4.00")
    shown = text(invoice)
    for said in (
        "Paid with gift card …-7K3M: $5.00",
        "Paid with store credit: $3.00",
        "Paid otherwise: $16.00",
    ):
        assert said in shown


def test_a_credit_note_says_nothing_of_cards(paid):
    ask_refund(paid)
    return_money(paid)

    credit = paid.invoices.get(kind=InvoiceKind.CREDIT_NOTE)

    assert "cards" not in credit.snapshot
    assert "gift card" not in text(credit)


def test_emails_ask_for_what_cards_leave_and_tell_what_they_paid(order):
    order = Order.objects.get(pk=order.pk)
    asks = message_of(order.emails.get(kind=EmailKind.PAY_REQUIRED))
    pay(order)
    thanks = message_of(order.emails.get(kind=EmailKind.PAID))

    assert "Please pay $16.00" in asks.body
    assert "Pay $16.00" in html_of(asks)
    for body in (thanks.body, html_of(thanks)):
        flat = " ".join(body.split())
        assert "With gift cards" in flat and "$8.00" in flat and "$24.00" in flat


def test_the_email_of_a_sold_card_has_its_code_and_notes_that_it_was_seen():
    buyer = Buyer()
    order = buyer.order_in(S.PAID, (make_gift_product("50"), 2), (make_product(stock=5), 1))

    message = message_for(order, EmailKind.PAID)

    for card in GiftCard.objects.all():
        assert card.code_shown in message.body and card.code_shown in html_of(message)
    assert Order.objects.get(pk=order.pk).codes_seen_at is not None


def test_the_table_of_orders_and_ones_own_data_have_it(paid):
    (row,) = table.OrdersTable().export(table.narrowed_orders({})).dict
    (own,) = data_export._orders(paid.customer)
    person = data_export._person(paid.customer)

    assert (row["total"], row["gift_cards"]) == ("24.00", "8.00")
    assert own["card_amount"] == 8
    assert [one["kind"] for one in person["store_credit"][0]["entries"]] == ["given", "taken"]


def test_the_daily_statement_has_cards_as_an_account_of_their_own(paid):
    today = timezone.localdate()
    held = {line.variant: line.amounts["captured"] for line in days(first=today, last=today)}

    assert held == {GIFT_CARD: 8, "demo": 16}


def test_a_sold_card_has_no_tax_whatever_its_place():
    add_rate(standard_class(), "20")
    order = Buyer().order_in(
        S.PAID, (make_gift_product("50"), 1), (make_product(price=Decimal(20), stock=5), 1)
    )

    taxes = order.invoices.get().snapshot["taxes"]

    assert taxes == [
        {"rate": "20", "gross": "24.00", "net": "20.00", "tax": "4.00"},
        {"rate": "0", "gross": "50.00", "net": "50.00", "tax": "0.00"},
    ]


def test_prices_without_tax_add_none_to_a_sold_card(settings):
    settings.PRICES_INCLUDE_TAX = False
    add_rate(standard_class(), "20")
    order = Buyer().order_in(S.PAID, (make_gift_product("50"), 1), (make_product(stock=5), 1))

    assert order.lines.get(product__is_gift_card=True).line_total == 50
    assert GiftCard.objects.get().balance == 50
