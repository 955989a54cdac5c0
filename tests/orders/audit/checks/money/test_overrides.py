"""The audit finds damage to the prices that staff gave, and names it."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from orders import audit
from tests.factories import Buyer, make_numbered, make_product
from tests.orders.actions.drafts import Desk, at, line
from tests.orders.audited import check_damage, damage, run, table

pytestmark = pytest.mark.django_db
OF_LINE = "UPDATE orders_priceoverride SET {} WHERE order_id = %(order)s AND line_id IS NOT NULL"
OF_SHIPPING = "UPDATE orders_priceoverride SET {} WHERE order_id = %(order)s AND line_id IS NULL"

# Two cups for 9.00 instead of 12.50 each, sent for 1.00 instead of 4.00.
# fmt: off
DAMAGE = [
    ("the price of a line", "taken", OF_LINE.format("given = 8"),
        "order {order}, line 1 (CUP): staff gave it for 8.00, and it costs 9.00"),
    ("the line's own price", "taken",
        "UPDATE orders_orderline SET unit_price = 8 WHERE order_id = %(order)s AND sku = 'CUP'",
        "order {order}, line 1 (CUP): staff gave it for 9.00, and it costs 8.00"),
    ("the fee", "taken", OF_SHIPPING.format("given = 2"),
        "order {order}, shipping: staff gave it for 2.00, and it costs 1.00"),
    ("a line of another order", "taken", OF_LINE.format("line_id = 0"),
        "order {order}, line ? (): has a price by staff, and is no line of the order"),
    ("a sale", "taken", "UPDATE orders_orderline SET list_price = 15 WHERE order_id = %(order)s AND sku = 'CUP'",
        "order {order}, line 1 (CUP): staff gave it for 9.00, and a sale has it for less than 15.00"),
    ("a price that is none", "taken", OF_LINE.format("usual = 9"),
        "order {order}, line 1 (CUP): staff gave it for 9.00, as it costs anyway"),
    ("no reason", "taken", OF_SHIPPING.format("reason = ''"),
        "order {order}, shipping: staff gave it for 1.00 without a reason"),
    ("nobody", "taken", OF_SHIPPING.format("actor_id = 0"),
        "order {order}, shipping: was given for 1.00 by nobody"),
    ("somebody else", "taken",
        OF_LINE.format("actor_id = (SELECT customer_id FROM orders_order WHERE id = %(order)s)"),
        "order {order}, line 1 (CUP): was given for 9.00 by somebody who did not place the order"),
    ("two fees", "taken", OF_LINE.format("line_id = NULL"),
        "order {order}, shipping: has several prices by staff"),
    ("a draft of somebody else", "taken",
        "UPDATE orders_orderdraft SET customer_id = made_by_id WHERE order_id = %(order)s",
        "became order {order} of another customer"),
]
# fmt: on


GONE = "'00000000-0000-7000-8000-000000000000'"


@pytest.fixture(scope="class")
def shop(request, world):
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "snapshot", nullcontext)
        desk = Desk()
        desk.cup.sku = "CUP"
        desk.cup.save(update_fields=["sku"])
        keys = make_numbered(numbers=9, sku="KEY")
        draft = desk.save(line(desk.cup, 2, "9.00"), shipping=at("1.00"))
        placed = desk.place(draft).order
        Buyer().place((make_product(stock=3, sku="OTHER"), 1))
        assert run() == []
        yield SimpleNamespace(cups=desk.cup, keys=keys, orders={"taken": placed})


@pytest.mark.usefixtures("in_the_tests_transaction")
class TestTable:
    @table(DAMAGE)
    def test_damage_to_prices_by_staff_is_named(self, shop, statement, words):
        check_damage(shop, statement, words)

    @pytest.mark.parametrize("shop", ["taken"], indirect=True)
    def test_orders_that_are_gone_are_named(self, shop):
        (order,) = shop.orders.values()
        for name in ("priceoverride", "orderdraft"):
            gone = f"UPDATE orders_{name} SET order_id = {GONE} WHERE order_id = %(order)s"  # noqa: S608 our own words
            damage(gone, shop, order=order)
        said = "\n".join(run())
        assert "shipping: has a price by staff, and the order is gone" in said
        assert f"became order {GONE[1:-1]}, which is gone" in said
