"""The change that an order's difference is paid for: made in the transaction that pays it, or not at all.

An order that pays one is a supplement. It is placed and paid like every other, and so needs no second payment of an order:
of an exchange it has the new pieces, which it holds meanwhile, and the old ones pay a part of it; of another address it is
what sending costs more. The old order is locked before it (orders/lifecycle/locking.py).
"""

import logging
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from orders.emails.queue import write_email
from orders.errors import OrderError
from orders.lifecycle import changes
from orders.lifecycle.changes import Effect, LinePart, NewDetails
from orders.lifecycle.locking import lock_order
from orders.lifecycle.parcels import Parcel, left_of
from orders.lifecycle.transitions import change_locked
from orders.lifecycle.waiting import end_waiting
from orders.models import EXCHANGE, EmailKind, Exchange, Order, OrderChange, Refund, WaitingChange
from orders.payments import returning
from orders.payments.booking import book
from orders.pricing.left import NOTHING, Part, for_amount, for_pieces, left_of_order
from orders.status import OrderStatus, Reason, Step

log = logging.getLogger(__name__)
Kind = OrderChange.Kind
# Orders that one sweep looks at.
BATCH_SIZE = 500


def settle(order: Order) -> bool:
    """Make what waits for this order, which becomes Paid next; the caller holds both. False: it can't be made any more."""
    if not order.is_supplement:
        return True
    found = WaitingChange.objects.open().as_agreed().filter(supplement=order)
    agreed = found.select_related("order__customer", "actor").first()
    if agreed is None or returning.payable(agreed.order) < order.exchange_amount:
        return False
    agreed.supplement = order
    try:
        with transaction.atomic():
            _make(agreed)
    except (OrderError, IntegrityError):
        # Money is here, and is not to wait for people: it goes back.
        log.exception("order %s was paid for a change that can't be made", order)
        return False
    return True


def _make(agreed: WaitingChange) -> None:
    end_waiting(
        agreed.supplement, is_made=True
    )  # nothing keeps the old order here any more: it may be done by this
    if agreed.kind == Kind.DETAILS:
        _redirect(agreed)
    else:
        exchange(agreed)


def give_up(order: Order) -> Order:
    """A supplement for a change that can't be made any more is Canceled. The caller holds it."""
    return change_locked(order=order, step=Step.CANCEL, reason=Reason.MOVED_ON)


def _redirect(agreed: WaitingChange) -> None:
    order, to = agreed.order, agreed.supplement
    new = NewDetails(address=to.address_snapshot, note=None if to.note == order.note else to.note)
    based_on, effect, actor = agreed.based_on, _effect(agreed), agreed.actor
    change = changes.write_details(order=order, based_on=based_on, effect=effect, actor=actor, new=new)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)


def exchange(agreed: WaitingChange, *, waived: Decimal = NOTHING) -> Exchange:
    """Pieces of an order go, and what they give pays the new one, as much as that takes of it; the rest goes back.

    The caller holds both, and the new one becomes Paid next: with this money, or with what is captured besides. `waived` is
    what the new pieces cost more, and the shop pays.
    """
    change, rest = _write(agreed)
    made = Exchange.objects.create(change=change, order=agreed.supplement, waived=waived)
    _complete_if_sent(agreed)
    if change.amount:
        _move(change, agreed)
    if rest is not None:
        returning.refund_change(rest, actor=agreed.actor)
    return made


def _write(agreed: WaitingChange) -> tuple[OrderChange, OrderChange | None]:
    """The change that takes the pieces with what pays the new ones, and one that gives back the rest, if there is some."""
    order, new = agreed.order, agreed.supplement
    line = next(one for one in left_of_order(order).lines if one.line.pk == agreed.line_id)
    quantity = new.lines.get().quantity
    worth = for_pieces(line, quantity, currency=order.currency)
    paid = for_amount(worth, new.exchange_amount, currency=order.currency)
    again = agreed.kind == Kind.CANCEL or agreed.restocked
    change = _changed(agreed, _effect(agreed, LinePart(line.line, paid, quantity, again)))
    if worth == paid:
        return change, None
    tax = None if paid.tax is None or worth.tax is None else worth.tax - paid.tax
    rest = LinePart(line.line, Part(worth.amount - paid.amount, tax))
    return change, _changed(agreed, replace(_effect(agreed, rest), id=uuid7(), kind=Kind.REFUND), after=1)


def _effect(agreed: WaitingChange, *lines: LinePart) -> Effect:
    nothing = Part(NOTHING, None if agreed.order.shipping_tax is None else NOTHING)
    kind = OrderChange.Kind(agreed.kind)
    return Effect(id=agreed.change_id, kind=kind, lines=lines, shipping=nothing, note=agreed.note)


def _changed(agreed: WaitingChange, effect: Effect, *, after: int = 0) -> OrderChange:
    order, based_on = agreed.order, agreed.based_on + after
    change = changes.write_change(order=order, based_on=based_on, effect=effect, actor=agreed.actor)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
    return change


def _complete_if_sent(agreed: WaitingChange) -> None:
    """With its last pieces exchanged, nothing of the order is left to send."""
    order = agreed.order
    if order.status == OrderStatus.PAID and not left_of(order):
        change_locked(
            order=order,
            step=Step.COMPLETE,
            reason=Reason.ALL_SENT,
            actor=agreed.actor,
            note=agreed.note,
            parcel=Parcel(stays=True),
        )


def _move(change: OrderChange, agreed: WaitingChange) -> None:
    """What the change gives back pays the new order: booked on both sides, and no provider is asked."""
    order, new, actor = agreed.order, agreed.supplement, agreed.actor
    returning.refund_change(change, actor=actor)
    note = f"exchange: order {new.number}"
    for refund in change.refunds.select_related("payment__order", "change__order"):
        returning.end(refund, Refund.State.DONE, note)
        returning.returned(refund, f"by hand {refund.key}", actor=actor, note=note)
    reference = f"exchange of order {order.number}"
    book(new, variant=EXCHANGE, amount=change.amount, reference=reference, actor=actor)


# --- an order that ended, and what its address had cost more ----------------------------------------------------------


def owed() -> list[UUID]:
    """What was paid for sending orders elsewhere that came to nothing since: it is given back, by the sweep."""
    found = WaitingChange.objects.filter(is_owed=True).order_by("order")
    return list(found.values_list("pk", flat=True)[:BATCH_SIZE])


@transaction.atomic
def return_fee(*, order_id: UUID) -> None:
    """Give back what is left of such an order: nothing was sent for it. Twice is once. Raises OrderNotFound."""
    order = lock_order(order_id)
    if not WaitingChange.objects.filter(pk=order_id, is_owed=True).update(is_owed=False):
        return
    left = left_of_order(order)
    if amount := min(left.amount, returning.money_left(order)):
        effect = changes.without_goods(left, amount, kind=Kind.REFUND)
        change = changes.write_change(order=order, based_on=left.changes, effect=effect)
        write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
        returning.refund_change(change, actor=None)
