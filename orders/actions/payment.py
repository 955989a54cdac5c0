"""Paying an order: a payment is begun at one provider, or the one that was begun goes on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from orders.actions.cancellation import close_session, in_progress
from orders.actions.payment_window import cancel_unpaid, is_overdue
from orders.actions.steps import allowed_steps, find_order
from orders.checkout.placement import check_can_be_paid
from orders.lifecycle.transitions import StepNotAllowed, lock_order
from orders.models import Payment
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


def ways_to_pay() -> dict[str, "str | StrPromise"]:
    """The providers that customers may choose from, and what each is called: PAYMENT_VARIANT alone if it is set."""
    offered = [settings.PAYMENT_VARIANT] if settings.PAYMENT_VARIANT else settings.PAYMENT_VARIANTS
    return {variant: provider_named(variant).label for variant in offered}


def start_payment(*, order_id: UUID, actor: "User", variant: str = "") -> Started:
    """The payment in progress of one's own order: a new one, or the one that was begun before.

    Amount and currency are the order's. An order whose time is up is canceled now rather than by the next sweep.
    Who asks for a provider (`variant`) gets a payment there; one in progress elsewhere is closed at its provider first.
    Staff don't pay for customers. Raises OrderNotFound, PermissionDenied, StepNotAllowed, NoPaymentProvider,
    UnknownProvider, and PaymentUnderWay when the other one can't be closed.
    """
    order = find_order(order_id=order_id, user=actor)
    if Step.PAY not in allowed_steps(order, actor):
        raise PermissionDenied
    check_can_be_paid()
    chosen = variant or settings.PAYMENT_VARIANT or next(iter(settings.PAYMENT_VARIANTS))
    provider_named(chosen)
    if is_overdue(order):
        cancel_unpaid(order_id=order_id)
    if variant:
        _close_elsewhere(order_id, variant)
    return _begin(order_id, chosen)


def _close_elsewhere(order_id: UUID, variant: str) -> None:
    begun = in_progress(order_id)
    if begun is not None and begun.variant != variant:
        close_session(order_id=order_id)
        record_expiry(payment_id=begun.pk)


@transaction.atomic
def _begin(order_id: UUID, variant: str) -> Started:
    order = lock_order(order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    if begun := in_progress(order_id):
        begun.order = order
        return Started(begun, is_new=False)
    payment = Payment.objects.create(
        order=order,
        variant=variant,
        total=order.total_amount,
        currency=order.currency,
        billing_email=order.customer.email,
    )
    return Started(payment, is_new=True)
