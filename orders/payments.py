"""Start, settle and refund a payment, on django-payments."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseRedirect
from django.utils import timezone
from payments import PaymentStatus, RedirectNeeded
from payments.core import BasicProvider

from orders.announcements import enqueue
from orders.lifecycle import StepNotAllowed, change_status, lock_order
from orders.models import IN_PROGRESS, Order, Payment
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from accounts.models import User


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


@transaction.atomic
def settle_payment(*, payment_id: int, captured: Decimal | None) -> Order:
    """Note how a payment in progress ended: with money captured, so that the order is Paid, or declined (None).

    A payment that ended before is left as it is, so a second click changes nothing. Raises StepNotAllowed when the
    order can't be paid any more, or not with this amount; then nothing is noted.
    """
    payment = Payment.objects.get(pk=payment_id)
    order = lock_order(payment.order_id)
    payment.refresh_from_db()
    if payment.status not in IN_PROGRESS:
        return order
    if captured is None:
        payment.change_status(PaymentStatus.REJECTED)
        return order
    if order.status != OrderStatus.PAY_REQUIRED or captured != order.total_amount:
        raise StepNotAllowed(order)
    payment.captured_amount = captured
    payment.save(update_fields=["captured_amount"])
    payment.change_status(PaymentStatus.CONFIRMED)
    return change_status(
        order_id=order.pk,
        step=Step.PAY,
        reason=Reason.PAYMENT_TAKEN,
        actor=order.customer,
    )


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
    enqueue("orders.refund", str(order_id))
    return order


@transaction.atomic
def return_money(*, order_id: UUID) -> Order:
    """Have the provider return what was captured, and end the order. One not in Refund is returned as it is."""
    order = lock_order(order_id)
    if order.status != OrderStatus.REFUND:
        return order
    for payment in order.payments.filter(status=PaymentStatus.CONFIRMED):
        payment.refund()
    return change_status(order_id=order_id, step=Step.RETURN_MONEY, reason=Reason.MONEY_RETURNED)


def unpaid_in_time() -> list[UUID]:
    """Orders whose time to pay is over, the longest overdue first."""
    late = Order.objects.filter(status=OrderStatus.PAY_REQUIRED, pay_by__lte=timezone.now())
    return list(late.order_by("pay_by").values_list("pk", flat=True)[:500])


def refunds_due() -> list[UUID]:
    """Orders in Refund for longer than REFUND_SWEEP_AFTER, the oldest first."""
    before = timezone.now() - timedelta(seconds=settings.REFUND_SWEEP_AFTER)
    waiting = Order.objects.filter(status=OrderStatus.REFUND, status_since__lt=before)
    return list(waiting.order_by("status_since").values_list("pk", flat=True)[:500])


class DemoForm(forms.Form):
    outcome = forms.ChoiceField(choices=[("approve", "approve"), ("decline", "decline")])


class DemoProvider(BasicProvider):
    """A provider that asks the customer what it should answer. It is configured in demo mode only."""

    def get_form(self, payment: Payment, data=None) -> forms.Form:
        """The form of the pay page; raises RedirectNeeded once it was answered."""
        form = DemoForm(data)
        if form.is_valid():
            approved = form.cleaned_data["outcome"] == "approve"
            settle_payment(payment_id=payment.pk, captured=payment.total if approved else None)
            raise RedirectNeeded(payment.get_success_url())
        return form

    def process_data(self, payment: Payment, request) -> HttpResponseRedirect:
        return HttpResponseRedirect(payment.get_success_url())

    def refund(self, payment: Payment, amount: Decimal | None = None) -> Decimal:
        return amount or payment.captured_amount

    def cancel(self, payment: Payment) -> None:
        """Nothing is kept at this provider."""
