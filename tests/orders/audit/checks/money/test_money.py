"""The audit finds damage to money: balances, payments, the ledger, refunds."""

import pytest

from tests.orders.audited import check_damage, damage, open_shop, run, table

pytestmark = pytest.mark.django_db

# What was done, the order it was done to, the statements, and the line's words: {order} and {number} are filled in.
# fmt: off
DAMAGE = [
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
    ("ledger row in another currency", "paid",
        "UPDATE orders_ledgerentry SET currency = 'VND' WHERE order_id = %(order)s", "is in VND, its payment in USD"),
    ("ledger row of no kind", "paid", "UPDATE orders_ledgerentry SET kind = 'gift' WHERE order_id = %(order)s",
        '"gift" is no movement'),
    ("approval counted", "approved", "UPDATE orders_ledgerentry SET kind = 'captured' WHERE order_id = %(order)s",
        "order {order}: holds 29.00, not 0 for being pay_required + 0 to return"),
    ("payment's status", "paid", "UPDATE orders_payment SET status = 'rejected' WHERE order_id = %(order)s",
        "is rejected, and holds 29.00"),
    ("refund that never comes due", "refund",
        "UPDATE orders_refund SET next_attempt_at = '2999-01-01' WHERE payment_id = %(payment)s",
        "is asked for no more before a week is over"),
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
    # Refunds that failed after they succeeded.
    ("failure of no refund", "failed",
        "UPDATE orders_ledgerentry SET reference = 'x' WHERE kind = 'refund_failed' AND order_id = %(order)s",
        "takes back a refund of 29.00 that there was not"),
    ("failure unwritten", "failed",
        "DELETE FROM orders_ledgerentry WHERE kind = 'refund_failed' AND order_id = %(order)s",
        "order {order}: holds 0.00, not 0 for being canceled + 29.00 to return"),
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
    ("asking of another key", "refund",
        "UPDATE orders_ledgerentry SET reference = 'other' WHERE kind = 'refund_asked' AND order_id = %(order)s",
        "refund {refund}: has no row in the ledger for its asking"),
]
# fmt: on


class TestTable:
    @table(DAMAGE)
    def test_damage_is_found_and_named(self, shop, statement, words):
        check_damage(shop, statement, words)


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

    assert sorted(run()) == sorted(
        [
            f"order {paid.number}: holds 0, not 29.00 for being paid + 0 to return",
            f"order {pending.number}: holds 29.00, not 0 for being pending + 0 to return",
            f"order {pending.number}, ledger row {row.pk}: payment {row.payment_id} is one for order {paid.number}",
            f"order {pending.number}, ledger row {row.pk}: is not what was written, or what stood before it has changed",
        ]
    )
