"""The audit finds damage to what was told: invoices, credit notes, emails, the feed, and providers' events."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import GONE
from catalog import inventory
from catalog.models import StockMovement
from catalog.models.wait import Wait
from orders.actions import back_in_stock
from orders.audit import doctor
from orders.models import Email, EmailKind
from orders.payments import keeping, provider_events
from orders.payments.providers.base import Notification, NotificationKind
from staff.log import write
from tests.factories import make_product, make_staff, make_user
from tests.orders.audited import check_damage, drop_guards, open_shop, run, table

ADD_PAPER = "INSERT INTO orders_invoice (order_id, kind, number, issued_at, language, snapshot) "
ADD_EVENT = (
    "INSERT INTO orders_providerevent "
    "(variant, event_id, news, body, received_at, acted_at, attempts, next_attempt_at, failure, remark) "
)
ADD_ENTRY = "INSERT INTO orders_feedentry (order_id, customer_id, change_id) "
MAKE_FREE = "UPDATE orders_order SET total_amount = 0 WHERE id = %(order)s"
SAY = "UPDATE orders_invoice SET snapshot = snapshot || jsonb_build_object('total', '{total}') WHERE kind = '{kind}'"


def told(amount: str, reference: str) -> str:
    """A capture that was told and acted on; both are SQL."""
    news = f"jsonb_build_object('kind', 'captured', 'token', token, 'amount', {amount}, 'reference', {reference})"
    return ADD_EVENT + f"SELECT 'demo', 'evt', {news}, '', now(), now(), 1, NULL, '', '' FROM orders_payment"


ADD_WAIT = "INSERT INTO catalog_wait (product_id, email, user_id, language, asked_at) "

pytestmark = pytest.mark.django_db

# What was done, the order it was done to, the statements, and the line's words: {order} and {number} are filled in.
# fmt: off
DAMAGE = [
    # Invoices and credit notes.
    ("invoice gone", "paid", "DELETE FROM orders_invoice WHERE order_id = %(order)s",
        "order {order}: was paid, and has 0 invoices"),
    ("invoice gone, counter stays", "paid", "DELETE FROM orders_invoice WHERE order_id = %(order)s",
        "order unknown, invoice: there is none, and the counter says 1"),
    ("two invoices", "paid", ADD_PAPER + "SELECT order_id, kind, 2, issued_at, language, snapshot FROM orders_invoice",
        "order {order}: was paid, and has 2 invoices"),
    ("invoice without money", "pending", ADD_PAPER + "VALUES (%(order)s, 'invoice', 1, now(), 'en', '{}')",
        "order {order}: was never paid, and has 1 invoices"),
    ("invoice of an order that is gone", "paid", "DELETE FROM orders_order WHERE id = %(order)s",
        "order {id}: has an invoice, and the order is gone"),
    ("invoice's total", "done", SAY.format(total="28.00", kind="invoice"),
        "order {order}: its invoice says 28.00, its total is 29.00"),
    ("invoice's nonsense", "done", SAY.format(total="much", kind="invoice"),
        "order {order}: its invoice says , its total is 29.00"),
    ("credit note gone", "returned", "DELETE FROM orders_invoice WHERE kind = 'credit_note'",
        "order {order}: its money is back, and it has 0 credit notes"),
    ("credit note without a refund", "paid",
        ADD_PAPER + "SELECT order_id, 'credit_note', 1, now(), 'en', '{\"total\": \"-29.00\"}' FROM orders_invoice",
        "order {order}: its money is not back, and it has 1 credit notes"),
    ("credit note's total", "by_hand", SAY.format(total="-28.00", kind="credit_note"),
        "order {order}: its credit note says -28.00, its invoice 29.00"),
    ("invoice of another order", "paid",
        "UPDATE orders_invoice SET snapshot = snapshot || jsonb_build_object('order', 7)",
        "order {order}, invoice 1: says that it is of order 7"),
    ("invoice's lines", "paid", "UPDATE orders_invoice SET snapshot = snapshot || jsonb_build_object('lines', '[]'::jsonb)",
        "order {order}, invoice 1: its lines are 0 together, its items 25.00"),
    ("invoice's parts", "paid",
        "UPDATE orders_invoice SET snapshot = snapshot || jsonb_build_object('shipping_fee', '5.00')",
        "order {order}, invoice 1: its total 29.00 is not 25.00 + 5.00"),
    ("invoice's currency", "paid", "UPDATE orders_invoice SET snapshot = snapshot || jsonb_build_object('currency', 'VND')",
        "order {order}, invoice 1: is in VND, the order in USD"),
    ("gap in the numbers", "paid", "UPDATE orders_invoice SET number = 3",
        "order {order}, invoice 3: follows upon number 0"),
    ("number given twice", "returned", "UPDATE orders_invoice SET kind = 'invoice'",
        "order {order}, invoice 1: follows upon number 1"),
    ("counter", "paid", "UPDATE orders_invoicecounter SET last = 7",
        "order {order}, invoice 1: is the last one, and the counter says 7"),
    ("counter gone", "paid", "DELETE FROM orders_invoicecounter",
        "order {order}, invoice 1: is the last one, and the counter says nothing"),
    ("paper of no kind", "paid", "UPDATE orders_invoice SET kind = 'letter'",
        "order {order}, letter 1: is of no kind that there is"),
    # What providers told.
    ("capture told, and not written", "paid", told("'29.00'", "'lost'"),
        "order {order}, event demo evt: told of 29.00 captured, and the ledger has no row of it"),
    ("another amount told", "paid", told("'28.00'", "concat('charge ', token)"),
        "order {order}, event demo evt: told of 28.00 captured, and the ledger has 29.00"),
    ("told, and never acted on", "pay_required",
        ADD_EVENT + "VALUES ('demo', 'evt', '{}', '', '2020-01-02 03:04+00', NULL, 9, now(), '', '')",
        "order unknown, event demo evt: waits to be acted on since 2020-01-02 03:04"),
    # Emails.
    ("first email unwritten", "pending", "DELETE FROM orders_mail WHERE order_id = %(order)s",
        'order {order}: has no email "placed" about 1'),
    ("email unwritten", "done", "DELETE FROM orders_mail WHERE order_id = %(order)s AND kind = 'paid'",
        'order {order}: has no email "paid" about 3'),
    ("email about late money unwritten", "late_and_back",
        "DELETE FROM orders_mail WHERE order_id = %(order)s AND kind = 'late_money_returned'",
        'order {order}: has no email "late_money_returned" about {refund}'),
    ("email about nothing", "canceled",
        "UPDATE orders_mail SET sequence = 9 WHERE order_id = %(order)s AND kind = 'canceled'",
        'order {order}: has an email "canceled" about 9, which did not happen'),
    ("email about money of a free order", "paid", MAKE_FREE,
        'order {order}: has an email "pay_required" about 2, which did not happen'),
    ("email about another status", "returned",
        "UPDATE orders_mail SET kind = 'canceled' WHERE order_id = %(order)s AND kind = 'refunded'",
        'order {order}: has no email "refunded" about 5'),
    # The feed.
    ("step untold", "done", ("DELETE FROM orders_feedentry WHERE change_id = (SELECT id FROM orders_statuschange "
        "WHERE order_id = %(order)s AND sequence = 3)"), "order {order}, step 3: is not in the feed"),
    ("returned money untold", "returned", "DELETE FROM orders_feedentry WHERE money_id IS NOT NULL",
        "is not in the feed"),
    ("told twice", "pending", ADD_ENTRY + "SELECT order_id, customer_id, change_id FROM orders_feedentry "
        "WHERE order_id = %(order)s", "order {order}, step 1: is in the feed 2 times"),
    ("told of nothing", "pending", ADD_ENTRY + "SELECT order_id, customer_id, 0 FROM orders_feedentry "
        "WHERE order_id = %(order)s", "tells of what did not happen"),
    ("told for another order", "paid", ("UPDATE orders_feedentry SET order_id = gen_random_uuid() "
        "WHERE order_id = %(order)s"), "order {order}, step 3: is in the feed of another order"),
    ("told to another customer", "paid", "UPDATE orders_feedentry SET customer_id = 0 WHERE order_id = %(order)s",
        "order {order}, step 2: is in the feed of another customer"),
    # Who waits for a product.
    ("wait of who never said yes", "pending", ADD_WAIT + "VALUES (%(cups)s, 'a@example.com', NULL, 'en', now())",
        "of those who wait: its address was never asked whether it wants to be told"),
    ("wait of no address", "pending", ADD_WAIT + "SELECT %(cups)s, 'Somebody', id, 'en', now() FROM accounts_user LIMIT 1",
        "of those who wait: is of no address as the shop writes them"),
    ("wait of somebody who has left", "pending",
        ADD_WAIT + "SELECT %(cups)s, 'a' || '" + GONE + "', id, 'en', now() FROM accounts_user LIMIT 1",
        "of those who wait: its user has left"),
    ("wait of nobody", "pending", ADD_WAIT + "VALUES (%(cups)s, 'a@example.com', 0, 'en', now())",
        "of those who wait: its user is gone"),
    ("wait for nothing", "pending", ADD_WAIT + "SELECT 0, email, id, 'en', now() FROM accounts_user LIMIT 1",
        "of those who wait: waits for a product that is gone"),
    ("wait of tomorrow", "pending",
        ADD_WAIT + "SELECT %(cups)s, email, id, 'en', now() + interval '1 day' FROM accounts_user LIMIT 1",
        "of those who wait: is yet to come"),
]
# fmt: on


class TestTable:
    @table(DAMAGE)
    def test_damage_is_found_and_named(self, shop, statement, words):
        check_damage(shop, statement, words)


def test_an_event_that_is_young_or_of_nobody_is_no_damage(in_the_tests_transaction):
    payment = open_shop("paid").orders["paid"].payments.get()
    for token, kind in (
        (payment.token, NotificationKind.CAPTURED),
        ("nobody's", NotificationKind.CAPTURED),
        ("", NotificationKind.OTHER),
    ):
        event = keeping.keep(
            variant="demo",
            notification=Notification(
                f"{token}-{kind}", kind, token, payment.total, payment.currency, f"charge {payment.token}"
            ),
        )
        assert run() == []
        provider_events.act(event_id=event.pk)
        assert run() == []


def test_who_waits_as_the_shop_writes_it_is_no_damage(in_the_tests_transaction, db):
    product = make_product()
    back_in_stock.wait_for(product_id=product.pk, user=make_user())
    back_in_stock.ask_to_confirm(product=product, email="Stranger@Example.com")
    link = re.search(r"confirm/(\S+)/", Email.objects.get(kind=EmailKind.BACK_TO_CONFIRM).text)
    back_in_stock.confirm(token=link[1])
    assert Wait.objects.count() == 2
    inventory.receive(product_id=product.pk, quantity=1, actor=None)
    assert run() == [], "the sweep is on its way"


def test_who_waits_for_what_is_back_for_long_is_named_and_told_by_the_doctor(in_the_tests_transaction, db):
    product, back = make_product(), make_product(stock=1)
    for one in (product, back):
        back_in_stock.wait_for(product_id=one.pk, user=make_user())
    Wait.objects.update(asked_at=timezone.now() - timedelta(hours=3))
    drop_guards("catalog_stockmovement")
    for hours in (0.5, 2):
        StockMovement.objects.update(at=timezone.now() - timedelta(hours=hours))
        said = [line for line in run() if "it was not told" in line]
        assert [f"product {back.sku}, row" in line for line in said] == [True] * (hours > 1)
    staff = make_staff()
    write(actor=staff, action="change", about=[back])
    assert not [line for line in run() if "it was not told" in line], "maybe it was on sale again just now"
    assert doctor.tell_waiting() == 1
    assert [one.product for one in Wait.objects.all()] == [product]
