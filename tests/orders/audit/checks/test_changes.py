"""The audit finds damage to changes of orders: their sums, money, papers, stock and numbers."""

import pytest

from orders.actions.changes import change_requests
from orders.models import ChangeRequest
from orders.status import OrderStatus
from tests.factories import Buyer, make_product, shirts
from tests.orders.audited import check_damage, past_guards, run, table

pytestmark = pytest.mark.django_db
CHANGE = "UPDATE orders_orderchange SET {} WHERE order_id = %(order)s"
LINE = (
    "UPDATE orders_changeline SET {} WHERE quantity > 0 AND line_id IN (SELECT id FROM orders_orderline "
    "WHERE order_id = %(order)s AND sku = 'CUP')"
)
DETAILS = (
    "UPDATE orders_detailschange SET {} WHERE change_id IN (SELECT id FROM orders_orderchange WHERE order_id = %(order)s "
    "AND sequence = 2)"
)
GONE_DETAILS = (
    "DELETE FROM orders_detailschange WHERE change_id = ANY (ARRAY(SELECT id FROM orders_orderchange "
    "WHERE order_id = %(order)s AND sequence = 2))"
)
BILLED = (
    "UPDATE orders_invoice SET snapshot = jsonb_set(snapshot, '{customer,full_name}', '\"Lan\"') "
    "WHERE order_id = %(order)s"
)
GONE = (
    "UPDATE orders_refund SET change_id = NULL WHERE payment_id = %(payment)s; DELETE FROM orders_givenupnumber; "
    "DELETE FROM orders_changeline; DELETE FROM orders_orderchange WHERE order_id = %(order)s"
)
EARLY = (
    "INSERT INTO orders_invoice (order_id, kind, number, issued_at, language, snapshot) "
    "SELECT order_id, 'credit_note', 77, now(), 'en', snapshot || jsonb_build_object('change', "
    "(SELECT id FROM orders_orderchange WHERE order_id = %(order)s), 'total', '-12.50') "
    "FROM orders_invoice WHERE order_id = %(order)s"
)
REST = (
    "UPDATE orders_invoice SET snapshot = jsonb_set(snapshot, '{}', '\"{}\"') WHERE order_id = %(order)s "
    "AND kind = 'credit_note' AND NOT snapshot ? 'change'"
)
NOTE = "UPDATE orders_invoice SET {} WHERE order_id = %(order)s AND kind = 'credit_note'"

