"""The audit finds gift cards whose money is not what orders and the ledger say."""

import pytest

from catalog.models import Product
from orders.models import GiftCard
from orders.status import OrderStatus
from tests.factories import Buyer, make_gift_product, make_product
from tests.orders.audited import check_damage, past_guards, run, table

pytestmark = pytest.mark.django_db

ANOTHER_CARD = """
INSERT INTO orders_giftcard (id, code, currency, balance, created_at)
VALUES (7, '0000000000000000', 'USD', 29, now());
UPDATE orders_giftcardentry SET card_id = 7 WHERE kind = 'returned'
"""
SOMEBODY_ELSES = "UPDATE orders_giftcard SET code = '', owner_id = 0"
# fmt: off
DAMAGE = [
    ("a balance that was changed", "by_card", "UPDATE orders_giftcard SET balance = balance + 1",
        ": has 71.00 on it, its entries come to 70.00"),
    ("an entry that is gone", "by_card", "DELETE FROM orders_giftcardentry WHERE kind = 'taken'",
        ": the order took 29.00, the card has 0"),
    ("a card that is gone", "held", "DELETE FROM orders_giftcard", ": has entries, and the card is gone"),
    ("a card that was never issued", "by_card", "DELETE FROM orders_giftcardentry WHERE kind = 'issued'",
        ": was issued 0 times"),
    ("a use that is gone", "held", "DELETE FROM orders_carduse",
        "order {order}: has 10.00 on gift cards, and took 0"),
    ("a use of another amount", "held", "UPDATE orders_carduse SET amount = 11",
        ": the order took 11.00, the card has 10.00"),
    ("more at the order", "held", "UPDATE orders_order SET card_amount = 12 WHERE id = %(order)s",
        "order {order}: has 12.00 on gift cards, and took 10.00"),
    ("a use that is held for ever", "by_card_in_part",
        "UPDATE orders_carduse SET state = 'held', payment_id = NULL, ended_at = NULL",
        ": is held by an order that is paid"),
    ("a use that was never taken back", "by_card", "UPDATE orders_carduse SET state = 'released', payment_id = NULL",
        ": the order gave back 29.00, the card has 0"),
    ("a payment of no card", "by_card", "DELETE FROM orders_carduse", ": no gift card has paid it"),
    ("a payment that became another", "by_card", "UPDATE orders_payment SET variant = 'demo' WHERE id = %(payment)s",
        "payment {payment}: a gift card has paid it, and it is not the payment of one"),
    ("a refund that the card has not", "by_card_and_back", "DELETE FROM orders_giftcardentry WHERE kind = 'returned'",
        "refund {refund}: no gift card has its money"),
    ("a refund of another amount", "by_card_and_back",
        "UPDATE orders_giftcardentry SET amount = 28 WHERE kind = 'returned'",
        "refund {refund}: a gift card has 28.00 of it, and 29.00 are done"),
    ("a refund that is on another card", "by_card_and_back",
        ANOTHER_CARD,
        "refund {refund}: another gift card has its money"),
    ("a note that was changed", "by_card", "UPDATE orders_giftcardentry SET note = 'x' WHERE kind = 'issued'",
        " is not what was written, or what stood before it has changed"),
    ("a movement at another time", "by_card",
        "UPDATE orders_giftcardentry SET at = at - interval '1 day' WHERE kind = 'taken'",
        " is not what was written, or what stood before it has changed"),
    ("credit for a refund that was not made", "given_as_credit", "UPDATE orders_refund SET state = 'refused'",
        "refund {refund}: a gift card has 5.00 of it, and 5.00 are refused"),
    ("credit that somebody else has", "by_card",
        SOMEBODY_ELSES,
        ": is the store credit of somebody else"),
]
# fmt: on


@pytest.mark.usefixtures("in_the_tests_transaction")
class TestTable:
    @table(DAMAGE)
    def test_damage_to_gift_cards_is_named(self, shop, statement, words):
        check_damage(shop, statement, words)


SOLD = {
    "issued with more": (
        "UPDATE orders_giftcardentry SET amount = 60; UPDATE orders_giftcard SET balance = 60",
        "was issued with 60.00, and sold for 50.00",
    ),
    "one is missing": (
        "DELETE FROM orders_giftcardentry; DELETE FROM orders_giftcard",
        "line GIFT: sold 1 gift cards, and there are 0",
    ),
    "its order is not paid": (
        "UPDATE orders_order SET status = 'pay_required'",
        "was issued by an order that is pay_required",
    ),
    "its order is canceled": (
        "UPDATE orders_order SET status = 'canceled'",
        "is not void, and its order is canceled",
    ),
    "it is no gift card": (
        "UPDATE catalog_product SET is_gift_card = false",
        "1 gift cards are of it, and it is none",
    ),
}


@pytest.mark.usefixtures("in_the_tests_transaction")
@pytest.mark.parametrize("damage", SOLD)
def test_cards_that_no_order_explains_are_named(damage):
    statements, words = SOLD[damage]
    items = ((make_gift_product("50", sku="GIFT"), 1), (make_product(stock=5, sku="CUP"), 1))
    Buyer().order_in(OrderStatus.PAID, *items)
    assert GiftCard.objects.count() == 1
    assert Product.objects.filter(is_gift_card=True).exists()
    assert run() == []

    for statement in statements.split(";"):
        past_guards(statement)

    assert [line for line in run() if line.endswith(words)]
