"""`manage.py audit`: a healthy shop adds up, and damage of every kind is found and named."""

import re
import time
from contextlib import nullcontext
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import inventory
from catalog.models import Number, StockMovement
from orders import audit, payments, refunds
from orders.confirmation import confirm_order
from orders.models import LedgerEntry, Order, Refund
from orders.status import OrderStatus
from tests.factories import (
    Buyer,
    ask_refund,
    capture,
    make_numbered,
    make_product,
    make_staff,
    pay,
    return_money,
)
from tests.parallel import at_once

S = OrderStatus


@pytest.fixture
def in_the_tests_transaction(db, monkeypatch):
    """The damage is in the test's own transaction, so the audit has to look from there."""
    monkeypatch.setattr(audit, "snapshot", nullcontext)


def run() -> list[str]:
    """The lines that the audit prints about what is wrong; what it prints besides, and its exit, are checked."""
    out, refusal = StringIO(), None
    try:
        call_command("audit", stdout=out)
    except CommandError as error:
        refusal = error
    lines = out.getvalue().splitlines()
    if refusal is None:
        assert lines[0].startswith("Everything adds up: ")
        return []
    assert refusal.returncode == 1
    assert lines and str(refusal) == f"{len(lines)} things do not add up."
    return lines


# --- a shop with everything in it -------------------------------------------------------------------------------------


def refuse(order: Order) -> Refund:
    """The provider refuses to return the order's money."""
    return refunds.note_refused(refund_id=Refund.objects.get(payment__order=order).pk, why="card closed")


def settle_by_hand(order: Order) -> None:
    refunds.settle_by_hand(refund_id=refuse(order).pk, actor=make_staff(), note="in cash")


def retry(order: Order) -> None:
    refunds.retry(refund_id=refuse(order).pk, actor=make_staff())


def retry_and_return(order: Order) -> None:
    retry(order)
    return_money(order)


def pay_late(order: Order) -> None:
    capture(order.payments.create(variant="demo", total=order.total_amount, currency=order.currency))


def pay_late_and_get_it_back(order: Order) -> None:
    pay_late(order)
    return_money(order)


def pay_twice(order: Order) -> None:
    capture(order.payments.get(), reference="the second time")


def pay_too_little(order: Order) -> None:
    capture(
        order.payments.create(variant="demo", total=order.total_amount, currency=order.currency),
        amount=Decimal("0.01"),
    )


def pay_too_little_and_then_all(order: Order) -> None:
    pay_too_little(order)
    pay(order)


def approve(order: Order) -> None:
    payment = payments.start_payment(order_id=order.pk).payment
    payments.authorise(payment_id=payment.pk, amount=payment.total, reference="approved")


def return_at_provider(order: Order, part: Decimal | None = None) -> None:
    capture = order.ledger.filter(kind="captured").first()
    refunds.note_made_at_provider(
        payment_id=capture.payment_id,
        charge=capture.reference,
        amount=part or capture.amount,
        reference=f"hand {LedgerEntry.objects.count()}",
    )


def return_a_part_at_provider(order: Order) -> None:
    return_at_provider(order, Decimal(5))


def return_a_part_and_the_rest(order: Order) -> None:
    return_a_part_at_provider(order)
    ask_refund(order)
    return_money(order)


# Name -> the status it is brought to, and what happens to it then.
ORDERS = {
    "pending": (S.PENDING, None),
    "pay_required": (S.PAY_REQUIRED, None),
    "paid": (S.PAID, None),
    "done": (S.DONE, None),
    "refund": (S.REFUND, None),
    "canceled": (S.CANCELED, None),
    "refused": (S.REFUND, refuse),
    "retried": (S.REFUND, retry),
    "returned": (S.REFUND, return_money),
    "returned_later": (S.REFUND, retry_and_return),
    "by_hand": (S.REFUND, settle_by_hand),
    "late": (S.CANCELED, pay_late),
    "late_and_back": (S.CANCELED, pay_late_and_get_it_back),
    "double": (S.PAID, pay_twice),
    "wrong": (S.PAY_REQUIRED, pay_too_little),
    "approved": (S.PAY_REQUIRED, approve),
    "by_provider": (S.PAID, return_at_provider),
    "by_provider_in_part": (S.PAID, return_a_part_at_provider),
    "by_provider_in_refund": (S.REFUND, return_a_part_at_provider),
    "by_provider_and_us": (S.PAID, return_a_part_and_the_rest),
    "by_provider_when_done": (S.DONE, return_at_provider),
    "wrong_and_right": (S.PAY_REQUIRED, pay_too_little_and_then_all),
}


