"""Pending -> Pay Required or Not Confirmed, and what becomes of pieces and numbers when an order ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from catalog.models import Number, StockMovement
from orders import tasks
from orders.actions.money import payment_window
from orders.lifecycle.confirmation import confirm_order, overdue
from orders.lifecycle.locking import OrderNotFound
from orders.models import Allocation, Order, StatusChange
from orders.status import OrderStatus, Reason
from tests.factories import Buyer, ask_refund, cancel, make_numbered, make_product, pay, return_money

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus


def confirmed(order) -> Order:
    return confirm_order(order_id=order.pk)


def states(product) -> dict[str, int]:
    """How many numbers of a product are in which state."""
    found = list(Number.objects.filter(product=product).values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def stock(product) -> int:
    product.refresh_from_db()
    return product.stock_quantity


def held_by(order) -> list[str]:
    return list(Allocation.objects.filter(line__order=order).values_list("number__value", flat=True))


# --- confirming ----------------------------------------------------------------------------------------------------


def test_an_order_for_pieces_alone_needs_only_its_confirmation(buyer, settings):
    order = buyer.place((make_product(stock=1), 1))
    before = timezone.now()

    after = confirmed(order)

    assert after.status == S.PAY_REQUIRED
    assert after.status_since >= before
    assert after.pay_by == after.status_since + timedelta(seconds=settings.ORDER_PAYMENT_WINDOW)


def test_every_line_gets_as_many_numbers_as_it_wants_the_oldest_first(buyer):
    rooms, seats = make_numbered(numbers=4), make_numbered(numbers=3)
    order = buyer.place((rooms, 2), (seats, 3))

    assert confirmed(order).status == S.PAY_REQUIRED

    given = [f"{rooms.sku}/001", f"{rooms.sku}/002", *(f"{seats.sku}/00{n}" for n in (1, 2, 3))]
    assert held_by(order) == given
    assert (states(rooms), states(seats)) == ({"taken": 2, "free": 2}, {"taken": 3})


def test_an_order_gets_all_its_numbers_or_none_and_its_pieces_go_back(buyer):
    rooms, seats, mug = make_numbered(numbers=5), make_numbered(numbers=1), make_product(stock=5)
    order = buyer.place((rooms, 2), (seats, 2), (mug, 3))
    assert stock(mug) == 2

    assert confirmed(order).status == S.NOT_CONFIRMED

    assert held_by(order) == []
    assert (states(rooms), states(seats)) == ({"free": 5}, {"free": 1})
    assert stock(mug) == 5
    assert [(m.kind, m.quantity) for m in StockMovement.objects.filter(order_id=order.pk).order_by("id")] == [
        ("taken", -3),
        ("given_back", 3),
    ]
    last = StatusChange.objects.filter(order=order).last()
    assert (last.reason, last.actor) == (Reason.NO_FREE_NUMBERS, None)


@pytest.mark.parametrize(("numbers", "ends"), [(2, S.PAY_REQUIRED), (1, S.NOT_CONFIRMED)])
def test_confirming_twice_is_confirming_once(buyer, numbers, ends):
    rooms, mug = make_numbered(numbers=numbers), make_product(stock=3)
    order = buyer.place((rooms, 2), (mug, 1))
    first = confirmed(order)
    after_one = (states(rooms), stock(mug), held_by(order))

    second = confirmed(order)

    assert first.status == second.status == ends
    assert first.status_since == second.status_since
    assert (states(rooms), stock(mug), held_by(order)) == after_one
    assert StatusChange.objects.filter(order=order).count() == 2


@pytest.mark.parametrize("status", [status for status in S if status != S.PENDING])
def test_confirming_late_changes_nothing(buyer, status):
    order = buyer.order_in(status, (make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 1), 1))
    history = StatusChange.objects.count()

    tasks.confirm_orders(str(order.pk))

    assert Order.objects.get(pk=order.pk).status == status
    assert StatusChange.objects.count() == history


def test_an_order_that_is_none_cannot_be_confirmed(db):
    with pytest.raises(OrderNotFound):
        confirm_order(order_id=UUID("01890000-0000-7000-8000-000000000000"))


def test_numbers_given_back_serve_the_next_order(buyer):
    rooms = make_numbered(numbers=1)
    first = buyer.order_in(S.PAY_REQUIRED, (rooms, 1))
    number = held_by(first)
    cancel(first)

    second = Buyer().order_in(S.PAY_REQUIRED, (rooms, 1))

    assert held_by(second) == number
    assert held_by(first) == []


def test_retired_numbers_are_not_given_out(buyer):
    rooms = make_numbered(numbers=2)
    rooms.numbers.update(state=Number.State.RETIRED)

    assert confirmed(buyer.place((rooms, 1))).status == S.NOT_CONFIRMED


# --- when an order ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reusable", "ending", "left"),
    [
        (True, [cancel], {"free": 2}),
        (False, [cancel], {"free": 2}),
        (True, [pay], {"taken": 2}),
        (False, [pay], {"taken": 2}),
        (True, [pay, ask_refund], {"taken": 2}),
        (False, [pay, ask_refund], {"taken": 2}),
        (True, [pay, ask_refund, return_money], {"free": 2}),
        (False, [pay, ask_refund, return_money], {"retired": 2}),
    ],
)
def test_numbers_go_back_unless_a_customer_saw_what_is_not_given_out_again(buyer, reusable, ending, left):
    things = make_numbered(numbers=2, numbers_reusable=reusable)
    order = buyer.order_in(S.PAY_REQUIRED, (things, 2))

    for act in ending:
        act(order)

    assert states(things) == left
    assert len(held_by(order)) == (2 if "taken" in left else 0)


@pytest.mark.parametrize("ending", [[cancel], [pay, ask_refund, return_money]])
def test_a_canceled_order_gives_everything_back_exactly_once(buyer, ending):
    mug, room, key = (
        make_product(stock=9),
        make_numbered(numbers=2),
        make_numbered(numbers=2, numbers_reusable=False),
    )
    order = buyer.order_in(S.PAY_REQUIRED, (mug, 4), (room, 1), (key, 1))
    for act in ending:
        act(order)
    return_money(order)
    payment_window.cancel_unpaid(order_id=order.pk)

    assert Order.objects.get(pk=order.pk).status == S.CANCELED
    assert stock(mug) == 9
    assert states(room) == {"free": 2}
    assert states(key) == ({"free": 2} if ending == [cancel] else {"free": 1, "retired": 1})


# --- what the sweep looks for ----------------------------------------------------------------------------------------


def test_only_orders_pending_for_long_enough_are_overdue_the_oldest_first(buyer, settings):
    settings.PENDING_SWEEP_AFTER = 60
    product = make_product(stock=9)
    fresh, late, later = [buyer.place((product, 1)) for _ in range(3)]
    since(late, 61)
    since(later, 600)
    since(buyer.order_in(S.PAY_REQUIRED, (product, 1)), 600)
    since(fresh, 50)

    assert overdue() == [later.pk, late.pk]


def test_an_order_that_was_placed_by_a_clock_that_was_ahead_is_overdue(buyer):
    order = buyer.place((make_product(stock=1), 1))
    since(order, -600)

    assert overdue() == [order.pk]


def since(order, seconds: float) -> None:
    """Let an order have come into its status that long ago."""
    Order.objects.filter(pk=order.pk).update(status_since=timezone.now() - timedelta(seconds=seconds))
