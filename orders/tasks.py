"""Celery doors: ids in, one call on, safe to run twice. The sweep and the round of emails do what no hint brought about."""

import logging
import time
from collections.abc import Callable, Iterable
from uuid import UUID

from celery import shared_task

from accounts.codes import asking
from bulk import exports, imports
from catalog.shelf import waiting
from orders.actions import back_in_stock
from orders.actions.drafts import editing as drafts
from orders.actions.money import money_due
from orders.emails import queue
from orders.emails import retention as old_emails
from orders.errors import OrderError
from orders.events import feed
from orders.events.task_names import Task
from orders.lifecycle import confirmation
from orders.payments import differences
from orders.webhooks import retention, senders
from outbox import clock
from outbox.rounds import turn
from rest import idempotency
from rest.outages import database_is_away

log = logging.getLogger(__name__)
# Seconds between two looks for what is old: they are most statements of a sweep, and none is urgent.
FORGET_EVERY = 60.0
# Seconds between two looks for what waits for the sweep, as long as hints come.
OVERDUE_EVERY = 1.0


class Pause:
    """Says in this process, once in so many seconds, that it is time."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def is_time(self) -> bool:
        if time.monotonic() - self._last < OVERDUE_EVERY:
            return False
        self._last = time.monotonic()
        return True


_overdue_looks = Pause()


@shared_task(name=Task.CONFIRM)
def confirm_orders(*order_ids: str) -> None:
    """Confirm some orders, and now and then those that wait for the sweep: behind many hints, it would come too late.

    A worker's round does it, which hears of orders over Redis, and looks by its clock without; or a message of the broker.
    """
    if order_ids:
        done = confirmation.confirm_orders(order_ids=[UUID(order_id) for order_id in order_ids])
        if done:
            log.info("%d of %d orders are confirmed, or refused", done, len(order_ids))
    if not order_ids or _overdue_looks.is_time():
        _confirm_overdue()


@shared_task(name=Task.REFUND)
def refund(refund_id: str) -> None:
    """There is a refund to ask a provider for; not on this thread, which has orders to confirm."""
    money_due.REFUNDS.begin()


@shared_task(name=Task.ACT_ON_EVENT)
def act_on_event(event_id: str) -> None:
    """There is an event of a provider to act on, which may mean to ask it; not on this thread either."""
    money_due.EVENTS.begin()


@shared_task(name=Task.SEND_EMAIL)
def send_email(*email_ids: str) -> None:
    """Send some emails, for who asks for them by their ids, as shops of before do until they are updated."""
    queue.deliver(email_ids=[int(email_id) for email_id in email_ids])


@shared_task(name=Task.SEND_EMAILS)
def send_emails() -> None:
    """Send the emails that are due. Not part of the sweep, which must not wait for a mail server."""
    queue.send_due()


@shared_task(name=Task.SEND_WEBHOOKS)
def send_webhooks() -> None:
    """Send the webhooks that are due. Not part of the sweep, which must not wait for receivers."""
    if feed.give_positions_and_look():
        senders.send_due()


@shared_task(name=Task.SWEEP)
def sweep() -> None:
    """Do whatever is due: confirm, act on events, cancel what was not paid in time, return money, work on tables, forget.

    And tell who waits for what is back, and give back what sending elsewhere cost of orders that ended. Each call locks
    and checks again.
    """
    _confirm_overdue()
    # What is known of money is acted on before anything is given up: orders/actions/money/money_due.py.
    money_due.begin()
    feed.give_positions()
    for tables in (imports, exports):
        tables.take_up()
    with turn(f"{Task.SWEEP}: forget", every=FORGET_EVERY) as mine:
        if mine:
            _forget_old()
    _each("product_id", waiting.back(), back_in_stock.tell)
    _each("order_id", differences.owed(), differences.return_fee)


def _forget_old() -> None:
    """What has had its time, days mostly."""
    for log_of in (idempotency, retention, old_emails, asking, drafts, imports, exports):
        log_of.forget_old()


def _confirm_overdue() -> None:
    """As long as there are more: an order waits for no second sweep."""
    ids: list[UUID] = []
    while (more := confirmation.overdue()) != ids:
        ids = more
        _confirm_batches(ids)


def _confirm_batches(ids: list[UUID]) -> None:
    for start in range(0, len(ids), confirmation.BATCH_SIZE):
        _confirm(ids[start : start + confirmation.BATCH_SIZE])
        clock.step()


def _confirm(ids: list[UUID]) -> None:
    try:
        confirmation.confirm_orders(order_ids=ids)
    except Exception:
        # One that fails must not keep back those that would be confirmed with it.
        log.exception("sweep: orders could not be confirmed together")
        _each("order_id", ids, confirmation.confirm_order)


def _each(name: str, ids: Iterable[object], act: Callable[..., object]) -> None:
    for one in ids:
        try:
            act(**{name: one})
        except OrderError as error:
            log.info("sweep: %s %s moved on meanwhile: %s", name, one, error.code)
        except Exception as error:
            if database_is_away(error):
                raise
            # A door: one that fails must not keep the sweep from all others.
            log.exception("sweep: %s %s failed, it is tried again", name, one)
        clock.step()