def open_shop(*names: str) -> SimpleNamespace:
    """A shop with these orders, each for counted pieces and single numbers."""
    cups, keys = (
        make_product(stock=500, sku="CUP"),
        make_numbered(numbers=60, sku="KEY", price=Decimal(0), numbers_reusable=False),
    )
    inventory.count(product_id=cups.pk, quantity=490, actor=None)
    inventory.retire(number_id=keys.numbers.last().pk, actor=None)
    buyer, orders = Buyer(), {}
    for name in names:
        status, then = ORDERS[name]
        orders[name] = order = buyer.order_in(status, (cups, 2), (keys, 2))
        if then:
            then(order)
    return SimpleNamespace(cups=cups, keys=keys, buyer=buyer, orders=orders)


def refuse_for_numbers(shop: SimpleNamespace) -> None:
    """An order with counted pieces that was not confirmed."""
    order = shop.buyer.place((shop.cups, 1), (make_numbered(numbers=1, sku="RARE"), 2))
    confirm_order(order_id=order.pk)
    shop.orders["not_confirmed"] = order


def test_a_healthy_shop_adds_up(in_the_tests_transaction):
    shop = open_shop(*ORDERS)
    refuse_for_numbers(shop)

    assert {order.status for order in Order.objects.all()} == set(S)
    assert {refund.state for refund in Refund.objects.all()} == set(Refund.State)
    assert Number.objects.filter(state="retired").count() > 1
    assert run() == []


def test_an_empty_shop_adds_up(in_the_tests_transaction):
    assert run() == []


def test_the_summary_counts_what_there_is(in_the_tests_transaction):
    shop = open_shop("done", "returned", "late")
    each = shop.orders["done"].total_amount
    out = StringIO()
    call_command("audit", stdout=out)

    assert out.getvalue().splitlines() == [
        "Everything adds up: 3 orders, 2 products, 60 numbers.",
        f"USD: captured {3 * each}, refunded {each}, held {2 * each}.",
    ]


# --- damage -----------------------------------------------------------------------------------------------------------

GUARDS = """
SET CONSTRAINTS ALL IMMEDIATE;
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE contype IN ('c', 'f', 'u') AND conrelid::regclass::text ~ '^(orders|catalog)_'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', each.place, each.conname);
    END LOOP;
    FOR each IN SELECT indexrelid::regclass AS name FROM pg_index
        WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text ~ '^(orders|catalog)_'
    LOOP
        EXECUTE format('DROP INDEX %s', each.name);
    END LOOP;
    FOR each IN SELECT oid::regclass AS place FROM pg_class
        WHERE relkind = 'r' AND oid::regclass::text ~ '^(orders|catalog)_'
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', each.place);
    END LOOP;
END $$
"""


def damage(statement: str, shop: SimpleNamespace, **rows) -> None:
    """Change rows as somebody might who is past every guard. Rows have to change, or it is no damage."""
    ids = {name: row and row.pk for name, row in (rows | {"cups": shop.cups, "keys": shop.keys}).items()}
    with connection.cursor() as cursor:
        cursor.execute(GUARDS)
        for part in statement.split(";"):
            cursor.execute(part, ids)
            assert cursor.rowcount > 0, part


