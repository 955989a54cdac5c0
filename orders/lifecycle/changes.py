"""The one place that writes a change of an order: its row, its lines, and what they do to stock and numbers.

Called in a transaction that holds the order. The money is the caller's (orders/payments/returning.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from uuid_utils.compat import uuid7

from catalog import inventory
from catalog.models import Inventory, Number
from orders.events.hints import announce
from orders.gift_cards import issuing
from orders.models import (
    Allocation,
    ChangeLine,
    DetailsChange,
    GivenUpNumber,
    LedgerEntry,
    Order,
    OrderChange,
    OrderLine,
)
from orders.pricing.left import NOTHING, Left, Part, spread

if TYPE_CHECKING:
    from accounts.models import User

Kind = OrderChange.Kind


@dataclass(frozen=True)
class LinePart:
    """What happens to a line: so many pieces go, with so much money."""

    line: OrderLine
    part: Part
    quantity: int = 0
    restocked: bool = False


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a change does, computed before it is made."""

    kind: OrderChange.Kind
    lines: tuple[LinePart, ...]
    shipping: Part
    id: UUID
    note: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((one.part.amount for one in self.lines), self.shipping.amount)


@dataclass(frozen=True, kw_only=True)
class NewDetails:
    """What stands in an order from now on, None: what stands there; and what of it the shop pays."""

    address: dict[str, Any] | None = None
    note: str | None = None
    waived: Decimal = NOTHING


def without_goods(
    left: Left, amount: Decimal, *, kind: OrderChange.Kind, change_id: UUID | None = None, note: str = ""
) -> Effect:
    """An amount that goes back, spread over all that is left: so each rate of tax gets its share."""
    parts = spread(amount, [*left.lines, left.shipping], currency=left.order.currency)
    lines = [
        LinePart(one.line, part) for one, part in zip(left.lines, parts[:-1], strict=True) if part.amount
    ]
    return Effect(id=change_id or uuid7(), kind=kind, lines=tuple(lines), shipping=parts[-1], note=note)


def write_change(
    *,
    order: Order,
    based_on: int,
    effect: Effect,
    actor: "User | None" = None,
    returned: LedgerEntry | None = None,
) -> OrderChange:
    """Write a change with its lines, and put back what it takes from the order.

    A change that was made since, or more than is left, is an IntegrityError: the database looks under the order's lock.
    """
    change = OrderChange.objects.create(
        id=effect.id,
        order=order,
        sequence=based_on + 1,
        kind=effect.kind,
        actor=actor,
        note=effect.note,
        amount=effect.amount,
        shipping=effect.shipping.amount,
        shipping_tax=effect.shipping.tax,
        returned=returned,
    )
    lines = [
        ChangeLine.objects.create(
            change=change,
            line=one.line,
            quantity=one.quantity,
            amount=one.part.amount,
            tax=one.part.tax,
            restocked=one.restocked,
        )
        for one in effect.lines
    ]
    gone = [line for line in lines if line.quantity]
    _void_cards(gone)
    _put_back(change, gone)
    announce(order_id=order.pk, customer_id=order.customer_id)
    return change


def write_details(
    *,
    order: Order,
    based_on: int,
    effect: Effect,
    actor: "User | None",
    new: NewDetails,
) -> OrderChange:
    """Write that the order has another address or note from now on."""
    change = write_change(order=order, based_on=based_on, effect=effect, actor=actor)
    given: dict[str, Any] = {}
    if new.address is not None:
        given |= {"address_before": order.address_snapshot, "address_after": new.address}
        order.address_snapshot, order.address_id = new.address, None
    if new.note is not None:
        given |= {"note_before": order.note, "note_after": new.note}
        order.note = new.note
    DetailsChange.objects.create(change=change, waived=new.waived, **given)
    order.save(update_fields=["address_snapshot", "address", "note"])
    return change


def _void_cards(lines: list[ChangeLine]) -> None:
    """Before products are locked."""
    for line in lines:
        if line.line.product.is_gift_card:
            issuing.void_pieces(line.line, line.quantity)


def undo(change: OrderChange, *, actor: "User | None" = None, note: str = "") -> OrderChange:
    """The money of a change without goods is the shop's again, or still: it counts no more. Staff say why."""
    based_on = OrderChange.objects.filter(order=change.order_id).count()
    return OrderChange.objects.create(
        order_id=change.order_id,
        sequence=based_on + 1,
        kind=Kind.UNDONE,
        undoes=change,
        actor=actor,
        note=note,
        shipping_tax=None if change.shipping_tax is None else NOTHING,
    )


def _put_back(change: OrderChange, lines: Sequence[ChangeLine]) -> None:
    """Pieces and numbers of these lines, products locked in id order."""
    counted = {
        line.line.product_id: line.quantity
        for line in lines
        if line.line.inventory == Inventory.COUNTED and line.restocked
    }
    numbers = {line: _numbers_of(line) for line in lines if line.line.inventory == Inventory.NUMBERED}
    GivenUpNumber.objects.bulk_create(
        GivenUpNumber(line=line, number=number) for line, some in numbers.items() for number in some
    )
    gone = {number: line.restocked for line, some in numbers.items() for number in some}
    Allocation.objects.filter(number__in=gone).delete()
    inventory.take_back(
        order_id=change.order_id,
        quantities=counted,
        numbers=gone,
        promised=change.kind == Kind.CANCEL,
        reason=f"change {change.sequence}",
    )


def _numbers_of(line: ChangeLine) -> list[Number]:
    """Those that the line was given last."""
    held = Allocation.objects.filter(line=line.line).select_related("number__product").order_by("-number_id")
    return [allocation.number for allocation in held[: line.quantity]]
