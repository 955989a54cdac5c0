"""Celery doors: ids in, one call on, safe to run twice. The sweep and the round of emails do what no hint brought about."""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from celery import shared_task

from bulk import exports, imports
from orders.actions import cancellation
from orders.emails import queue
from orders.errors import OrderError
from orders.events import feed, hints
from orders.events.task_names import Task
from orders.lifecycle import confirmation
from orders.payments import provider_events, refunds
from orders.webhooks import deliveries, retention
from rest import idempotency

log = logging.getLogger(__name__)


@shared_task(name=Task.CONFIRM)
def confirm_order(order_id: str) -> None:
    """Confirm one order."""
    confirmation.confirm_order(order_id=UUID(order_id))


@shared_task(name=Task.REFUND)
def refund(refund_id: str) -> None:
    """Ask the provider for one refund."""
    refunds.work_on(refund_id=int(refund_id))


@shared_task(name=Task.ACT_ON_EVENT)
def act_on_event(event_id: str) -> None:
    """Act on one event of a payment provider."""
    provider_events.act(event_id=int(event_id))


@shared_task(name=Task.SEND_EMAIL)
def send_email(email_id: str) -> None:
    """Send one email."""
    queue.deliver(email_id=int(email_id))


@shared_task(name=Task.SEND_EMAILS)
def send_emails() -> None:
    """Send the emails that are due. Not part of the sweep, which must not wait for a mail server."""
    queue.send_due()


@shared_task(name=Task.SEND_WEBHOOKS)
def send_webhooks() -> None:
    """Send the webhooks that are due. Not part of the sweep, which must not wait for receivers."""
    hints.round_begins()
    feed.give_positions()
    deliveries.send_due()


@shared_task(name=Task.SWEEP)
def sweep() -> None:
    """Do whatever is due: confirm, cancel what was not paid in time, act on events, return money, work on tables, forget.

    Each call locks and checks again.
    """
    _each("order_id", confirmation.overdue(), confirmation.confirm_order)
    _each("order_id", cancellation.overdue_orders(), cancellation.cancel_unpaid)
    _each("event_id", provider_events.due(), provider_events.act)
    _each("refund_id", refunds.due(), refunds.work_on)
    feed.give_positions()
    for log_of in (idempotency, retention, queue):
        log_of.forget_old()
    for tables in (imports, exports):
        tables.take_up()
        tables.forget_old()


def _each(name: str, ids: Iterable[object], act: Callable[..., object]) -> None:
    for one in ids:
        try:
            act(**{name: one})
        except OrderError as error:
            log.info("sweep: %s %s moved on meanwhile: %s", name, one, error.code)
        except Exception:
            # A door: one that fails must not keep the sweep from all others.
            log.exception("sweep: %s %s failed, it is tried again", name, one)
