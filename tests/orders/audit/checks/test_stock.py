"""The audit finds damage to stock and single numbers, and names it."""

import pytest

from tests.orders.audited import check_damage, table

pytestmark = pytest.mark.django_db

# What was done, the order it was done to, the statements, and the line's words: {order} and {number} are filled in.
# fmt: off
DAMAGE = [
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
        ("DELETE FROM catalog_stockmovement WHERE id = %(taken)s; UPDATE catalog_product SET stock_quantity = 490 "
        "WHERE sku = 'CUP'"),
        "order {order}, product CUP: took 0 of 2 in 0 movements"),
    ("too many taken", "paid", "UPDATE catalog_stockmovement SET quantity = -3 WHERE id = %(taken)s",
        "order {order}, product CUP: took 3 of 2 in 1 movements"),
    ("taken twice", "paid",
        ("INSERT INTO catalog_stockmovement (product_id, kind, quantity, order_id, reason, at) "
        "SELECT product_id, kind, quantity, order_id, reason, now() FROM catalog_stockmovement WHERE id = %(taken)s"),
        "order {order}, product CUP: took 4 of 2 in 2 movements"),
    ("taken for nobody", "paid", "UPDATE catalog_stockmovement SET order_id = NULL WHERE id = %(taken)s",
        "order unknown, product CUP: took 2 and gave back 0 without a line for it"),
    ("not given back", "canceled",
        "DELETE FROM catalog_stockmovement WHERE kind = 'given_back' AND order_id = %(order)s",
        "order {order}, product CUP: is canceled, and gave back 0 of 2 in 0 movements"),
    ("given back too soon", "paid",
        ("INSERT INTO catalog_stockmovement (product_id, kind, quantity, order_id, reason, at) "
        "VALUES (%(cups)s, 'given_back', 2, %(order)s, '', now())"),
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
        ("INSERT INTO orders_allocation (line_id, number_id, at) "
        "SELECT line_id, number_id, at FROM orders_allocation WHERE number_id = %(number)s"),
        "number {number} of product KEY: is held 2 times, here by order {order}"),
    ("number of another product", "paid", "UPDATE catalog_number SET product_id = %(cups)s WHERE id = %(number)s",
        "number {number} of product CUP: order {order} holds it in a line for another product"),
    ("number held by a canceled order", "pay_required",
        "UPDATE orders_order SET status = 'canceled' WHERE id = %(order)s",
        "number {number} of product KEY: order {order} holds it, and is canceled"),
    ("number held by a pending order", "pay_required",
        "UPDATE orders_order SET status = 'pending' WHERE id = %(order)s",
        "order {order}, line 2 (KEY): holds 2 numbers, not 0, and the order is pending"),
]
# fmt: on


class TestTable:
    @table(DAMAGE)
    def test_damage_is_found_and_named(self, shop, statement, words):
        check_damage(shop, statement, words)
