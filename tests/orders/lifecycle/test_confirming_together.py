"""Many orders are confirmed in one transaction, as each would be by itself; hints carry many of them."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from orders import audit, tasks
from orders.events import hints as hints_of
from orders.events.task_names import Task
from orders.lifecycle import confirmation
from orders.lifecycle.confirmation import confirm_order, confirm_orders
from orders.models import Email, EmailKind, Order, StatusChange
from orders.status import OrderStatus, Reason
from rest.breaker import Away
from tests.factories import Buyer, cancel, make_numbered, make_product
from tests.parallel import at_once
from tests.waiting import SECONDS

S = OrderStatus
pytestmark = pytest.mark.django_db(transaction=True)


def statuses(orders) -> list[str]:
    found = dict(Order.objects.values_list("pk", "status"))
    return [found[order.pk] for order in orders]


def ids(orders) -> list:
    return [order.pk for order in orders]


def test_orders_confirmed_together_are_as_each_would_be_by_itself(settings):
    buyers, product = [Buyer(language=language) for language in ("en", "vi")], make_product(stock=9)
    alone, *together = [buyer.place((product, 1)) for buyer in [*buyers, buyers[0]]]

    confirm_order(order_id=alone.pk)
    confirm_orders(order_ids=ids(together))

    of_one = Order.objects.get(pk=alone.pk)
    for order in Order.objects.filter(pk__in=ids(together)):
        assert order.status == S.PAY_REQUIRED
        assert order.pay_by - order.status_since == of_one.pay_by - of_one.status_since
        change = order.history.get(sequence=2)
        assert (change.from_status, change.to_status, change.at) == (
            S.PENDING,
            S.PAY_REQUIRED,
            order.status_since,
        )
        assert (change.reason, change.actor) == (Reason.CONFIRMED, None)
        email = order.emails.get(kind=EmailKind.PAY_REQUIRED)
        assert (email.sequence, email.to, email.language) == (2, order.customer.email, order.language)
        assert email.next_attempt_at
    assert list(audit.findings()) == []


def test_those_that_want_numbers_or_cost_nothing_are_confirmed_each_in_turn(buyer):
    rooms = make_numbered(numbers=2)
    plain = buyer.place((make_product(stock=1), 1))
    first, second, third = [buyer.place((rooms, 1)) for _ in range(3)]

    confirm_orders(order_ids=ids([third, plain, second, first]))

    assert statuses([plain, first, second, third]) == [
        S.PAY_REQUIRED,
        S.PAY_REQUIRED,
        S.PAY_REQUIRED,
        S.NOT_CONFIRMED,
    ]


def test_orders_that_have_moved_on_stay_as_they_are(buyer):
    canceled, waiting = [buyer.place((make_product(stock=1), 1)) for _ in range(2)]
    confirm_order(order_id=canceled.pk)
    cancel(canceled)
    history = StatusChange.objects.filter(order=canceled).count()

    confirm_orders(order_ids=ids([canceled, waiting]))
    confirm_orders(order_ids=ids([canceled, waiting]))

    assert statuses([canceled, waiting]) == [S.CANCELED, S.PAY_REQUIRED]
    assert StatusChange.objects.filter(order=canceled).count() == history
    assert waiting.history.count() == 2


def test_two_workers_confirm_the_same_orders_once(buyer):
    orders = [buyer.place((make_product(stock=1), 1)) for _ in range(6)]
    orders += [buyer.place((make_numbered(numbers=1), 1)) for _ in range(2)]

    at_once([partial(confirm_orders, order_ids=ids(orders))] * 4)
    confirm_orders(order_ids=ids(orders))

    assert set(statuses(orders)) == {S.PAY_REQUIRED}
    assert StatusChange.objects.count() == 2 * len(orders)
    assert Email.objects.filter(kind=EmailKind.PAY_REQUIRED).count() == len(orders)


def test_an_order_that_is_locked_keeps_no_other_waiting(buyer):
    held, free = [buyer.place((make_product(stock=1), 1)) for _ in range(2)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM orders_order WHERE id = %s FOR NO KEY UPDATE", [held.pk])
        at_once([partial(confirm_orders, order_ids=ids([held, free]))])

        assert statuses([held, free]) == [S.PENDING, S.PAY_REQUIRED]


def test_one_order_that_cannot_be_confirmed_keeps_no_other_back(buyer, settings, monkeypatch):
    settings.PENDING_SWEEP_AFTER = -1
    bad, *good = [buyer.place((make_product(stock=1), 1)) for _ in range(3)]
    lock = confirmation.lock_order

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(confirmation, "change_together", broken)
    monkeypatch.setattr(
        confirmation, "lock_order", lambda order_id: broken() if order_id == bad.pk else lock(order_id)
    )
    tasks.sweep()

    assert statuses([bad, *good]) == [S.PENDING, S.PAY_REQUIRED, S.PAY_REQUIRED]


def test_a_sweep_goes_on_until_nothing_waits(buyer, settings, monkeypatch):
    settings.PENDING_SWEEP_AFTER = -1
    monkeypatch.setattr(confirmation, "MAX_FOUND", 2)
    orders = [buyer.place((make_product(stock=1), 1)) for _ in range(5)]

    tasks.sweep()

    assert set(statuses(orders)) == {S.PAY_REQUIRED}


def test_a_hint_brings_about_what_waits_for_the_sweep(buyer, settings):
    settings.PENDING_SWEEP_AFTER = -1
    orders = [buyer.place((make_product(stock=1), 1)) for _ in range(3)]

    tasks.confirm_orders(str(orders[0].pk))

    assert set(statuses(orders)) == {S.PAY_REQUIRED}


def test_an_order_is_asked_for_over_redis_where_a_worker_hears_it(hints):
    hints_of.enqueue_with_others(Task.CONFIRM, "a")
    hints.left()

    assert hints == [("orders.confirm", "a")]
    assert hints.messages == 0


def test_hints_that_no_worker_hears_leave_together_over_the_broker(hints):
    hints.workers = 0
    broker_is_back = threading.Event()
    hints_of._to_workers.put(lambda: broker_is_back.wait(SECONDS))
    for order in "abc":
        hints_of.enqueue_with_others(Task.CONFIRM, order)
    hints.left_over_redis()

    broker_is_back.set()
    hints.left()

    assert hints == [("orders.confirm", "a", "b", "c")]
    assert hints.messages == 1


def test_an_order_is_asked_for_over_the_broker_where_redis_does_not_answer(hints, monkeypatch):
    def away(*args, **kwargs):
        raise Away

    monkeypatch.setattr(hints_of, "_publish", away)
    hints_of.enqueue_with_others(Task.CONFIRM, "a")
    hints.left()

    assert hints == [("orders.confirm", "a")]
    assert hints.messages == 1
