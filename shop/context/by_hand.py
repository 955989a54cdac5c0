"""What pages say about a payment whose money comes by hand: where to transfer it, and how else the order can be paid."""

from typing import TYPE_CHECKING

from orders.actions.money.payment import ways_to_pay
from orders.documents.transfer import transfer_for
from orders.models import BY_HAND, IN_PROGRESS, TRANSFER, Order, Payment
from orders.status import OrderStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def by_hand_parts(payment: Payment | None) -> dict[str, object]:
    """How to pay, if the payment's money comes by hand; nothing otherwise."""
    if payment is None or payment.variant not in BY_HAND:
        return {}
    is_transfer = payment.variant == TRANSFER
    return {"by_hand": payment.variant, "transfer": transfer_for(payment.order) if is_transfer else None}


def of_order(order: Order) -> dict[str, object]:
    """The same for an order's page, whose payments are loaded."""
    if order.status != OrderStatus.PAY_REQUIRED:
        return {}
    begun = next((one for one in order.payments.all() if one.status in IN_PROGRESS), None)
    shown = begun or Payment(order=order)
    shown.order = order
    return {"other_ways": other_ways(shown), **by_hand_parts(begun)}


def other_ways(payment: Payment) -> "dict[str, str | StrPromise]":
    """The ways that a page offers beside the one that its button leads to."""
    ways = ways_to_pay(payment.order)
    if payment.variant in BY_HAND:
        return {name: label for name, label in ways.items() if name != payment.variant}
    return {name: label for name, label in ways.items() if name in BY_HAND and len(ways) > 1}
