"""Celery doors: ids in, one call on, safe to run twice. The sweep does whatever no hint brought about."""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from celery import shared_task

from orders import confirmation, mails, payments
from orders.errors import OrderError

log = logging.getLogger(__name__)


@shared_task(name="orders.confirm")
def confirm_order(order_id: str) -> None:
    """Confirm one order."""
    confirmation.confirm_order(order_id=UUID(order_id))


@shared_task(name="orders.refund")
def refund_order(order_id: str) -> None:
    """Return the money of one order in Refund."""
    payments.return_money(order_id=UUID(order_id))


@shared_task(name=mails.SEND_TASK)
def send_mail(mail_id: str) -> None:
    """Send one mail."""
    mails.send_mail(mail_id=int(mail_id))


@shared_task(name="orders.sweep")
def sweep() -> None:
    """Do whatever is due: confirm, cancel what was not paid in time, return money, send mails.

    Each call locks and checks again.
    """
    _each(confirmation.overdue(), confirmation.confirm_order)
    _each(payments.unpaid_in_time(), payments.cancel_unpaid)
    _each(payments.refunds_due(), payments.return_money)
    mails.send_due()


def _each(order_ids: Iterable[UUID], act: Callable[..., object]) -> None:
    for order_id in order_ids:
        try:
            act(order_id=order_id)
        except OrderError as error:
            log.info("sweep: order %s moved on meanwhile: %s", order_id, error.code)
        except Exception:
            # A door: one order that fails must not keep the sweep from all others.
            log.exception("sweep: order %s failed, it is tried again", order_id)