# What was done, the order it was done to, the statements, and the line's words: {order} and {number} are filled in.
# fmt: off
DAMAGE = [
    # An order's own sums.
    ("total", "paid", "UPDATE orders_order SET total_amount = total_amount + 1 WHERE id = %(order)s",
        "order {order}: total 30.00 is not items 25.00 + shipping 4.00"),
    ("shipping", "pending", "UPDATE orders_order SET shipping_fee = 3 WHERE id = %(order)s",
        "order {order}: total 29.00 is not items 25.00 + shipping 3.00"),
    ("items and total", "pending", "UPDATE orders_order SET items_total = 1, total_amount = 5 WHERE id = %(order)s",
        "order {order}: items 1.00 are not the sum of the lines, 25.00"),
    ("negative shipping", "pending",
        "UPDATE orders_order SET shipping_fee = -1, total_amount = items_total - 1 WHERE id = %(order)s",
        "order {order}: an amount is negative"),
    ("order's currency", "pending", "UPDATE orders_order SET currency = '' WHERE id = %(order)s",
        'order {order}: "" is no currency'),
    ("line's total", "paid",
        "UPDATE orders_orderline SET line_total = 1 WHERE order_id = %(order)s AND sku = 'CUP'",
        "order {order}, line 1 (CUP): total 1.00 is not 2 x 12.50"),
    ("line of nothing", "pending",
        "UPDATE orders_orderline SET quantity = 0, line_total = 0 WHERE order_id = %(order)s AND sku = 'CUP'",
        "order {order}, line 1 (CUP): 0 x 12.50 can not be sold"),
    ("line's kind", "paid",
        "UPDATE orders_orderline SET inventory = 'numbered' WHERE order_id = %(order)s AND sku = 'CUP'",
        "order {order}, line 1 (CUP): was sold as numbered, and the product is counted"),
    ("lines deleted", "pending", "DELETE FROM orders_orderline WHERE order_id = %(order)s",
        "order {order}: has no lines"),
    ("order deleted", "pending", "DELETE FROM orders_order WHERE id = %(order)s",
        "order {id}: has lines, and the order is gone"),
    # An order's money.
    ("paid without money", "pay_required", "UPDATE orders_order SET status = 'paid' WHERE id = %(order)s",
        "order {order}: holds 0, not 29.00 for being paid + 0 to return"),
    ("canceled and not returned", "paid", "UPDATE orders_order SET status = 'canceled' WHERE id = %(order)s",
        "order {order}: holds 29.00, not 0 for being canceled + 0 to return"),
    ("unpaid with money", "done", "UPDATE orders_order SET status = 'pay_required' WHERE id = %(order)s",
        "order {order}: holds 29.00, not 0 for being pay_required + 0 to return"),
    ("paid and returning", "refund", "UPDATE orders_order SET status = 'paid' WHERE id = %(order)s",
        "order {order}: holds 29.00, not 29.00 for being paid + 29.00 to return"),
    ("refund of nothing", "returned", "UPDATE orders_order SET status = 'refund' WHERE id = %(order)s",
        "order {order}: is in refund, and there is nothing left to return"),
    ("refund forgotten", "late", "DELETE FROM orders_refund WHERE payment_id = %(payment)s",
        "order {order}: holds 29.00, not 0 for being canceled + 0 to return"),
    ("captured amount", "paid", "UPDATE orders_payment SET captured_amount = 1 WHERE order_id = %(order)s",
        "captured amount 1.00, ledger 29.00"),
    ("capture unwritten", "done", "DELETE FROM orders_ledgerentry WHERE order_id = %(order)s",
        "captured amount 29.00, ledger 0"),
    ("capture of another amount", "paid", "UPDATE orders_ledgerentry SET amount = 28 WHERE order_id = %(order)s",
        "order {order}: holds 28.00, not 29.00 for being paid + 0 to return"),
    ("payment's total", "paid", "UPDATE orders_payment SET total = 2 WHERE order_id = %(order)s",
        "asks for 2.00, the order for 29.00"),
    ("payment of no order", "paid", "UPDATE orders_payment SET order_id = gen_random_uuid() WHERE id = %(payment)s",
        "payment {payment}: its order is gone"),
    ("payment's currency", "paid", "UPDATE orders_payment SET currency = 'VND' WHERE order_id = %(order)s",
        "is in VND, the order in USD"),
    ("payment deleted", "paid", "DELETE FROM orders_payment WHERE order_id = %(order)s",
        "is in the ledger, and the payment is gone"),
    ("ledger row below zero", "paid", "UPDATE orders_ledgerentry SET amount = -1 WHERE order_id = %(order)s",
        "captured -1.00 is no amount"),
    ("ledger row of no kind", "paid", "UPDATE orders_ledgerentry SET kind = 'gift' WHERE order_id = %(order)s",
        '"gift" is no movement'),
    ("approval counted", "approved", "UPDATE orders_ledgerentry SET kind = 'captured' WHERE order_id = %(order)s",
        "order {order}: holds 29.00, not 0 for being pay_required + 0 to return"),
    # Money returned by hand at the provider.
    ("part of another amount", "by_provider_in_part",
        "UPDATE orders_ledgerentry SET amount = 6 WHERE kind = 'refunded' AND order_id = %(order)s",
        "captured amount 24.00, ledger 23.00"),
    ("part without its capture", "by_provider_in_part",
        "UPDATE orders_ledgerentry SET capture_id = NULL WHERE kind = 'refunded' AND order_id = %(order)s",
        "order {order}: holds 24.00, not 29.00 for being paid + 0 to return"),
    ("part of no capture", "by_provider_in_part",
        "UPDATE orders_ledgerentry SET capture_id = id WHERE kind = 'refunded' AND order_id = %(order)s",
        "refunded 5.00 returns no capture of its payment"),
    ("more than the rest", "by_provider_and_us",
        "UPDATE orders_refund SET amount = 29 WHERE payment_id = %(payment)s", "returns 29.00 of 24.00"),
    # Refunds and their ledger rows.
    ("done without a row", "returned",
        "DELETE FROM orders_ledgerentry WHERE kind = 'refunded' AND order_id = %(order)s",
        "1 refunds of 29.00 are done, the ledger has 0"),
    ("row without a done refund", "returned",
        "UPDATE orders_refund SET state = 'asked' WHERE payment_id = %(payment)s",
        "0 refunds of 29.00 are done, the ledger has 1"),
    ("row of another amount", "returned",
        "UPDATE orders_ledgerentry SET amount = 9 WHERE kind = 'refunded' AND order_id = %(order)s",
        "0 refunds of 9.00 are done, the ledger has 1"),
    ("asking unwritten", "refund",
        "DELETE FROM orders_ledgerentry WHERE kind = 'refund_asked' AND order_id = %(order)s",
        "1 refunds of 29.00 were begun, the ledger has 0"),
    ("refusal unwritten", "refused",
        "DELETE FROM orders_ledgerentry WHERE kind = 'refused' AND order_id = %(order)s",
        "1 refunds of 29.00 are refused, the ledger has 0"),
    ("part of a capture", "refund", "UPDATE orders_refund SET amount = 1 WHERE payment_id = %(payment)s",
        "returns 1.00 of 29.00"),
    ("the same capture twice", "retried", "UPDATE orders_refund SET state = 'asked' WHERE payment_id = %(payment)s",
        "is one of 2 that return the same capture"),
    ("refund of a refund", "returned",
        "UPDATE orders_refund SET capture_id = (SELECT id FROM orders_ledgerentry WHERE kind = 'refunded')",
        "returns what was never captured"),
    ("refund of another payment", "refund",
        "UPDATE orders_refund SET payment_id = payment_id + 1000 WHERE payment_id = %(payment)s",
        "order unknown, refund {refund}: returns the money of another payment"),
    ("refund in no state", "refund", "UPDATE orders_refund SET state = 'lost' WHERE payment_id = %(payment)s",
        '"lost" is no state'),
    # Stock.
    ("stock", "paid", "UPDATE catalog_product SET stock_quantity = 7 WHERE sku = 'CUP'",
        "product CUP: stock 7 is not the sum of its movements, 488"),
    ("negative stock", "paid", "UPDATE catalog_product SET stock_quantity = -1 WHERE sku = 'CUP'",
        "product CUP: stock -1 is negative"),
    ("count changed", "paid", "UPDATE catalog_stockmovement SET quantity = -9 WHERE kind = 'counted'",
        "product CUP: stock 488 + 2 held by orders is not what came in, 491"),
    ("stock of single numbers", "paid", "UPDATE catalog_stockmovement SET product_id = %(keys)s WHERE kind = 'counted'",
        "product KEY: has single numbers, and stock movements"),
    ("taking unwritten, stock put right", "paid",
        "DELETE FROM catalog_stockmovement WHERE id = %(taken)s; UPDATE catalog_product SET stock_quantity = 490 "
        "WHERE sku = 'CUP'",
        "order {order}, product CUP: took 0 of 2 in 0 movements"),
    ("too many taken", "paid", "UPDATE catalog_stockmovement SET quantity = -3 WHERE id = %(taken)s",
        "order {order}, product CUP: took 3 of 2 in 1 movements"),
    ("taken twice", "paid",
        "INSERT INTO catalog_stockmovement (product_id, kind, quantity, order_id, reason, at) "
        "SELECT product_id, kind, quantity, order_id, reason, now() FROM catalog_stockmovement WHERE id = %(taken)s",
        "order {order}, product CUP: took 4 of 2 in 2 movements"),
    ("taken for nobody", "paid", "UPDATE catalog_stockmovement SET order_id = NULL WHERE id = %(taken)s",
        "order unknown, product CUP: took 2 and gave back 0 without a line for it"),
    ("not given back", "canceled",
        "DELETE FROM catalog_stockmovement WHERE kind = 'given_back' AND order_id = %(order)s",
        "order {order}, product CUP: is canceled, and gave back 0 of 2 in 0 movements"),
    ("given back too soon", "paid",
        "INSERT INTO catalog_stockmovement (product_id, kind, quantity, order_id, reason, at) "
        "VALUES (%(cups)s, 'given_back', 2, %(order)s, '', now())",
        "order {order}, product CUP: is paid, and gave back 2"),
    # Numbers.
    ("held number free", "paid", "UPDATE catalog_number SET state = 'free' WHERE id = %(number)s",
        "number {number} of product KEY: is free, and order {order} holds it"),
    ("held number retired", "done", "UPDATE catalog_number SET state = 'retired' WHERE id = %(number)s",
        "number {number} of product KEY: is retired, and order {order} holds it"),
    ("free number taken", "paid", "UPDATE catalog_number SET state = 'taken' WHERE id = %(free)s",
        "number {free} of product KEY: is taken, and no order holds it"),
    ("number in no state", "paid", "UPDATE catalog_number SET state = 'lost' WHERE id = %(free)s",
        'number {free} of product KEY: "lost" is no state'),
    ("number let go", "paid", "DELETE FROM orders_allocation WHERE number_id = %(number)s",
        "order {order}, line 2 (KEY): holds 1 numbers, not 2, and the order is paid"),
    ("number held twice", "paid",
        "INSERT INTO orders_allocation (line_id, number_id, at) "
        "SELECT line_id, number_id, at FROM orders_allocation WHERE number_id = %(number)s",
        "number {number} of product KEY: is held 2 times, here by order {order}"),
    ("number of another product", "paid", "UPDATE catalog_number SET product_id = %(cups)s WHERE id = %(number)s",
        "number {number} of product CUP: order {order} holds it in a line for another product"),
    ("number held by a canceled order", "pay_required",
        "UPDATE orders_order SET status = 'canceled' WHERE id = %(order)s",
        "number {number} of product KEY: order {order} holds it, and is canceled"),
    ("number held by a pending order", "pay_required",
        "UPDATE orders_order SET status = 'pending' WHERE id = %(order)s",
        "order {order}, line 2 (KEY): holds 2 numbers, not 0, and the order is pending"),
    # Histories.
    ("status", "done", "UPDATE orders_order SET status = 'paid' WHERE id = %(order)s",
        "order {order}: is paid, and its history ends as done"),
    ("no history", "done", "DELETE FROM orders_statuschange WHERE order_id = %(order)s",
        "order {order}: has no history"),
    ("a step left out", "done", "DELETE FROM orders_statuschange WHERE order_id = %(order)s AND sequence = 2",
        "order {order}: step 3 follows upon step 1"),
    ("no beginning", "done", "DELETE FROM orders_statuschange WHERE order_id = %(order)s AND sequence = 1",
        "order {order}: step 2 follows upon step 0"),
    ("another beginning", "paid",
        "UPDATE orders_statuschange SET to_status = 'paid' WHERE order_id = %(order)s AND sequence = 1",
        "order {order}: step 1 begins as paid"),
    ("no way between two steps", "done",
        "UPDATE orders_statuschange SET from_status = 'pending' WHERE order_id = %(order)s AND sequence = 3",
        "order {order}: step 3 starts from pending, not from pay_required"),
    ("a step that is none", "done",
        "UPDATE orders_statuschange SET to_status = 'refund' WHERE order_id = %(order)s AND sequence = 4; "
        "UPDATE orders_statuschange SET from_status = 'pay_required', to_status = 'done' "
        "WHERE order_id = %(order)s AND sequence = 3",
        "order {order}: step 3 goes from pay_required to done: there is no such step"),
    ("a last step that did not happen", "paid",
        "UPDATE orders_statuschange SET to_status = 'canceled' WHERE order_id = %(order)s AND sequence = 3",
        "order {order}: is paid, and its history ends as canceled"),
]
# fmt: on


