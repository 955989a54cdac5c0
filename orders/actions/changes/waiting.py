"""Changes that wait until their difference is paid: begun, and ended by staff, or once they can't be made any more."""

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.actions.cancellation import PaymentUnderWay, cancel_locked, close_session, in_progress
from orders.actions.changes.changes import RIGHTS
from orders.errors import OrderError
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.lifecycle.transitions import OrderDisputed
from orders.lifecycle.waiting import begin_waiting
from orders.models import Dispute, Order, OrderChange, OrderLine, PaymentStatus, WaitingChange
from orders.pricing.payable import AmountNotPayable, check_payable
from orders.rights import OrderRights
from orders.status import Reason
from outbox.quiet import is_quiet
from staff.log import use_right
from staff.rights import PermissionDenied, may

if TYPE_CHECKING:
    from accounts.models import User

# Who may make such a change may end it while it waits; so may who sends what it keeps here.
MAKES = RIGHTS | {OrderChange.Kind.DETAILS: OrderRights.REDIRECT}
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
    begin_waiting(agreed)
    return agreed


def stale() -> list[UUID]:
    """Orders that were placed for a change that can't be made any more, as its order has moved on.

    None while the shop is quiet: its customers may have paid since the backup.
    """
    waiting = WaitingChange.objects.open().filter(~is_quiet())
    if not waiting.exists():
        return []  # as nearly always: to plan what follows takes more than all else that a sweep asks
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


class NothingWaits(OrderError):
    """It was paid a moment ago and so is made, or somebody else has ended it."""

    code = "nothing_waits"
    status = 409
    title = _("No change waits")
    message = _("No change of this order waits to be paid any more. Look at the order again.")
    advice = _(
        "The change was paid and made meanwhile, or it has ended. Read the order again and go on from there."
    )


def may_end(agreed: WaitingChange, user: "User") -> bool:
    """Whether the user may end it."""
    return _right_to_end(agreed, user) is not None


def end(*, order_id: UUID, actor: "User", note: str = "") -> Order:
    """End what waits of an order, by staff: the order that pays for it is Canceled. Returns the order, which stays as it is.

    The session at the provider is closed first; money that is on its way all the same goes back by itself when it comes.
    Raises OrderNotFound, PermissionDenied, NothingWaits, and PaymentUnderWay when it is just being paid.
    """
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    agreed = _open_one(order)
    right = _right_to_end(agreed, actor)
    if right is None:
        raise PermissionDenied
    _close(agreed)
    with transaction.atomic():
        supplement = lock_order(agreed.pk)
        _open_one(order, pk=agreed.pk)
        use_right(actor=actor, right=right, about=order, ended=str(supplement.number), note=note)
        cancel_locked(supplement, actor=actor, reason=Reason.CHANGE_ENDED, note=note)
    return order


def _close(agreed: WaitingChange) -> None:
    """Nothing new can be paid for it. A bank that takes days keeps nobody waiting: what it brings goes back."""
    try:
        close_session(order_id=agreed.pk)
    except PaymentUnderWay:
        begun = in_progress(agreed.pk)
        is_slow = begun is not None and begun.status == PaymentStatus.PREAUTH
        if not is_slow and WaitingChange.objects.open().filter(pk=agreed.pk).exists():
            raise


def _open_one(order: Order, **which: UUID) -> WaitingChange:
    agreed = WaitingChange.objects.open().filter(order=order, **which).first()
    if agreed is None:
        raise NothingWaits
    return agreed


def _right_to_end(agreed: WaitingChange, user: "User") -> OrderRights | None:
    rights = (MAKES[OrderChange.Kind(agreed.kind)], OrderRights.SEND)
    return next((right for right in rights if may(user, right)), None)
