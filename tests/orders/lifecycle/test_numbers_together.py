"""Numbers are given to many orders in one transaction: each to one order, and to those that were placed first."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction

from catalog.models import Number, Product
from orders import audit
from orders.lifecycle.confirmation import confirm_order, confirm_orders
from orders.models import Allocation, EmailKind, Order
from orders.status import OrderStatus, Reason
from tests.factories import Buyer, make_numbered, make_price_table, make_product
from tests.parallel import at_once
from tests.waiting import wait_until

S = OrderStatus
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]


def statuses(orders) -> list[str]:
    found = dict(Order.objects.values_list("pk", "status"))
    return [found[order.pk] for order in orders]


def ids(orders) -> list:
    return [order.pk for order in orders]


def numbers_of(order) -> list[str]:
    return list(Number.objects.filter(allocation__line__order=order).values_list("value", flat=True))


def test_orders_with_numbers_are_confirmed_together_as_each_would_be_by_itself(buyer):
    rooms, seats, pieces = make_numbered(numbers=5), make_numbered(numbers=3), make_product(stock=9)
    alone = buyer.place((rooms, 1), (seats, 1), (pieces, 1))
    together = [buyer.place((rooms, 2), (seats, 1), (pieces, 1)), buyer.place((rooms, 1))]
    every = list(rooms.numbers.order_by("pk").values_list("value", flat=True))

    confirm_order(order_id=alone.pk)
    confirm_orders(order_ids=ids(together))

    assert [numbers_of(order) for order in together] == [
        [*every[1:3], *seats.numbers.order_by("pk")[1:2].values_list("value", flat=True)],
        every[3:4],
    ]
    for order in Order.objects.filter(pk__in=ids(together)):
        change = order.history.get(sequence=2)
        assert (order.status, change.reason, change.at) == (
            S.PAY_REQUIRED,
            Reason.CONFIRMED,
            order.status_since,
        )
        assert order.emails.get(kind=EmailKind.PAY_REQUIRED).sequence == 2
    assert list(audit.findings()) == []


def test_who_placed_first_is_served_first_whose_preview_came_last(buyer):
    rooms = make_numbered(numbers=2)
    previews = [buyer.preview((rooms, 1)) for _ in range(3)]
    last, *first = [buyer.place_preview(preview) for preview in reversed(previews)][::-1]

    confirm_orders(order_ids=ids([last, *first]))

    assert statuses([*first, last]) == [S.PAY_REQUIRED, S.PAY_REQUIRED, S.NOT_CONFIRMED]


def test_one_for_which_too_few_are_left_keeps_no_later_one_from_its_numbers(buyer):
    rooms, seats = make_numbered(numbers=5), make_numbered(numbers=1)
    orders = [
        buyer.place(*wishes) for wishes in ([(rooms, 2)], [(rooms, 3), (seats, 2)], [(rooms, 3), (seats, 1)])
    ]

    confirm_orders(order_ids=ids(orders))

    assert statuses(orders) == [S.PAY_REQUIRED, S.NOT_CONFIRMED, S.PAY_REQUIRED]
    assert not rooms.numbers.filter(state=Number.State.FREE).exists()
    assert list(audit.findings()) == []


def test_one_that_costs_nothing_has_its_turn_among_those_that_are_paid():
    make_price_table(fee="0.00")
    buyer, seats, paid = Buyer(), make_numbered(numbers=3, price="0.00"), make_product(stock=9)
    costing, nothing = [(seats, 1), (paid, 1)], [(seats, 1)]
    orders = [buyer.place(*wishes) for wishes in (costing, nothing, costing, nothing, costing)]

    confirm_orders(order_ids=ids(orders))

    assert statuses(orders) == [S.PAY_REQUIRED, S.PAID, S.PAY_REQUIRED, S.NOT_CONFIRMED, S.NOT_CONFIRMED]
    assert list(audit.findings()) == []


def test_workers_that_confirm_the_same_orders_at_once_give_each_number_once():
    rooms, seats, pieces = make_numbered(numbers=12), make_numbered(numbers=12), make_product(stock=99)
    ways = [[(rooms, 1), (seats, 1)], [(seats, 1), (pieces, 1), (rooms, 1)], [(rooms, 2)], [(seats, 1)]]
    orders = [Buyer().place(*ways[n % 4]) for n in range(24)]
    lists = [random.Random(seed).sample(ids(orders), k=16) for seed in range(8)]

    at_once([partial(confirm_orders, order_ids=some) for some in lists])
    confirm_orders(order_ids=ids(orders))

    held = Allocation.objects.count()
    assert held == Number.objects.filter(state=Number.State.TAKEN).count()
    assert set(statuses(orders)) == {S.PAY_REQUIRED, S.NOT_CONFIRMED}
    for order in Order.objects.all():
        wanted = sum(line.quantity for line in order.lines.filter(inventory="numbered"))
        assert len(numbers_of(order)) == (wanted if order.status == S.PAY_REQUIRED else 0)
    assert list(audit.findings()) == []


def test_workers_with_different_orders_refuse_none_while_enough_are_free():
    """Each locks the product before it looks: what it saw before it waited is taken by then."""
    for _ in range(5):
        rooms = make_numbered(numbers=12)
        orders = [Buyer().place((rooms, n)) for n in (3, 1, 2, 2, 1, 3)]

        at_once([partial(confirm_orders, order_ids=ids(orders[n::3])) for n in range(3)])

        assert set(statuses(orders)) == {S.PAY_REQUIRED}
        assert Allocation.objects.filter(number__product=rooms).count() == 12


def test_orders_without_numbers_wait_for_no_product_of_those_with_numbers(buyer):
    rooms = make_numbered(numbers=1)
    numbered, plain = buyer.place((rooms, 1)), buyer.place((make_product(stock=1), 1))

    def confirmed():
        try:
            return confirm_orders(order_ids=ids([numbered, plain]))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Product.objects.select_for_update(no_key=True).get(pk=rooms.pk)
            done = pool.submit(confirmed)
            wait_until(lambda: statuses([plain]) == [S.PAY_REQUIRED], "the plain order is confirmed")
            assert statuses([numbered]) == [S.PENDING]
        assert done.result() == 2
    assert statuses([numbered]) == [S.PAY_REQUIRED]
