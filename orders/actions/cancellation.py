"""Giving an order up: before it is paid, by people or because its time is over, and afterwards for its money back."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.errors import OrderError
from orders.lifecycle.transitions import OrderNotFound, change_status, lock_order
from orders.models import IN_PROGRESS, Order, Payment
from orders.payments import refunds
from orders.payments.providers.base import ProviderUnreachable, SessionPaid
from orders.payments.providers.registry import provider_of
from orders.payments.recording import record_expiry
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from accounts.models import User

# How long a provider that does not answer keeps an overdue order open, seconds.
UNREACHABLE_SECONDS = 3600
# Orders that one sweep looks at.
BATCH_SIZE = 500


class PaymentUnderWay(OrderError):
    code = "payment_under_way"
    status = 409
    title = _("Payment under way")
    message = _("A payment of this order is just being made. Please look again in a moment.")
    advice = _("The provider is just taking the money. Look again in a moment.")


def in_progress(order_id: UUID) -> Payment | None:
    """The order's one payment that is neither settled nor given up, if there is one."""
    return Payment.objects.filter(order=order_id, status__in=IN_PROGRESS).first()


def close_session(*, order_id: UUID) -> None:
    """Have the provider close the order's payment in progress. Asked without a lock: it may take its time.

    Raises PaymentUnderWay.
    """
    payment = in_progress(order_id)
    if payment is None:
        return
    try:
        provider_of(payment).expire(payment)
    except (SessionPaid, ProviderUnreachable) as error:
        raise PaymentUnderWay from error


def cancel_order(*, order_id: UUID, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Cancel an order that waits for its payment, and its payment in progress with it, at the provider first.

    Raises StepNotAllowed, and PaymentUnderWay when the customer has just paid, or the provider does not answer.
    """
    close_session(order_id=order_id)
    return _cancel(order_id, actor=actor, reason=reason, note=note)


def cancel_unpaid(*, order_id: UUID) -> Order:
    """Cancel an order that was not paid in time; one that has moved on since is returned as it is.

    One that is being paid this moment is left for the provider's event. A provider that does not answer is waited for,
    but not for longer than UNREACHABLE_SECONDS: money that comes after that goes back by itself. Raises OrderNotFound.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    if not _is_overdue(order):
        return order
    try:
        close_session(order_id=order_id)
    except PaymentUnderWay:
        if not _is_overdue(order, by=UNREACHABLE_SECONDS):
            return order
    with transaction.atomic():
        order = lock_order(order_id)
        if not _is_overdue(order):
            return order
        return _cancel(order_id, actor=None, reason=Reason.PAYMENT_WINDOW_PASSED, note="")


@transaction.atomic
def _cancel(order_id: UUID, *, actor: "User | None", reason: Reason, note: str) -> Order:
    order = lock_order(order_id)
    if order.status == OrderStatus.PAY_REQUIRED and (payment := in_progress(order_id)):
        record_expiry(payment_id=payment.pk)
    return change_status(order_id=order_id, step=Step.CANCEL, reason=reason, actor=actor, note=note)


def _is_overdue(order: Order, *, by: int = 0) -> bool:
    since = timezone.now() - timedelta(seconds=by)
    return order.status == OrderStatus.PAY_REQUIRED and order.pay_by is not None and order.pay_by <= since


def overdue_orders() -> list[UUID]:
    """Orders that were not paid in time, the longest overdue first."""
    late = Order.objects.filter(status=OrderStatus.PAY_REQUIRED, pay_by__lte=timezone.now())
    return list(late.order_by("pay_by").values_list("pk", flat=True)[:BATCH_SIZE])


@transaction.atomic
def ask_refund(*, order_id: UUID, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Paid -> Refund; a worker then asks the provider. An order that cost nothing is Canceled at once.

    Raises StepNotAllowed.
    """
    order = change_status(order_id=order_id, step=Step.ASK_REFUND, reason=reason, actor=actor, note=note)
    if order.is_free:
        return change_status(
            order_id=order_id, step=Step.RETURN_MONEY, reason=Reason.NOTHING_TO_RETURN, actor=actor
        )
    refunds.refund_everything(order, actor=actor, note=note)
    return order
