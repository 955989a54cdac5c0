"""What holds when many do it at once: real threads, each with its own connection to a real PostgreSQL."""

import random
from collections import Counter
from functools import partial

import pytest
from django.db.models import Sum

from catalog.models import Number, Product
from orders.actions import cancellation
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment
from orders.checkout.placement.placement import place_order
from orders.checkout.placement.refusals import TooManyUnpaidOrders
from orders.checkout.placement.stock import InsufficientStock
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Allocation, Order, ProviderEvent, StatusChange
from orders.payments.provider_events import answered
from orders.status import OrderStatus, Reason
from tests.factories import Buyer, capture, make_numbered, make_product, return_money
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]
# One after the other: two of them at one moment would take more connections than a server has.
sixty_connections = pytest.mark.xdist_group("sixty connections")


def placing(buyer: Buyer, preview):
    return partial(
        place_order,
        preview_id=preview.id,
        customer=buyer.user,
        price_table_id=buyer.table.pk,
        note="",
    )


def confirming(order: Order):
    return partial(confirm_order, order_id=order.pk)


def canceling(order: Order):
    return partial(
        cancellation.cancel_order,
        order_id=order.pk,
        actor=order.customer,
        reason=Reason.CUSTOMER_WISH,
    )


def kinds(results: list) -> Counter:
    return Counter(type(result) for result in results)


@sixty_connections
def test_sixty_orders_for_ten_pieces_sell_exactly_ten():
    product = make_product(stock=10)
    buyers = [Buyer() for _ in range(60)]

    results = at_once([placing(buyer, buyer.preview((product, 1))) for buyer in buyers])

    product.refresh_from_db()
    assert kinds(results)[InsufficientStock] == 50
    assert Order.objects.count() == 10
    assert product.stock_quantity == 0
    assert product.movements.aggregate(sum=Sum("quantity"))["sum"] == 0


def test_pieces_are_sold_down_to_what_no_waiting_order_can_use():
    product = make_product(stock=10)
    wanted = [random.Random(7).randint(1, 4) for _ in range(30)]
    buyers = [Buyer() for _ in wanted]

    results = at_once(
        [placing(buyer, buyer.preview((product, n))) for buyer, n in zip(buyers, wanted, strict=True)]
    )

    product.refresh_from_db()
    sold = Order.objects.aggregate(sum=Sum("lines__quantity"))["sum"]
    assert sold + product.stock_quantity == 10
    refused = [n for n, result in zip(wanted, results, strict=True) if isinstance(result, InsufficientStock)]
    assert all(n > product.stock_quantity for n in refused)


@sixty_connections
def test_sixty_orders_for_ten_numbers_confirm_exactly_ten():
    product = make_numbered(numbers=10)
    orders = [Buyer().place((product, 1)) for _ in range(60)]

    at_once([confirming(order) for order in orders])

    statuses = Counter(Order.objects.values_list("status", flat=True))
    assert statuses == {OrderStatus.PAY_REQUIRED: 10, OrderStatus.NOT_CONFIRMED: 50}
    assert Allocation.objects.count() == 10
    assert product.numbers.filter(state=Number.State.TAKEN).count() == 10


def test_no_order_is_refused_while_enough_numbers_are_free():
    product = make_numbered(numbers=12)
    orders = [Buyer().place((product, n)) for n in (6, 6, 5, 4, 3, 2, 1)]

    at_once([confirming(order) for order in orders])

    free = product.numbers.filter(state=Number.State.FREE).count()
    refused = Order.objects.filter(status=OrderStatus.NOT_CONFIRMED)
    assert all(order.lines.get().quantity > free for order in refused)
    for order in Order.objects.filter(status=OrderStatus.PAY_REQUIRED):
        line = order.lines.get()
        assert line.allocations.count() == line.quantity


def test_two_orders_that_fit_together_are_both_confirmed_beside_a_refused_one():
    """A picker that saw too few numbers only because another looked at them first must not give up."""
    for _ in range(5):
        rooms, seats = make_numbered(numbers=10), make_numbered(numbers=1)
        orders = [
            Buyer().place((rooms, 6), (seats, 2)),  # can't be confirmed: two seats are wanted
            Buyer().place((rooms, 6)),
        ]

        at_once([confirming(order) for order in orders])

        statuses = [Order.objects.get(pk=order.pk).status for order in orders]
        assert statuses == [OrderStatus.NOT_CONFIRMED, OrderStatus.PAY_REQUIRED]


def test_twenty_placements_of_one_preview_are_one_order():
    product = make_product(stock=100)
    buyer = Buyer()
    preview = buyer.preview((product, 3))

    results = at_once([placing(buyer, preview)] * 20)

    product.refresh_from_db()
    assert Counter(placed.is_new for placed in results) == {True: 1, False: 19}
    assert product.stock_quantity == 97
    assert StatusChange.objects.count() == 1


def test_twenty_placements_of_a_preview_for_the_last_piece_are_one_order():
    product = make_product(stock=1)
    buyer = Buyer()
    preview = buyer.preview((product, 1))

    results = at_once([placing(buyer, preview)] * 20)

    assert Counter(placed.is_new for placed in results) == {True: 1, False: 19}


def test_simultaneous_orders_cannot_pass_the_limit_of_unpaid_orders(settings):
    settings.MAX_UNPAID_ORDERS = 3
    product = make_product(stock=100)
    buyer = Buyer()

    results = at_once([placing(buyer, buyer.preview((product, 1))) for _ in range(10)])

    assert kinds(results)[TooManyUnpaidOrders] == 7
    assert Order.objects.count() == 3


