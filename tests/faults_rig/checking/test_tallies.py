"""What the rig reads from the database: of an order that was changed, of promotions and of gift cards."""

from decimal import Decimal

import pytest

from faults.checking import books, tallies
from faults.checking.history import CardRow, LineRow, PromotionRow
from orders.actions.changes import waiting
from orders.actions.money import gift_cards
from orders.actions.money.giving import issue_card
from orders.events import feed
from orders.models import OrderChange, OrderDiscount, Promotion, PromotionKind
from orders.status import OrderStatus
from tests.factories import ask_refund, change, make_product, make_staff, return_money, shirts
from tests.orders.differing import dear_shirt, exchange_dearly

pytestmark = pytest.mark.django_db


def test_an_order_says_what_was_canceled_of_it_and_what_goes_back(buyer):
    order = buyer.order_in(OrderStatus.PAID, (make_product(stock=9, sku="CUP", price=Decimal(10)), 3))
    change(order, "cancel", {"CUP": 1})

    row = books._orders({buyer.user.pk: 0})[str(order.pk)]

    made = OrderChange.objects.get()
    assert row.lines == {"CUP": LineRow(ordered=3, canceled=1)}
    assert row.changes == {str(made.pk): 1000}
    assert (row.parcels, row.transfers, row.exchange, row.cards) == (0, {}, "", 0)


def test_a_change_whose_order_moved_on_waits_for_the_sweep(buyer):
    order = buyer.order_in(OrderStatus.PAID, (shirts()[0], 2))
    dear_shirt()
    agreed = exchange_dearly(order, make_staff())
    feed.give_positions()
    assert books.is_at_rest()

    ask_refund(order)
    return_money(order)
    feed.give_positions()
    assert not books.is_at_rest()
    waiting.end_stale(order_id=agreed.pk)
    feed.give_positions()
    assert books.is_at_rest()


def test_a_promotion_says_how_many_orders_have_it_and_the_most_of_one_customer(buyer):
    order = buyer.order_in(OrderStatus.PAID, (make_product(stock=9), 1))
    promotion = Promotion.objects.create(
        name="Few", code="FEW", kind=PromotionKind.PERCENT, percent=10, limit=3, limit_per_customer=2
    )
    given = {"position": 1, "name": "Few", "kind": PromotionKind.PERCENT, "amount": 1, "shipping_amount": 0}
    OrderDiscount.objects.create(order=order, promotion=promotion, **given)

    assert tallies.promotions() == {"FEW": PromotionRow(limit=3, used=0, having=1, limit_each=2, most=1)}


def test_a_gift_card_says_what_orders_have_of_it(buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED, (make_product(stock=9, price=Decimal(10)), 1))
    card = issue_card(amount=Decimal(9), note="here", actor=None)
    gift_cards.redeem(order_id=order.pk, actor=buyer.user, code=card.code)

    (row,) = tallies.gift_cards().values()

    assert row == CardRow(balance=0, issued=900, taken=900, returned=0, at_orders=900)
