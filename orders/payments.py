"""Start a payment, and note how it ended, on django-payments."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from payments import PaymentStatus

from orders import refunds
from orders.lifecycle import StepNotAllowed, change_status, lock_order
from orders.models import IN_PROGRESS, LedgerEntry, Order, Payment, Refund
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from accounts.models import User

Kind = LedgerEntry.Kind


@dataclass(frozen=True)
class Started:
    payment: Payment
    is_new: bool


def start_payment(*, order_id: UUID) -> Started:
    """The order's payment in progress: a new one, or the one that was begun before.

    Amount and currency are the order's. An order whose time is up is canceled now rather than by the next sweep.
    Raises OrderNotFound, StepNotAllowed.
    """
    cancel_unpaid(order_id=order_id)
    return _start_payment(order_id)


@transaction.atomic
def _start_payment(order_id: UUID) -> Started:
    order = lock_order(order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    if begun := in_progress(order):
        return Started(begun, is_new=False)
    payment = Payment.objects.create(
        order=order,
        variant=settings.PAYMENT_VARIANT,
        total=order.total_amount,
        currency=order.currency,
        description=str(order.number),
        billing_email=order.customer.email,
    )
    return Started(payment, is_new=True)


def in_progress(order: Order) -> Payment | None:
    """The order's one payment that is neither settled nor given up, if there is one."""
    return order.payments.filter(status__in=IN_PROGRESS).first()


def decline(*, payment_id: int) -> Order:
    """Note that the provider declined a payment in progress; one that ended before is left as it is."""
    with transaction.atomic():
        payment, order = _locked(payment_id)
        if payment.status in IN_PROGRESS:
            payment.change_status(PaymentStatus.REJECTED)
    return order


@transaction.atomic
def capture(*, payment_id: int, amount: Decimal, reference: str) -> Order:
    """Note money that the provider captured; the order is then Paid, or the money goes back by itself.

    It goes back when the order can't be paid (any more), was paid already, or the amount is not the order's. The same
    `reference` again is the same money and changes nothing.
    """
    payment, order = _locked(payment_id)
    entry, is_new = LedgerEntry.objects.get_or_create(
        payment=payment, kind=Kind.CAPTURED, reference=reference, defaults={"order": order, "amount": amount}
    )
    if not is_new:
        return order
    payment.captured_amount += amount
    payment.save(update_fields=["captured_amount"])
    payment.change_status(PaymentStatus.CONFIRMED)
    if cause := _why_back(order, amount):
        refunds.open_refund(capture=entry, cause=cause)
        return order
    return change_status(order_id=order.pk, step=Step.PAY, reason=Reason.PAYMENT_TAKEN, actor=order.customer)


def _why_back(order: Order, amount: Decimal) -> str | None:
    if order.status in (OrderStatus.PAID, OrderStatus.DONE, OrderStatus.REFUND):
        return Refund.Cause.DOUBLE
    if order.status != OrderStatus.PAY_REQUIRED:
        return Refund.Cause.LATE
    return None if amount == order.total_amount else Refund.Cause.WRONG_AMOUNT


def _locked(payment_id: int) -> tuple[Payment, Order]:
    """The payment as it stands once its order is locked, and the order."""
    order = lock_order(Payment.objects.values_list("order", flat=True).get(pk=payment_id))
    return Payment.objects.get(pk=payment_id), order


def answer_demo(*, payment: Payment, outcome: str) -> Order:
    """What the customer chose on the demo provider's pay page: its answer comes at once."""
    if outcome == "approve":
        return capture(payment_id=payment.pk, amount=payment.total, reference=f"demo {payment.token}")
    return decline(payment_id=payment.pk)


@transaction.atomic
def cancel_order(*, order_id: UUID, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Cancel an order that waits for its payment, and its payment in progress with it. Raises StepNotAllowed."""
    order = lock_order(order_id)
    if order.status == OrderStatus.PAY_REQUIRED and (payment := in_progress(order)):
        payment.cancel()
    return change_status(order_id=order_id, step=Step.CANCEL, reason=reason, actor=actor, note=note)


@transaction.atomic
def cancel_unpaid(*, order_id: UUID) -> Order:
    """Cancel an order that was not paid in time; one that has moved on since is returned as it is."""
    order = lock_order(order_id)
    if order.status != OrderStatus.PAY_REQUIRED or order.pay_by is None or order.pay_by > timezone.now():
        return order
    return cancel_order(order_id=order_id, actor=None, reason=Reason.PAYMENT_WINDOW_PASSED)


@transaction.atomic
def ask_refund(*, order_id: UUID, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Paid -> Refund; a worker then asks the provider. Raises StepNotAllowed."""
    order = change_status(order_id=order_id, step=Step.ASK_REFUND, reason=reason, actor=actor, note=note)
    refunds.refund_everything(order, actor=actor, note=note)
    return order


def unpaid_in_time() -> list[UUID]:
    """Orders whose time to pay is over, the longest overdue first."""
    late = Order.objects.filter(status=OrderStatus.PAY_REQUIRED, pay_by__lte=timezone.now())
    return list(late.order_by("pay_by").values_list("pk", flat=True)[:500])
