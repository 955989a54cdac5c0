"""The due work that asks payment providers, each kind in threads of its own and for a limited time: see outbox/apart.py.

A provider that says nothing keeps these threads waiting and no others; the breaker of its line soon ends the wait.
"""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from orders.actions.changes import waiting
from orders.actions.money import payment_window
from orders.errors import OrderError
from orders.payments import provider_events, refunds
from orders.payments.providers.line import patiently
from orders.payments.reconciling import daily
from outbox.apart import Apart

log = logging.getLogger(__name__)
# How long one thread works on what is due before it leaves the rest to the next round, seconds.
SECONDS = 20.0


def _one(name: str, act: Callable[..., object]) -> Callable[[Any], None]:
    """Does one, patiently; one that fails does not keep the others waiting."""

    def do(pk: object) -> None:
        try:
            with patiently():
                act(**{name: pk})
        except OrderError as error:
            log.info("%s %s moved on meanwhile: %s", name, pk, error.code)
        except Exception:
            # A door, as the sweep is.
            log.exception("%s %s failed, it is tried again", name, pk)

    return do


def _given_up() -> list[UUID]:
    """Orders whose time to pay is over, and those for a change that can't be made any more."""
    return [*payment_window.overdue_orders(), *waiting.stale()]


def _give_up(*, order_id: UUID) -> None:
    waiting.end_stale(order_id=order_id)
    payment_window.cancel_unpaid(order_id=order_id)


EVENTS = Apart(
    "events of providers",
    due=provider_events.due,
    act=_one("event_id", provider_events.act),
    threads=2,
    seconds=SECONDS,
)
OVERDUE = Apart(
    "orders that were not paid",
    due=_given_up,
    act=_one("order_id", _give_up),
    threads=1,
    seconds=SECONDS,
)
SESSIONS = Apart(
    "sessions that are not needed",
    due=payment_window.unwanted_sessions,
    act=_one("payment_id", payment_window.close_unwanted),
    threads=1,
    seconds=SECONDS,
)
REFUNDS = Apart(
    "refunds", due=refunds.due, act=_one("refund_id", refunds.work_on), threads=2, seconds=SECONDS
)
# Nobody waits for it, so one thread is enough, and it is no other kind's.
RECONCILIATIONS = Apart(
    "reconciliations",
    due=daily.due,
    act=_one("reconciliation_id", daily.run),
    threads=1,
    seconds=SECONDS,
)
# What is known is acted on before anything is given up.
KINDS = (EVENTS, OVERDUE, SESSIONS, REFUNDS, RECONCILIATIONS)


def begin() -> None:
    """Have whatever is due worked on."""
    for kind in KINDS:
        kind.begin()
