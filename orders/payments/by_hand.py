"""Money that staff say has come: by bank transfer, or in cash. It is booked as if a provider had told it.

The word of staff is kept as an event is, so that nothing is in the ledger without a word behind it. The same reference
again is the same money.
"""

import json
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.money import written
from orders.errors import InvalidInput, OrderError
from orders.lifecycle.locking import lock_order
from orders.models import BY_HAND, Order, Payment, PaymentStatus, ProviderEvent
from orders.payments import keeping
from orders.payments.providers.base import Notification, NotificationKind
from orders.payments.recording import record_capture
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

# What cash is called that was given no name: the same order is paid in it once.
CASH = "cash"
# Of what was paid over the total: it goes back, and has a name of its own.
REST = "{} (rest)"


class PaidTooLittle(OrderError):
    """A part of the money can pay nothing, and is noted once the rest of it is there."""

    code = "paid_too_little"
    status = 409
    title = gettext_lazy("Paid too little")
    message = gettext_lazy("This is less than the order costs. Note it when all of the money is there.")
    advice = gettext_lazy(
        "The amount is less than the order's total. Note the money when all of it is there."
    )


@transaction.atomic
def note_received(
    *,
    order_id: UUID,
    actor: "User | None",
    variant: str,
    amount: Decimal,
    reference: str = "",
    note: str = "",
) -> Order:
    """Note that the money of an order came, in the order's currency; the order is then Paid.

    What is over the total goes back, and so does what can't pay the order (any more): as a refund that staff settle by
    hand. The same `reference` again changes nothing. Without an actor it is a statement's word (bank_statements.py).
    Raises OrderNotFound, PermissionDenied, InvalidInput, PaidTooLittle.
    """
    order = lock_order(order_id)
    reference = _cleaned(reference)
    require(actor=actor, right=OrderRights.TAKE_MONEY)
    _check(variant, amount, reference)
    use_right(
        actor=actor,
        right=OrderRights.TAKE_MONEY,
        about=order,
        provider=variant,
        amount=written(amount, order.currency),
        reference=reference,
        note=note,
    )
    payment = _payment(order, variant)
    waits = order.status == OrderStatus.PAY_REQUIRED
    if waits and amount < order.amount_due:
        raise PaidTooLittle
    taken = min(amount, order.amount_due) if waits else amount
    _book(payment, taken, reference, actor, note)
    if amount > taken:
        _book(payment, amount - taken, REST.format(reference), actor, note)
    return Order.objects.get(pk=order_id)


def _cleaned(reference: str) -> str:
    return " ".join(reference.split()) or CASH


def _check(variant: str, amount: Decimal, reference: str) -> None:
    errors = {}
    if variant not in BY_HAND:
        errors["variant"] = [_("Choose how the money came.")]
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        errors["amount"] = [_("Enter an amount above zero.")]
    if len(reference) > MAX_REFERENCE or not reference.isprintable():
        errors["reference"] = [_("At most %(most)d letters.") % {"most": MAX_REFERENCE}]
    if errors:
        raise InvalidInput(errors)


# An event's name has room for it beside a payment's.
MAX_REFERENCE = 140


def _payment(order: Order, variant: str) -> Payment:
    """The order's latest payment of this kind. Who pays without having said so gets one that has ended."""
    known = order.payments.filter(variant=variant).last()
    return known or Payment.objects.create(
        order=order,
        variant=variant,
        status=PaymentStatus.CANCELLED,
        next_attempt_at=None,
        total=order.amount_due,
        currency=order.currency,
        billing_email=order.customer.email,
    )


def _book(payment: Payment, amount: Decimal, reference: str, actor: "User | None", note: str) -> None:
    """The word first, then what it does."""
    said = Notification(
        event_id=f"{payment.token} {reference}",
        kind=NotificationKind.CAPTURED,
        token=payment.token,
        amount=amount,
        currency=payment.currency,
        reference=reference,
        note=note,
    )
    ProviderEvent.objects.get_or_create(
        variant=payment.variant,
        event_id=said.event_id,
        defaults={
            "notification": keeping.written(said),
            "body": json.dumps({"by": actor.pk if actor else None, "note": note}),
            "acted_at": timezone.now(),
            "next_attempt_at": None,
        },
    )
    record_capture(payment_id=payment.pk, amount=amount, reference=reference, actor=actor, note=note)


def ways_by_hand() -> list[str]:
    """Those that are on."""
    return [variant for variant in settings.PAYMENT_VARIANTS if variant in BY_HAND]
