"""Start a payment, and note how it ended, on django-payments."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from payments import PaymentStatus
from payments.core import provider_factory

from orders.errors import OrderError
from orders.lifecycle.transitions import OrderNotFound, StepNotAllowed, change_status, lock_order
from orders.models import IN_PROGRESS, LedgerEntry, Order, Payment, Refund
from orders.payments import refunds
from orders.payments.providers.base import ProviderUnreachable, SessionPaid, UnknownProvider
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from accounts.models import User

Kind = LedgerEntry.Kind


# How long a provider that does not answer keeps an overdue order open, seconds.
UNREACHABLE_SECONDS = 3600


class PaymentUnderWay(OrderError):
    code = "payment_under_way"
    status = 409
    title = _("Payment under way")
    message = _("A payment of this order is just being made. Please look again in a moment.")
    advice = _("The provider is just taking the money. Look again in a moment.")


@dataclass(frozen=True)
class Started:
    payment: Payment
    is_new: bool


def ways_to_pay() -> dict[str, "str | StrPromise"]:
    """The providers that customers may choose from, and what each is called: PAYMENT_VARIANT alone if it is set."""
    offered = [settings.PAYMENT_VARIANT] if settings.PAYMENT_VARIANT else settings.PAYMENT_VARIANTS
    return {variant: provider_factory(variant).label for variant in offered}


def start_payment(*, order_id: UUID, variant: str = "") -> Started:
    """The order's payment in progress: a new one, or the one that was begun before.

    Amount and currency are the order's. An order whose time is up is canceled now rather than by the next sweep.
    Who asks for a provider (`variant`) gets a payment there; one in progress elsewhere is closed at its provider first.
    Raises OrderNotFound, StepNotAllowed, UnknownProvider, and PaymentUnderWay when the other one can't be closed.
    """
    if variant and variant not in settings.PAYMENT_VARIANTS:
        raise UnknownProvider(variant)
    cancel_unpaid(order_id=order_id)
    if variant:
        _close_elsewhere(order_id, variant)
    return _start_payment(
        order_id, variant or settings.PAYMENT_VARIANT or next(iter(settings.PAYMENT_VARIANTS))
    )


def _close_elsewhere(order_id: UUID, variant: str) -> None:
    begun = Payment.objects.filter(order=order_id, status__in=IN_PROGRESS).exclude(variant=variant).first()
    if begun is not None:
        close_session(order_id=order_id)
        expired(payment_id=begun.pk)


@transaction.atomic
def _start_payment(order_id: UUID, variant: str) -> Started:
    order = lock_order(order_id)
    if order.status != OrderStatus.PAY_REQUIRED:
        raise StepNotAllowed(order)
    if begun := in_progress(order):
        return Started(begun, is_new=False)
    payment = Payment.objects.create(
        order=order,
        variant=variant,
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
def authorise(*, payment_id: int, amount: Decimal, reference: str) -> Order:
    """Note that an amount was approved, and is not captured yet: a line in the ledger that no balance counts.

    Told after the capture it says nothing new, and leaves no line.
    """
    payment, order = _locked(payment_id)
    if payment.ledger.filter(kind=Kind.CAPTURED).exists():
        return order
    LedgerEntry.objects.get_or_create(
        payment=payment,
        kind=Kind.AUTHORISED,
        reference=reference,
        defaults={"order": order, "amount": amount},
    )
    if payment.status in IN_PROGRESS:
        payment.change_status(PaymentStatus.PREAUTH)
    return order


@transaction.atomic
def capture(*, payment_id: int, amount: Decimal, reference: str, currency: str = "") -> Order:
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
    if cause := _why_back(order, amount, currency or payment.currency):
        refunds.open_refund(capture=entry, cause=cause)
        return order
    return change_status(order_id=order.pk, step=Step.PAY, reason=Reason.PAYMENT_TAKEN, actor=order.customer)


def _why_back(order: Order, amount: Decimal, currency: str) -> str | None:
    if order.status in (OrderStatus.PAID, OrderStatus.DONE, OrderStatus.REFUND):
        return Refund.Cause.DOUBLE
    if order.status != OrderStatus.PAY_REQUIRED:
        return Refund.Cause.LATE
    is_right = amount == order.total_amount and currency.upper() == order.currency
    return None if is_right else Refund.Cause.WRONG_AMOUNT


def _locked(payment_id: int) -> tuple[Payment, Order]:
    """The payment as it stands once its order is locked, and the order."""
    order = lock_order(Payment.objects.values_list("order", flat=True).get(pk=payment_id))
    return Payment.objects.get(pk=payment_id), order


@transaction.atomic
def expired(*, payment_id: int) -> Order:
    """Note that nothing can be paid in a payment any more; one that ended before is left as it is."""
    payment, order = _locked(payment_id)
    if payment.status in IN_PROGRESS:
        payment.change_status(PaymentStatus.CANCELLED)
    return order


def cancel_order(*, order_id: UUID, actor: "User | None", reason: Reason, note: str = "") -> Order:
    """Cancel an order that waits for its payment, and its payment in progress with it, at the provider first.

    Raises StepNotAllowed, and PaymentUnderWay when the customer has just paid, or the provider does not answer.
    """
    close_session(order_id=order_id)
    return _cancel(order_id, actor=actor, reason=reason, note=note)


def cancel_unpaid(*, order_id: UUID) -> Order:
    """Cancel an order that was not paid in time; one that has moved on since is returned as it is.

    One that is being paid this moment is left for the provider's news. A provider that does not answer is waited for,
    but not for longer than UNREACHABLE_SECONDS: money that comes after that goes back by itself.
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


def close_session(*, order_id: UUID) -> None:
    """Have the provider close the order's payment in progress. Asked without a lock: it may take its time.

    Raises PaymentUnderWay.
    """
    payment = Payment.objects.filter(order=order_id, status__in=IN_PROGRESS).first()
    if payment is None:
        return
    try:
        payment.provider.expire(payment)
    except (SessionPaid, ProviderUnreachable) as error:
        raise PaymentUnderWay from error


@transaction.atomic
def _cancel(order_id: UUID, *, actor: "User | None", reason: Reason, note: str) -> Order:
    order = lock_order(order_id)
    if order.status == OrderStatus.PAY_REQUIRED and (payment := in_progress(order)):
        payment.change_status(PaymentStatus.CANCELLED)
    return change_status(order_id=order_id, step=Step.CANCEL, reason=reason, actor=actor, note=note)


def _is_overdue(order: Order, *, by: int = 0) -> bool:
    since = timezone.now() - timedelta(seconds=by)
    return order.status == OrderStatus.PAY_REQUIRED and order.pay_by is not None and order.pay_by <= since


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


def unpaid_in_time() -> list[UUID]:
    """Orders whose time to pay is over, the longest overdue first."""
    late = Order.objects.filter(status=OrderStatus.PAY_REQUIRED, pay_by__lte=timezone.now())
    return list(late.order_by("pay_by").values_list("pk", flat=True)[:500])