def test_opposite_orders_do_not_deadlock():
    first, second, third = (make_product(stock=1000) for _ in range(3))
    ways = [
        [(first, 1), (second, 1), (third, 1)],
        [(third, 1), (second, 1), (first, 1)],
    ]
    buyers = [Buyer() for _ in range(30)]

    at_once([placing(buyer, buyer.preview(*ways[n % 2])) for n, buyer in enumerate(buyers)])

    assert set(Product.objects.values_list("stock_quantity", flat=True)) == {970}


def test_mixed_orders_placed_confirmed_and_canceled_at_once_do_not_deadlock():
    pieces, rooms, more, seats = (
        make_product(stock=500),
        make_numbered(numbers=60),
        make_product(stock=500),
        make_numbered(numbers=60),
    )
    ways = [
        [(pieces, 1), (rooms, 2), (more, 1), (seats, 1)],
        [(seats, 1), (more, 1), (rooms, 2), (pieces, 1)],
    ]
    waiting = [Buyer().place(*ways[n % 2]) for n in range(10)]
    payable = [Buyer().order_in(OrderStatus.PAY_REQUIRED, *ways[n % 2]) for n in range(10)]
    buyers = [Buyer() for _ in range(10)]
    calls = [placing(buyer, buyer.preview(*ways[n % 2])) for n, buyer in enumerate(buyers)]
    calls += [confirming(order) for order in waiting] + [canceling(order) for order in payable]
    random.Random(3).shuffle(calls)

    at_once(calls)

    pieces.refresh_from_db()
    statuses = Counter(Order.objects.values_list("status", flat=True))
    assert statuses == {
        OrderStatus.PENDING: 10,
        OrderStatus.PAY_REQUIRED: 10,
        OrderStatus.CANCELED: 10,
    }
    assert pieces.stock_quantity == 500 - 20
    assert rooms.numbers.filter(state=Number.State.TAKEN).count() == 20
    assert Allocation.objects.count() == 30


def test_refused_orders_and_canceled_ones_of_pieces_and_numbers_do_not_deadlock():
    """Found by faults/model/orders.pml: a refusal held its rooms and waited for its pieces, a cancel the other way round."""
    for _ in range(4):
        pieces, rooms = make_product(stock=100), make_numbered(numbers=8)
        payable = [Buyer().order_in(OrderStatus.PAY_REQUIRED, (pieces, 1), (rooms, 1)) for _ in range(8)]
        refused = [Buyer().place((pieces, 1), (rooms, 9)) for _ in range(8)]
        calls = [confirming(order) for order in refused] + [canceling(order) for order in payable]
        random.Random(5).shuffle(calls)

        at_once(calls)

        pieces.refresh_from_db()
        assert pieces.stock_quantity == 100
        assert rooms.numbers.filter(state=Number.State.FREE).count() == 8


def test_two_cancels_give_stock_back_once():
    product = make_product(stock=10)
    order = Buyer().order_in(OrderStatus.PAY_REQUIRED, (product, 4))

    results = at_once([canceling(order)] * 8)

    product.refresh_from_db()
    assert kinds(results)[StepNotAllowed] == 7
    assert product.stock_quantity == 10
    assert order.history.count() == 3


def test_confirming_at_once_many_times_takes_the_numbers_once():
    product = make_numbered(numbers=5)
    order = Buyer().place((product, 3))

    at_once([confirming(order)] * 8)

    assert product.numbers.filter(state=Number.State.TAKEN).count() == 3
    assert order.history.count() == 2


def test_a_late_sweep_and_a_payment_at_once_end_in_one_of_both():
    product = make_product(stock=10)
    for _ in range(5):
        order = Buyer().order_in(OrderStatus.PAY_REQUIRED, (product, 1))
        Order.objects.filter(pk=order.pk).update(pay_by=order.placed_at)
        payment = order.payments.create(variant="demo", total=order.total_amount, currency="USD")
        settle = partial(capture, payment)

        at_once([settle, partial(payment_window.cancel_unpaid, order_id=order.pk)])

        order = Order.objects.get(pk=order.pk)
        payment.refresh_from_db()
        assert payment.refunds.count() == (order.status == OrderStatus.CANCELED)
        assert (order.status, payment.status) in {
            (OrderStatus.PAID, "confirmed"),
            (OrderStatus.CANCELED, "confirmed"),
        }


def test_a_second_click_on_pay_pays_once():
    order = Buyer().order_in(OrderStatus.PAY_REQUIRED)

    started = at_once([partial(start_payment, order_id=order.pk, actor=order.customer)] * 6)
    assert Counter(each.is_new for each in started) == {True: 1, False: 5}

    payment = started[0].payment
    at_once([partial(capture, payment)] * 6)
    assert order.payments.count() == 1
    assert order.history.filter(to_status=OrderStatus.PAID).count() == 1


def test_one_answer_of_the_pay_page_that_comes_many_times_at_once_is_acted_on_once():
    for _round in range(5):
        order = Buyer().order_in(OrderStatus.PAY_REQUIRED)
        payment = start_payment(order_id=order.pk, actor=order.customer).payment

        at_once([partial(answered, payment=payment, data={"outcome": "approve"})] * 6)

        (event,) = ProviderEvent.objects.filter(event_id=f"{payment.token}-approve")
        assert event.acted_at and event.next_attempt_at is None and event.attempts == 1
        assert [entry.kind for entry in order.ledger.all()] == ["captured"]
        assert list(order.history.values_list("sequence", flat=True)) == [1, 2, 3]


def test_refunds_at_once_return_the_money_once():
    product = make_product(stock=10)
    order = Buyer().order_in(OrderStatus.REFUND, (product, 2))

    at_once([partial(return_money, order)] * 6)

    product.refresh_from_db()
    assert product.stock_quantity == 10
    assert order.history.filter(to_status=OrderStatus.CANCELED).count() == 1
    assert Order.objects.get(pk=order.pk).status == OrderStatus.CANCELED
