"""Paying an order: a payment is begun at one provider, or the one that was begun goes on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from database import flush
from database.rows import insert_later
from orders.actions.cancellation import close_session, in_progress, lock_with_payment
from orders.actions.changes.waiting import end_stale, is_stale
from orders.actions.money.payment_window import cancel_unpaid, is_overdue
from orders.actions.steps import allowed_steps, find_order
from orders.checkout.placement.placement import check_can_be_paid
from orders.emails.queue import write_email
from orders.events.notices import notice
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import BY_HAND, EmailKind, Notice, Order, Payment
from orders.payments.providers.base import UnknownProvider
from orders.payments.providers.registry import provider_named
from orders.payments.recording import record_expiry
from orders.status import OrderStatus, Step
from staff.rights import PermissionDenied

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from accounts.models import User


@dataclass(frozen=True)
class Started:
    payment: Payment
    is_new: bool


def ways_to_pay(order: Order) -> dict[str, "str | StrPromise"]:
    """The providers that the order's customer may choose from, and what each is called.

    Where PAYMENT_VARIANT names one, it stands first, and of the others there are those alone whose money comes by hand.
    """
    chosen = settings.PAYMENT_VARIANT
    offered = [name for name in settings.PAYMENT_VARIANTS if not chosen or name == chosen or name in BY_HAND]
    offered.sort(key=lambda name: name in BY_HAND and name != chosen)
    providers = {name: provider_named(name) for name in offered}
    return {name: provider.label for name, provider in providers.items() if provider.takes(order)}


def start_payment(*, order_id: UUID, actor: "User", variant: str = "") -> Started:
    """The payment in progress of one's own order: a new one, or the one that was begun before.

    Amount and currency are the order's. An order whose time is up, or whose change can't be made
    any more, is canceled now rather than by the next sweep.
    Who asks for a provider (`variant`) gets a payment there; one in progress elsewhere is closed at its provider first.
    Staff don't pay for customers. Raises OrderNotFound, PermissionDenied, StepNotAllowed, NoPaymentProvider,
    UnknownProvider, and PaymentUnderWay when the other one can't be closed.
    """
    order = find_order(order_id=order_id, user=actor)
    if Step.PAY not in allowed_steps(order, actor):
        raise PermissionDenied
    check_can_be_paid()
    chosen = variant or settings.PAYMENT_VARIANT or next(iter(settings.PAYMENT_VARIANTS))
    if not provider_named(chosen).takes(order):
        raise UnknownProvider(chosen)
    if late := is_overdue(order):
        cancel_unpaid(order_id=order_id)
    if is_stale(order):
        end_stale(order_id=order_id)
    if variant:
        _close_elsewhere(order_id, variant)
    return (None if late else _begun_before(order)) or _begin(order_id, chosen)


def _begun_before(order: Order) -> Started | None:
    """The payment in progress of an order that is to be paid. Nothing is locked for it, as nothing is written.

    That it may end at any moment whoever takes the money has to know, with the order locked.
    """
    begun = in_progress(order.pk) if order.status == OrderStatus.PAY_REQUIRED else None
    if begun is None:
        return None
    begun.order = order
    return Started(begun, is_new=False)


def _close_elsewhere(order_id: UUID, variant: str) -> None:
    begun = in_progress(order_id)
    if begun is not None and begun.variant != variant:
        close_session(order_id=order_id)
        record_expiry(payment_id=begun.pk)


@transaction.atomic
def _begin(order_id: UUID, variant: str) -> Started:
    order, begun = lock_with_payment(order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    if begun:
        begun.order = order
        return Started(begun, is_new=False)
    _wait_for(order, variant)
    payment = Payment(
        order=order,
        variant=variant,
        total=order.amount_due,
        currency=order.currency,
        billing_email=order.customer.email,
    )
    insert_later(payment)
    if variant in BY_HAND and variant != settings.PAYMENT_VARIANT:
        flush()
        write_email(order=order, kind=EmailKind.PAY_BY_HAND, sequence=payment.pk)
    return Started(payment, is_new=True)


def _wait_for(order: Order, variant: str) -> None:
    """Money by hand takes days, counted from when the order could be paid: who changes the way again gets no more."""
    window = settings.PAYMENT_WINDOWS.get(variant)
    until = window and order.status_since + timedelta(seconds=window)
    if until and (order.pay_by is None or order.pay_by < until):
        order.pay_by = until
        order.save(update_fields=["pay_by"])
        notice(order, Notice.Kind.PAYMENT_CHANGED, actor=order.customer)