@pytest.mark.parametrize(
    ("name", "statement", "words"), [row[1:] for row in DAMAGE], ids=[r[0] for r in DAMAGE]
)
def test_damage_is_found_and_named(in_the_tests_transaction, name, statement, words):
    shop = open_shop(name)
    shop.buyer.place((make_product(stock=3, sku="OTHER"), 1))
    order = shop.orders[name]
    assert run() == []
    rows = {
        "number": Number.objects.filter(allocation__line__order=order).first(),
        "free": shop.keys.numbers.filter(state="free").first(),
        "payment": order.payments.first(),
        "refund": Refund.objects.last(),
        "taken": StockMovement.objects.get(order_id=order.pk, kind="taken", product=shop.cups),
    }
    ids = {name: row and row.pk for name, row in rows.items()}

    damage(statement, shop, order=order, **rows)

    lines = run()
    said = ids | {"order": order.number, "id": order.pk, "number": rows["number"], "free": rows["free"]}
    assert [line for line in lines if line.endswith(words.format(**said))], lines
    # Nobody else is named.
    damaged = f"order ({order.number}|{order.pk}|unknown)\\b|product (CUP|KEY):|payment {ids['payment']}:"
    assert [line for line in lines if not re.search(damaged, line)] == []


def test_a_ledger_row_of_another_order_names_both(in_the_tests_transaction):
    shop = open_shop("paid", "pending")
    paid, pending = shop.orders["paid"], shop.orders["pending"]
    row = paid.ledger.get()

    damage(
        "UPDATE orders_ledgerentry SET order_id = %(pending)s WHERE id = %(row)s",
        shop,
        pending=pending,
        row=row,
    )

    assert run() == [
        f"order {paid.number}: holds 0, not 29.00 for being paid + 0 to return",
        f"order {pending.number}: holds 29.00, not 0 for being pending + 0 to return",
        f"order {pending.number}, ledger row {row.pk}: payment {row.payment_id} is one for order {paid.number}",
    ]


