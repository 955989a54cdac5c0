"""Giving an order up: before it is paid, and afterwards for its money back. What the clock gives up: payment_window.py."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from database.rows import find, rows_of
from orders.errors import OrderError
from orders.lifecycle.locking import lock_and_find, lock_order
from orders.lifecycle.transitions import change_status
from orders.models import IN_PROGRESS, Order, Payment
from orders.payments import provider_events, returning
from orders.payments.providers.base import ProviderUnreachable, SessionPaid
from orders.payments.providers.registry import provider_of
from orders.payments.recording import record_expiry
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from accounts.models import User


class PaymentUnderWay(OrderError):
    code = "payment_under_way"
    status = 409
    title = _("Payment under way")
    message = _("A payment of this order is just being made. Please look again in a moment.")
    advice = _("The provider is just taking the money. Look again in a moment.")


IN_PROGRESS_OF = "WHERE order_id = %s AND status = ANY(%s::text[]) ORDER BY id LIMIT 1"


def in_progress(order_id: UUID) -> Payment | None:
    """The order's one payment that is neither settled nor given up, if there is one."""
    return next(iter(find(Payment, *_in_progress(order_id))), None)


def lock_with_payment(order_id: UUID) -> tuple[Order, Payment | None]:
    """The order, locked as by `lock_order`, and its payment in progress then, if there is one."""
    order, begun = lock_and_find(order_id, rows_of(Payment, *_in_progress(order_id)))
    return order, next(iter(begun), None)


def _in_progress(order_id: UUID) -> tuple[str, list[Any]]:
    return IN_PROGRESS_OF, [order_id, [status.value for status in IN_PROGRESS]]


def close_session(*, order_id: UUID) -> None:
    """Have the provider close the order's payment in progress. Asked without a lock: it may take its time.

    What is stored about the order is acted on first, and so is what the provider says of a session that it can't close.
    Raises PaymentUnderWay.
    """
    provider_events.read_on(order_id=order_id)
    payment = in_progress(order_id)
    if payment is None:
        return
    try:
        _close(payment)
    except (SessionPaid, ProviderUnreachable) as error:
        raise PaymentUnderWay from error


def _close(payment: Payment) -> None:
    try:
        provider_of(payment).expire(payment)
    except SessionPaid:
        provider_events.ask(payment_id=payment.pk)
        raise


def cancel_order(*, order_id: UUID, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Cancel an order that waits for its payment, and its payment in progress with it, at the provider first.

    Raises StepNotAllowed, and PaymentUnderWay when the customer has just paid, or the provider does not answer.
    """
    close_session(order_id=order_id)
    with transaction.atomic():
        return cancel_locked(lock_order(order_id), actor=actor, reason=reason, note=note)


def cancel_locked(order: Order, *, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Cancel an order in the transaction of a caller that holds it, once nothing can be paid in its session any more."""
    if order.status == OrderStatus.PAY_REQUIRED and (payment := in_progress(order.pk)):
        record_expiry(payment_id=payment.pk)
    return change_status(order_id=order.pk, step=Step.CANCEL, reason=reason, actor=actor, note=note)


@transaction.atomic
def ask_refund(
    *, order_id: UUID, actor: "User | None", reason: Reason, note: str = "", to_credit: bool = False
) -> Order:
    """Paid -> Refund; a worker then asks the provider. An order of which the shop holds no money is Canceled at once.

    So is one that gift cards have paid, or whose money becomes store credit (`to_credit`, for staff alone).
    Raises StepNotAllowed, and GiftCardSpent for one that sold a card of which something was spent.
    """
    order = change_status(order_id=order_id, step=Step.ASK_REFUND, reason=reason, actor=actor, note=note)
    if not returning.balance(order):
        return change_status(
            order_id=order_id, step=Step.RETURN_MONEY, reason=Reason.NOTHING_TO_RETURN, actor=actor
        )
    returning.refund_everything(order, actor=actor, note=note, to_credit=to_credit)
    if order.card_amount or to_credit:
        # It may be Canceled by now.
        return Order.objects.select_related("customer").get(pk=order_id)
    return order
