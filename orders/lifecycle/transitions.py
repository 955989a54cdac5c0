"""The one door for every status change after placing.

It locks the order's row, takes the django-fsm transition, writes the history row and the customer's email, puts back what
an order that came to nothing held, issues the invoice or credit note, and announces after commit. No other line writes
`status`; a database trigger refuses an edge that isn't on the diagram, from any connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed

from catalog import inventory
from catalog.models import Inventory, Number
from database import fetch
from database.rows import insert_all, update_later
from orders.documents import invoices
from orders.emails.queue import email_after, write_email, write_emails
from orders.errors import OrderError
from orders.events.hints import announce, announce_all
from orders.gift_cards import issuing, spending
from orders.lifecycle import parcels, requests
from orders.lifecycle.history import change_of, write_change
from orders.lifecycle.locking import lock_order
from orders.lifecycle.parcels import Parcel
from orders.lifecycle.waiting import check_not_awaited, end_waiting, owe_fees
from orders.models import Allocation, Dispute, InvoiceKind, Order
from orders.pricing import uses
from orders.rights import STEP_RIGHTS
from orders.status import GIVEN_UP, STEPS, OrderStatus, Reason, Step
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

# The steps that issue a document: money came in, or went back.
ISSUED = {Step.PAY: InvoiceKind.INVOICE, Step.RETURN_MONEY: InvoiceKind.CREDIT_NOTE}


# Many orders by the same step; and the place in its history that each one's next row has.
MOVE = """
WITH moved AS (
    UPDATE orders_order SET status = %(status)s, status_since = %(since)s, pay_by = %(pay_by)s
    WHERE id = ANY(%(orders)s::uuid[]) AND status = %(source)s RETURNING id
)
SELECT moved.id, (SELECT max(sequence) + 1 FROM orders_statuschange WHERE order_id = moved.id) FROM moved
"""
NO_PARCEL = Parcel()


class StepNotAllowed(OrderError):
    """The order's status does not allow the step; `order_status` names it."""

    code = "step_not_allowed"
    status = 409
    title = _("Not possible in this status")
    advice = _("`order_status` is where the order is by now. Read the order again and go on from there.")
    example = {"order_status": "canceled"}

    def __init__(self, order: Order):
        message = _("This is not possible for an order that is: %(status)s.") % {
            "status": order.get_status_display()
        }
        super().__init__(message, order_status=order.status)


class OrderDisputed(OrderError):
    """Nothing is sent by mistake to a customer who disputes the payment; with a note it is no mistake."""

    code = "order_disputed"
    status = 409
    title = _("Payment disputed")
    message = _("The customer disputes this payment. To mark the order as done all the same, write down why.")
    advice = _(
        "The payment is disputed. Mark the order as done with a `note` that says why, or wait for the dispute's end."
    )


class AlreadySent(OrderError):
    """A parcel is with the courier, who brings the money. If it comes back, staff cancel the order."""

    code = "already_sent"
    status = 409
    title = _("Already sent")
    message = _("Your order is on its way to you. Refuse the parcel if you don't want it any more.")
    advice = _("A parcel of the order has left. If it comes back, staff cancel the order.")


class RefundRequested(OrderError):
    """Nothing is sent while the customer waits to hear whether the money comes back."""

    code = "refund_requested"
    status = 409
    title = _("Refund requested")
    message = _("The customer has asked for a refund. Accept or decline that first.")
    advice = _("Staff accept or decline the customer's request at the desk; then the order goes on.")


@transaction.atomic
def change_status(
    *,
    order_id: UUID,
    step: Step,
    reason: Reason,
    actor: "User | None" = None,
    note: str = "",
    tracking_code: str = "",
) -> Order:
    """Take one step with an order and return it as it then stands.

    What staff decide needs the step's right and lands in their log; a tracking code is for orders that become Done. Raises
    OrderNotFound, PermissionDenied, what keeps an order from being sent (check_can_be_sent), or StepNotAllowed if its status
    does not allow the step (any more). An order that ends in Not Confirmed or Canceled gives back its stock and its numbers
    in the same transaction, so exactly once; an order that becomes Paid gets its invoice there, and an order whose money is
    back its credit note.
    """
    return change_locked(
        order=lock_order(order_id),
        step=step,
        reason=reason,
        actor=actor,
        note=note,
        parcel=Parcel(tracking_code=tracking_code),
    )


def change_locked(
    *,
    order: Order,
    step: Step,
    reason: Reason,
    actor: "User | None" = None,
    note: str = "",
    parcel: Parcel = NO_PARCEL,
) -> Order:
    """The same with an order that the caller has locked, in the caller's transaction.

    An order that becomes Done sends all that is left in this parcel, unless it stays.
    """
    if reason == Reason.STAFF_DECISION:
        _use_right(order, step, actor, note=note, tracking_code=parcel.tracking_code)
    _check(order, step, reason, note)
    if step == Step.ASK_REFUND:
        # Cards come before products (docs/locks.md). What is back at the provider already can't be refused any more.
        issuing.void_sold(order, also_spent=reason not in (Reason.CUSTOMER_WISH, Reason.STAFF_DECISION))
    source = order.status
    _move(order, step, parcel.tracking_code)
    sold = issuing.look_for_sold(order) if step == Step.PAY else None
    sequence = write_change(order, source, reason, actor, note)
    if sold:
        issuing.issue(order, sold)
    if order.status in GIVEN_UP:
        _give_back(order, seen=source == OrderStatus.REFUND)
    if step == Step.ASK_REFUND:
        requests.accept_open(order, actor, note)
        owe_fees(order)
    if order.status == OrderStatus.DONE:
        _send_rest(order, parcel, actor)
    if kind := email_after(order, step):
        write_email(order=order, kind=kind, sequence=sequence)
    if step in ISSUED:
        invoices.issue(order=order, kind=ISSUED[step])  # the last lock: all orders share the counter
    announce(order_id=order.pk, customer_id=order.customer_id)
    return order