# --- how it reads ---------------------------------------------------------------------------------------------------


def statements() -> int:
    with CaptureQueriesContext(connection) as queries:
        assert run() == []
    return len(queries)


def test_the_number_of_statements_does_not_grow_with_orders(in_the_tests_transaction):
    shop = open_shop("paid")
    with_one = statements()
    for _ in range(5):
        shop.buyer.order_in(S.DONE, (shop.cups, 1), (shop.keys, 1))

    assert statements() == with_one


def orders_seen() -> int:
    return audit.summary().orders


@pytest.mark.django_db(transaction=True)
def test_all_checks_see_the_shop_at_one_moment_and_can_change_nothing():
    shop = open_shop("paid")
    preview = shop.buyer.preview((shop.cups, 1))
    with audit.snapshot():
        assert (orders_seen(), list(audit.findings())) == (1, [])
        at_once([lambda: shop.buyer.place_preview(preview)])
        assert (orders_seen(), list(audit.findings())) == (1, [])
    assert orders_seen() == 2

    with pytest.raises(InternalError, match="read-only"), audit.snapshot():
        shop.keys.numbers.update(state="free")


# Each order of the shop many times over: ids are a step apart, so that what belongs together stays together.
COPY = """
CREATE TEMP TABLE copied AS
SELECT o.id AS old, gen_random_uuid() AS new, i * 1000000 AS step FROM orders_order o, generate_series(1, %(times)s) i;
INSERT INTO orders_order SELECT (jsonb_populate_record(o, jsonb_build_object('id', new,
    'number', nextval('orders_order_number_seq')))).* FROM orders_order o JOIN copied ON old = o.id;
INSERT INTO orders_orderline SELECT (jsonb_populate_record(l, jsonb_build_object('id', l.id + step,
    'order_id', new))).* FROM orders_orderline l JOIN copied ON old = l.order_id;
INSERT INTO orders_statuschange SELECT (jsonb_populate_record(s, jsonb_build_object('id', s.id + step,
    'order_id', new))).* FROM orders_statuschange s JOIN copied ON old = s.order_id;
INSERT INTO orders_payment SELECT (jsonb_populate_record(p, jsonb_build_object('id', p.id + step,
    'order_id', new, 'token', gen_random_uuid()))).* FROM orders_payment p JOIN copied ON old = p.order_id;
INSERT INTO orders_ledgerentry SELECT (jsonb_populate_record(e, jsonb_build_object('id', e.id + step,
    'order_id', new, 'payment_id', payment_id + step))).* FROM orders_ledgerentry e JOIN copied ON old = e.order_id;
INSERT INTO orders_refund SELECT (jsonb_populate_record(r, jsonb_build_object('id', r.id + step,
    'payment_id', r.payment_id + step, 'capture_id', capture_id + step))).*
    FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id JOIN copied ON old = p.order_id;
INSERT INTO catalog_number SELECT (jsonb_populate_record(n, jsonb_build_object('id', n.id + step,
    'value', concat(n.value, '/', step)))).* FROM catalog_number n JOIN orders_allocation a ON a.number_id = n.id
    JOIN orders_orderline l ON l.id = a.line_id JOIN copied ON old = l.order_id;
INSERT INTO orders_allocation SELECT (jsonb_populate_record(a, jsonb_build_object('id', a.id + step,
    'line_id', a.line_id + step, 'number_id', a.number_id + step))).*
    FROM orders_allocation a JOIN orders_orderline l ON l.id = a.line_id JOIN copied ON old = l.order_id;
INSERT INTO catalog_stockmovement (product_id, kind, quantity, reason, at)
    SELECT product_id, 'received', -sum(quantity), '', now()
    FROM catalog_stockmovement m JOIN copied ON old = m.order_id GROUP BY product_id HAVING sum(quantity) < 0;
INSERT INTO catalog_stockmovement SELECT (jsonb_populate_record(m, jsonb_build_object('id', m.id + step,
    'order_id', new))).* FROM catalog_stockmovement m JOIN copied ON old = m.order_id;
DROP TABLE copied
"""


def copy_orders(times: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE orders_order DISABLE TRIGGER USER")
        cursor.execute(COPY, {"times": times})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE orders_order ENABLE TRIGGER USER")


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_twenty_thousand_orders_take_the_same_statements():
    shop = open_shop(*ORDERS)
    refuse_for_numbers(shop)
    with_few = statements()
    copy_orders(20_000 // len(shop.orders) + 1)
    assert Order.objects.count() > 20_000

    began = time.monotonic()
    with_many = statements()
    print(f"audit of {Order.objects.count()} orders: {time.monotonic() - began:.1f} s")  # noqa: T201 to be read

    assert with_many == with_few
