"""Limits of promotions hold when many buy at once: real threads, each with its own connection to a real PostgreSQL."""

from functools import partial

import pytest

from orders.actions import cancellation
from orders.audit import findings, snapshot
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Order, OrderDiscount, Promotion, PromotionKind
from orders.pricing.uses import PromotionUsedUp
from orders.status import GIVEN_UP, Reason
from tests.factories import Buyer, confirm, make_numbered, make_product, make_promotion
from tests.orders.lifecycle.test_concurrency import confirming, kinds, placing, sixty_connections
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]


def adds_up() -> bool:
    with snapshot():
        return not list(findings())


def canceling(order: Order):
    return partial(
        cancellation.cancel_order, order_id=order.pk, actor=order.customer, reason=Reason.CUSTOMER_WISH
    )


@sixty_connections
def test_a_hundred_buyers_use_a_promotion_exactly_ten_times():
    promotion = make_promotion(code="TEN", limit=10)
    product = make_product(stock=500)
    buyers = [Buyer() for _ in range(100)]
    calls = [placing(buyer, buyer.preview((product, 1), codes=["ten"])) for buyer in buyers]

    # A hundred at one moment are more than a server has connections for.
    results = at_once(calls[:60]) + at_once(calls[60:])

    promotion.refresh_from_db()
    assert kinds(results)[PromotionUsedUp] == 90
    assert Order.objects.count() == OrderDiscount.objects.count() == promotion.used == 10
    product.refresh_from_db()
    assert product.stock_quantity == 490
    assert adds_up()


def test_one_customer_with_many_tabs_uses_a_promotion_as_often_as_they_may(settings):
    settings.MAX_UNPAID_ORDERS = 99
    make_promotion(code="TWICE", limit_per_customer=2)
    product, buyer, other = make_product(stock=500), Buyer(), Buyer()
    previews = [buyer.preview((product, 1), codes=["twice"]) for _ in range(12)]

    results = at_once([placing(buyer, preview) for preview in previews])

    assert kinds(results)[PromotionUsedUp] == 10
    assert OrderDiscount.objects.count() == 2
    assert other.place((product, 1), codes=["twice"]).discount_total
    assert adds_up()


def test_only_one_order_is_the_first():
    make_promotion(first_order=True)
    product, buyer = make_product(stock=500), Buyer()
    previews = [buyer.preview((product, 1)) for _ in range(8)]

    results = at_once([placing(buyer, preview) for preview in previews])

    assert kinds(results)[PromotionUsedUp] == 7
    assert Order.objects.get().discount_total
    assert adds_up()


def test_a_use_goes_back_once_whoever_cancels():
    promotion = make_promotion(code="ONCE", limit=1)
    buyer = Buyer()
    order = buyer.place((make_product(stock=5), 1), codes=["once"])
    confirm(order)

    results = at_once([canceling(order)] * 8)

    assert kinds(results)[StepNotAllowed] == 7
    promotion.refresh_from_db()
    assert promotion.used == 0
    assert adds_up()


def test_what_comes_back_with_orders_that_are_not_confirmed_is_used_by_others_and_never_twice():
    """Five have taken all uses, and none of them gets its number; twenty more want one while these come back."""
    promotion = make_promotion(code="FIVE", limit=5)
    rooms, product = make_numbered(numbers=0), make_product(stock=500)
    refused = [Buyer().place((rooms, 1), codes=["five"]) for _ in range(5)]
    Promotion.objects.update(limit=50)  # so that they get a preview
    later = [
        placing(buyer, buyer.preview((product, 1), codes=["five"])) for buyer in [Buyer() for _ in range(20)]
    ]
    Promotion.objects.update(limit=5)

    at_once([*map(confirming, refused), *later])
    at_once([*map(confirming, refused), *later])

    promotion.refresh_from_db()
    live = Order.objects.exclude(status__in=GIVEN_UP)
    assert promotion.used == live.count() == 5
    assert OrderDiscount.objects.exclude(given_back_at=None).count() == 5
    assert adds_up()


def test_orders_that_use_several_promotions_lock_them_in_one_order():
    """Some come and some go, each with the same two, in the order of their kinds and against that of their ids."""
    one = make_promotion("5", code="FIVE", combinable=True)
    two = make_promotion(kind=PromotionKind.PIECES, pieces=2, paid_pieces=1, code="PAIR", combinable=True)
    product, buyers = make_product(stock=500), [Buyer() for _ in range(20)]
    placed = [buyer.place((product, 2), codes=["five", "pair"]) for buyer in buyers[:10]]
    for order in placed:
        confirm(order)
    later = [placing(buyer, buyer.preview((product, 2), codes=["pair", "five"])) for buyer in buyers[10:]]

    at_once([*map(canceling, placed), *later])

    assert set(Promotion.objects.filter(pk__in=[one.pk, two.pk]).values_list("used", flat=True)) == {10}
    assert adds_up()