def _move(order: Order, step: Step, tracking_code: str) -> None:
    """Take the transition, and write what it makes of the order's row."""
    getattr(order, step)()
    order.tracking_code = tracking_code
    _note_since(order, timezone.now())
    update_later(order, "status", "status_since", "pay_by", "tracking_code")


def complete_if_sent(order: Order, *, actor: "User | None") -> Order:
    """An order that is paid when all of it has left, in cash to the courier, is Done. The caller holds it.

    So is one that is paid for nothing but what sending another order costs more.
    """
    if order.is_fee and order.status == OrderStatus.PAID:
        made = Parcel(stays=True)
        return change_locked(
            order=order, step=Step.COMPLETE, reason=Reason.CHANGE_MADE, actor=actor, parcel=made
        )
    if order.packed_at is None or order.status != OrderStatus.PAID or parcels.left_of(order):
        return order
    last = order.shipments.last()
    if last is None:
        return order
    last_one = Parcel(tracking_code=last.tracking_code)
    return change_locked(
        order=order, step=Step.COMPLETE, reason=Reason.ALL_SENT, actor=actor, parcel=last_one
    )


def _send_rest(order: Order, parcel: Parcel, actor: "User | None") -> None:
    """What has not left leaves now; what needs no parcel, and what stays here, is only no longer promised."""
    left = parcels.left_of(order)
    if not left:
        return
    if order.needs_parcel and not parcel.stays:
        parcels.write_parcel(order, replace(parcel, pieces=left), actor=actor, completes=True)
    else:
        parcels.take_off_shelf(order, left)


def check_can_be_sent(order: Order, note: str, pieces: Mapping[int, int] | None = None) -> None:
    """Raise what keeps goods here: OrderDisputed, unless a note says why, RefundRequested, ChangeAwaited (waiting.py)."""
    disputed = Dispute.objects.filter(payment__order=order, state=Dispute.State.OPEN)
    if not note and disputed.exists():
        raise OrderDisputed
    if requests.is_asked(order):
        raise RefundRequested
    check_not_awaited(order, pieces)


def _check(order: Order, step: Step, reason: Reason, note: str) -> None:
    """Raise what keeps the order from the step."""
    if not can_proceed(getattr(order, step)):
        raise StepNotAllowed(order)
    is_ours = reason == Reason.STAFF_DECISION
    if step == Step.CANCEL and not is_ours and order.packed_at and order.shipments.exists():
        raise AlreadySent
    if step == Step.COMPLETE:
        check_can_be_sent(order, note)


def change_together(*, orders: Sequence[Order], step: Step, reason: Reason) -> None:
    """Take the same step with many orders, in the caller's transaction and in few statements however many they are.

    For the shop's own steps after which an order holds what it held before, and which issue no document. The caller has
    locked the orders, loaded their customers, and seen that all are where the step begins, and that none is free.
    """
    source, now = STEPS[step].source, timezone.now()
    for order in orders:
        getattr(order, step)()
        _note_since(order, now)
    first = orders[0]
    given: dict[str, Any] = {"status": first.status.value, "since": now, "pay_by": first.pay_by}
    given |= {"orders": [order.pk for order in orders], "source": source.value}
    sequences: dict[UUID, int] = dict(fetch(MOVE, given))
    if len(sequences) != len(orders):
        raise StepNotAllowed(first)
    insert_all([change_of(order, source, reason, sequence=sequences[order.pk]) for order in orders])
    if kind := email_after(first, step):
        write_emails(kind=kind, sequences={order: sequences[order.pk] for order in orders})
    announce_all((order.pk, order.customer_id) for order in orders)


def _note_since(order: Order, now: datetime) -> None:
    """Since when the order is in its status, and how long that may be."""
    order.status_since = now
    if order.status == OrderStatus.PAY_REQUIRED:
        # Of a provider that the customer chooses later the window may be longer (orders/actions/money/payment.py).
        window = settings.PAYMENT_WINDOWS.get(settings.PAYMENT_VARIANT, settings.ORDER_PAYMENT_WINDOW)
        order.pay_by = now + timedelta(seconds=window)


def _use_right(order: Order, step: Step, actor: "User | None", **details: str) -> None:
    use_right(actor=actor, right=STEP_RIGHTS[step], about=order, **details)


def _give_back(order: Order, *, seen: bool) -> None:
    """Put back what the order held and used; the customer has seen its numbers if it was paid."""
    if order.is_supplement:
        end_waiting(order)
    if order.card_amount and not seen:
        spending.release(order, spending.held_by(order))
    allocations = Allocation.objects.filter(line__order=order)
    numbers = list(Number.objects.filter(allocation__in=allocations).select_related("product"))
    allocations.delete()
    parcels.put_on_shelf(order)
    inventory.give_back(
        order_id=order.pk,
        quantities=_pieces(order),
        numbers=numbers,
        seen=seen,
    )
    uses.give_back(order)


def _pieces(order: Order) -> dict[int, int]:
    """The order's counted pieces that no change has taken: product id -> how many."""
    counted = order.lines.filter(inventory=Inventory.COUNTED)
    left = counted.order_by().annotate(left=F("quantity") - Coalesce(Sum("changes__quantity"), 0))
    return dict(left.filter(left__gt=0).values_list("product_id", "left"))
