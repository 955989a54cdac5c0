"""Changes that wait until their difference is paid: begun, and ended once they can't be made any more."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.actions.cancellation import cancel_locked, close_session
from orders.errors import OrderError
from orders.events.hints import announce
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.lifecycle.transitions import OrderDisputed
from orders.models import Dispute, Order, OrderLine, WaitingChange
from orders.pricing.payable import AmountNotPayable, check_payable
from orders.status import Reason
from outbox.quiet import is_quiet

# Changes that one sweep looks at.
BATCH_SIZE = 500


class ChangeWaits(OrderError):
    """Another change waits for its difference; `waiting_order` is the order that pays it."""

    code = "change_waits"
    status = 409
    title = _("A change waits already")
    message = _("Another change of this order waits until its difference is paid. Cancel that first.")
    advice = _(
        "`waiting_order` is the order that pays the difference of another change. Cancel it, or wait until it is paid."
    )
    example = {"waiting_order": "0197a2c4-7d3e-7c52-9d0a-6a3f4c1b2e99"}


# What check_may_wait raises.
MAY_NOT_WAIT = (ChangeWaits, OrderDisputed, AmountNotPayable)


def check_may_wait(order: Order, due: Decimal) -> None:
    """Raise what keeps a change of the order from waiting for so much: ChangeWaits, OrderDisputed, AmountNotPayable."""
    if other := WaitingChange.objects.open().filter(order=order).first():
        raise ChangeWaits(waiting_order=str(other.supplement_id))
    if Dispute.objects.filter(payment__order=order, state=Dispute.State.OPEN).exists():
        raise OrderDisputed
    check_payable([due], order.currency)


def begin(agreed: WaitingChange) -> WaitingChange:
    """Write a change that waits from now on. The caller holds its order, and has placed the one that pays it."""
    sent = OrderLine.objects.filter(order=agreed.order).values_list("sent", flat=True)
    agreed.sent, agreed.is_packed = sum(sent), agreed.order.packed_at is not None
    agreed.save(force_insert=True)
    announce(order_id=agreed.order_id, customer_id=agreed.order.customer_id)
    return agreed


def stale() -> list[UUID]:
    """Orders that were placed for a change that can't be made any more, as its order has moved on.

    None while the shop is quiet: its customers may have paid since the backup.
    """
    waiting = WaitingChange.objects.open().filter(~is_quiet())
    moved_on = waiting.exclude(pk__in=waiting.as_agreed().values("pk"))
    return list(moved_on.values_list("pk", flat=True)[:BATCH_SIZE])


def is_stale(order: Order) -> bool:
    """Whether it is such an order."""
    if not order.is_supplement:
        return False  # as nearly every order
    waiting = WaitingChange.objects.open().filter(supplement=order)
    return waiting.exists() and not waiting.as_agreed().exists()


def end_stale(*, order_id: UUID) -> Order:
    """Cancel such an order, its session at the provider first; every other is returned as it is.

    Raises OrderNotFound, and PaymentUnderWay when the customer has just paid: that goes back by itself.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    if not is_stale(order):
        return order
    close_session(order_id=order_id)
    with transaction.atomic():
        order = lock_order(order_id)
        return cancel_locked(order, actor=None, reason=Reason.MOVED_ON) if is_stale(order) else order
