"""Money that pays an order without a provider, in the order's own books: of a gift card, or of pieces that are exchanged."""

from decimal import Decimal
from typing import TYPE_CHECKING

from orders.models import LedgerEntry, Order, Payment, PaymentStatus

if TYPE_CHECKING:
    from accounts.models import User


def book(
    order: Order,
    *,
    variant: str,
    amount: Decimal,
    reference: str,
    note: str = "",
    actor: "User | None" = None,
) -> Payment:
    """A payment that is captured from the beginning. The caller holds the order, and it becomes Paid next."""
    payment = Payment.objects.create(
        order=order,
        variant=variant,
        status=PaymentStatus.CONFIRMED,
        total=amount,
        captured_amount=amount,
        currency=order.currency,
        billing_email=order.customer.email,
        next_attempt_at=None,
    )
    LedgerEntry.objects.create(
        order=order,
        payment=payment,
        kind=LedgerEntry.Kind.CAPTURED,
        amount=amount,
        reference=reference,
        actor=actor,
        note=note,
    )
    return payment
