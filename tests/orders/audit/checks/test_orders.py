"""The audit finds damage to orders, their lines and their histories, and names it."""

import pytest

from tests.orders.audited import check_damage, table

pytestmark = pytest.mark.django_db

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
    ("payment window without an end", "pay_required", "UPDATE orders_order SET pay_by = NULL WHERE id = %(order)s",
        "order {order}: waits for its payment without an end"),
    # Histories.
    ("times that go backwards", "done",
        "UPDATE orders_statuschange SET at = at - interval '1 hour' WHERE order_id = %(order)s AND sequence = 3",
        "order {order}: step 3 was taken before step 2"),
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
        ("UPDATE orders_statuschange SET to_status = 'refund' WHERE order_id = %(order)s AND sequence = 4; "
        "UPDATE orders_statuschange SET from_status = 'pay_required', to_status = 'done' "
        "WHERE order_id = %(order)s AND sequence = 3"),
        "order {order}: step 3 goes from pay_required to done: there is no such step"),
    ("a last step that did not happen", "paid",
        "UPDATE orders_statuschange SET to_status = 'canceled' WHERE order_id = %(order)s AND sequence = 3",
        "order {order}: is paid, and its history ends as canceled"),
]
# fmt: on


class TestTable:
    @table(DAMAGE)
    def test_damage_is_found_and_named(self, shop, statement, words):
        check_damage(shop, statement, words)
