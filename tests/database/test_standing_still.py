"""Whoever stands still in a transaction, as a process that is stopped, keeps nobody waiting until they give up."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from orders.lifecycle.locking import lock_order
from orders.models import Order
from orders.status import OrderStatus
from rest import outages
from tests.factories import Buyer
from tests.parallel import at_once
from tests.waiting import SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


def milliseconds(name: str) -> int:
    """A setting of this connection's session, as the server has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = %s", [name])
        return cursor.fetchone()[0]


def test_a_connection_of_the_shop_loses_its_locks_before_others_give_up_waiting_for_them():
    assert 0 < milliseconds("idle_in_transaction_session_timeout") < milliseconds("lock_timeout")


def test_who_waits_for_one_that_stands_still_gets_the_lock_and_that_one_has_done_nothing():
    order = Buyer().order_in(OrderStatus.PAY_REQUIRED)
    held, ended = threading.Event(), threading.Event()

    def stands_still() -> str:
        try:
            with transaction.atomic():
                # As a shop's sessions have it, a tenth as long.
                connection.cursor().execute("SET LOCAL idle_in_transaction_session_timeout = 1000")
                locked = lock_order(order.pk)
                locked.packed_at = timezone.now()
                held.set()
                assert ended.wait(SECONDS)
                locked.save(update_fields=["packed_at"])
        except DatabaseError as error:
            return "lost" if outages.unavailable(error) and outages.is_outage(error) else "failed"
        return "kept"

    def waits() -> str:
        assert held.wait(SECONDS)
        with transaction.atomic():
            lock_order(order.pk)
        ended.set()
        return "locked"

    # Who stood still is told to come again, and the log has a line of it.
    assert at_once([stands_still, waits]) == ["lost", "locked"]
    assert Order.objects.get(pk=order.pk).packed_at is None