# fmt: off
DAMAGE = [
    ("change of another number", "part_back", CHANGE.format("sequence = 3"),
        "order {order}, change 3: is the 1. of its order"),
    ("amount above its lines", "part_back", CHANGE.format("amount = 6"),
        "order {order}, change 1: gives back 6.00, its lines and shipping 5.00"),
    ("more than the order", "part_back", CHANGE.format("amount = 60"),
        "change 1: is one of those that give back 60.00 of 29.00"),
    ("more than the shipping", "came_back", CHANGE.format("shipping = 9"),
        "change 1: is one of those that give back 9.00 of 4.00 for shipping"),
    ("pieces without a change for them", "part_canceled", CHANGE.format("kind = 'refund'"),
        "change 1: is a refund, and takes 2 pieces"),
    ("came back before it was sent", "part_canceled", CHANGE.format("kind = 'return'"),
        "change 1: came back, and the order is paid"),
    ("more pieces than ordered", "part_canceled", LINE.format("quantity = 3"),
        "line 1 (CUP): changes took 3 of 2 pieces"),
    ("more money than the line", "part_canceled", LINE.format("amount = 26"),
        "line 1 (CUP): changes gave back 26.00 of 25.00"),
    ("refund forgotten", "part_asked",
        "DELETE FROM orders_refund WHERE payment_id = %(payment)s",
        "change 1: gives back 12.50, and no refund was begun"),
    ("refund of no change", "part_back", "UPDATE orders_refund SET change_id = NULL WHERE id = %(refund)s",
        "refund {refund}: is for a change, and names none, or the other way"),
    ("refund above its change", "part_asked", "UPDATE orders_refund SET amount = 13 WHERE id = %(refund)s",
        "change 1: gives back 12.50, and its refunds 13.00"),
    ("refunds above the capture", "part_back", "UPDATE orders_refund SET amount = 30 WHERE id = %(refund)s",
        "refund {refund}: is one of those that return 30.00 of 29.00"),
    ("balance that no change explains", "part_back",
        "DELETE FROM orders_ledgerentry WHERE kind = 'refunded' AND order_id = %(order)s",
        "1 refunds of 5.00 are done, the ledger has 0"),
    ("credit note gone", "part_back", "DELETE FROM orders_invoice WHERE kind = 'credit_note' AND order_id = %(order)s",
        "change 1: has 0 credit notes, and its money is back"),
    ("credit note of another change", "part_back",
        NOTE.format("snapshot = jsonb_set(snapshot, '{change}', '\"x\"')"),
        "change 1: has 0 credit notes, and its money is back"),
    ("credit note of another amount", "part_back", NOTE.format("snapshot = jsonb_set(snapshot, '{total}', '\"-4\"')"),
        "change 1: gives back 5.00, its credit note 4"),
    ("credit note too early", "part_asked",
        EARLY,
        "change 1: has 1 credit notes, and its money is not back"),
    ("reversal gone", "part_failed",
        "DELETE FROM orders_invoice WHERE kind = 'credit_note_reversal' AND order_id = %(order)s",
        "change 1: has 1 credit notes, and its money is not back"),
    ("told of what was not returned", "by_provider_in_part",
        CHANGE.format("returned_id = (SELECT min(id) FROM orders_ledgerentry WHERE order_id = %(order)s)"),
        "change 1: tells that 5.00 was returned, and the ledger of 29.00"),
    ("stock not given back", "part_canceled", "DELETE FROM catalog_stockmovement WHERE kind = 'canceled'",
        "order {order}, change 1, product CUP: 1 pieces were canceled, 0 came to the shelf"),
    ("stock given back that was thrown away", "came_back", LINE.format("restocked = false"),
        "order {order}, change 1, product CUP: 0 pieces were returned, 1 came to the shelf"),
    ("promised still", "part_canceled", "UPDATE catalog_product SET promised = 2 WHERE id = %(cups)s",
        "product CUP: 2 are promised, and orders that are not sent hold 1"),
    ("number given up and not written", "part_canceled", "DELETE FROM orders_givenupnumber",
        "line 2 (KEY): a change took 1 pieces, and 0 of its numbers"),
    ("another number given up", "part_canceled", "UPDATE orders_givenupnumber SET number_id = %(free)s",
        "order {order}: does not hold the numbers that it was given"),
    ("rest above what is left", "part_and_rest",
        REST.format("{total}", "-29"),
        "order {order}: its credit note says -41.50, its invoice 29.00"),
    ("rates that don't come to nothing", "part_and_rest",
        REST.format("{taxes,0,gross}", "-1.00"),
        "order {order}: its invoice and credit notes leave 15.50 with tax of 0.00 at 0 %"),
    ("rate of another amount", "part_canceled",
        NOTE.format("snapshot = jsonb_set(snapshot, '{taxes,0,gross}', '\"-1.00\"')"),
        "its taxes are not its change's"),
    ("email of a change", "part_asked", "DELETE FROM orders_mail WHERE order_id = %(order)s AND kind = 'changed'",
        'order {order}: has no email "changed" about 1'),
    ("email of its money", "part_back", "DELETE FROM orders_mail WHERE order_id = %(order)s AND kind = 'change_refunded'",
        'order {order}: has no email "change_refunded" about {refund}'),
    ("change of what was never paid", "part_back",
        "UPDATE orders_order SET status = 'pay_required' WHERE id = %(order)s",
        "change 1: changes what was never paid: the order is pay_required"),
    ("details gone", "redirected",
        GONE_DETAILS,
        "order {order}, change 2: says nothing of what it changed"),
    ("details of another change", "redirected", CHANGE.format("kind = 'refund'") + " AND sequence = 2",
        "order {order}, change 2: is a refund, and changed an address or a note"),
    ("gives back and was waived", "redirected",
        CHANGE.format("amount = 1, shipping = 1") + " AND sequence = 2; " + DETAILS.format("waived = 1"),
        "order {order}, change 2: gives back 1.00, and the shop paid 1.00 more"),
    ("another address than it was changed to", "redirected",
        "UPDATE orders_order SET address_snapshot = address_snapshot || '{\"full_name\": \"Lan\"}' WHERE id = %(order)s",
        "order {order}, change 2: its address is not the one from then on"),
    ("another note than it was changed to", "redirected_unpaid",
        "UPDATE orders_order SET note = 'For nobody' WHERE id = %(order)s",
        "order {order}, change 1: its note is not the one from then on"),
    ("an address between two changes", "redirected", DETAILS.format("address_before = address_after"),
        "order {order}, change 1: its address is not the one from then on"),
    ("invoice of another address", "redirected",
        BILLED,
        "order {order}: its address is not the one that its invoice 1 says"),
    ("change gone", "part_canceled",
        GONE,
        "order {order}, change 1, product CUP: 0 pieces were canceled, 1 came to the shelf"),
]
# fmt: on


class TestTable:
    @table(DAMAGE)
    def test_damage_to_a_change_is_found_and_named(self, shop, statement, words):
        check_damage(shop, statement, words)


WISH = "UPDATE orders_requestedline SET exchange_for_id = {}"


@pytest.mark.usefixtures("in_the_tests_transaction")
@pytest.mark.parametrize(
    "damage",
    [
        WISH.format("{cup}"),
        WISH.format("(SELECT product_id FROM orders_orderline WHERE id = line_id)"),
        WISH.format("1000000"),
        "UPDATE orders_changerequest SET kind = 'withdraw'",
    ],
)
def test_a_wish_for_what_is_no_other_variant_is_found(damage):
    order, cup = Buyer().order_in(OrderStatus.DONE, (shirts()[0], 1)), make_product()
    line = order.lines.get()
    given = {"quantities": {line.pk: 1}, "wished": {line.pk: "SHIRT-L"}, "kind": ChangeRequest.Kind.RETURN}
    asked = change_requests.ask(order_id=order.pk, actor=order.customer, **given)
    assert run() == []
    past_guards(damage.format(cup=cup.pk))
    says = f"order {order.number}, request {asked.pk} for a change: wishes for what is no other variant"
    assert says in run()
