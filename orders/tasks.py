"""Celery doors: ids in, one call on, safe to run twice. The sweep does whatever no hint brought about."""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from celery import shared_task

from orders import confirmation, feed, mails, payments, provider_events, refunds
from orders.errors import OrderError

log = logging.getLogger(__name__)


@shared_task(name="orders.confirm")
def confirm_order(order_id: str) -> None:
    """Confirm one order."""
    confirmation.confirm_order(order_id=UUID(order_id))


@shared_task(name="orders.refund")
def refund(refund_id: str) -> None:
    """Ask the provider for one refund."""
    refunds.work_on(refund_id=int(refund_id))


@shared_task(name="orders.act_on_event")
def act_on_event(event_id: str) -> None:
    """Act on one event of a payment provider."""
    provider_events.act(event_id=int(event_id))


@shared_task(name=mails.SEND_TASK)
def send_mail(mail_id: str) -> None:
    """Send one mail."""
    mails.send_mail(mail_id=int(mail_id))


@shared_task(name="orders.sweep")
def sweep() -> None:
    """Do whatever is due: confirm, cancel what was not paid in time, return money, send mails.

    Each call locks and checks again.
    """
    _each("order_id", confirmation.overdue(), confirmation.confirm_order)
    _each("order_id", payments.unpaid_in_time(), payments.cancel_unpaid)
    _each("event_id", provider_events.due(), provider_events.act)
    _each("refund_id", refunds.due(), refunds.work_on)
    mails.send_due()
    feed.give_positions()


def _each(name: str, ids: Iterable[object], act: Callable[..., object]) -> None:
    for one in ids:
        try:
            act(**{name: one})
        except OrderError as error:
            log.info("sweep: %s %s moved on meanwhile: %s", name, one, error.code)
        except Exception:
            # A door: one that fails must not keep the sweep from all others.
            log.exception("sweep: %s %s failed, it is tried again", name, one)
