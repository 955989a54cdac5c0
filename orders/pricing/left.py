"""What is left of an order after its changes, and what a part of that is worth. It only reads; the sums are derived.

A part is counted from what is left, so parts come to exactly the whole in whatever sequence they go: the last one takes
what the others have left over. All is counted in the currency's smallest unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from catalog.money import smallest
from orders.models import ChangeLine, Order, OrderChange, OrderLine

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Part:
    """An amount, and what of it is tax; None as in orders from before tax was kept."""

    amount: Decimal
    tax: Decimal | None


@dataclass(frozen=True)
class LineLeft(Part):
    """What is left of a line: its pieces, and what of its money was not given back."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True)
class Left:
    """What is left of an order. `changes` is how many changes it had, `lines` are in the order's own sequence."""

    order: Order
    changes: int
    lines: tuple[LineLeft, ...]
    shipping: Part

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.lines), self.shipping.amount)

    @property
    def quantity(self) -> int:
        return sum(one.quantity for one in self.lines)


def left_of_order(order: Order) -> Left:
    """What is left of an order; three statements."""
    changes = OrderChange.objects.filter(order=order)
    counting = changes.filter(undone_by=None).exclude(kind=OrderChange.Kind.UNDONE)
    gone = ChangeLine.objects.filter(change__in=counting).order_by().values("line")
    sums = gone.annotate(q=Sum("quantity"), a=Sum("amount"), t=Sum("tax"))
    by_line: dict[int, Mapping[str, Any]] = {row["line"]: row for row in sums}
    shipped = counting.aggregate(a=Sum("shipping"), t=Sum("shipping_tax"))
    return Left(
        order,
        changes.count(),
        tuple(_line(line, by_line.get(line.pk, {})) for line in order.lines.all()),
        Part(order.shipping_fee - (shipped["a"] or NOTHING), _less(order.shipping_tax, shipped["t"])),
    )


def _line(line: OrderLine, gone: Mapping[str, Any]) -> LineLeft:
    return LineLeft(
        line.line_total - Decimal(gone.get("a") or 0),
        _less(line.tax_amount, gone.get("t")),
        line,
        line.quantity - int(gone.get("q") or 0),
    )


def _less(tax: Decimal | None, gone: "int | Decimal | None") -> Decimal | None:
    return None if tax is None else tax - Decimal(gone or 0)


def for_pieces(left: LineLeft, quantity: int, *, currency: str) -> Part:
    """What so many of the pieces that are left are worth, halves up."""
    return for_amount(left, _part(left.amount, quantity, left.quantity, currency), currency=currency)


def for_amount(left: Part, amount: Decimal, *, currency: str) -> Part:
    """So much of what is left, with the tax that is in it."""
    if left.tax is None:
        return Part(amount, None)
    unit = smallest(currency)
    whole, part = int(left.amount / unit), int(amount / unit)
    return Part(amount, _part(left.tax, part, whole, currency) if whole else NOTHING)


def _part(amount: Decimal, of: int, whole: int, currency: str) -> Decimal:
    unit = smallest(currency)
    return (2 * int(amount / unit) * of + whole) // (2 * whole) * unit


def spread(amount: Decimal, over: Sequence[Part], *, currency: str) -> list[Part]:
    """An amount as parts of all that is left, each in its proportion, by largest remainder; never more than there is."""
    unit = smallest(currency)
    units, wanted = [int(one.amount / unit) for one in over], int(amount / unit)
    together = sum(units) or 1
    shares = [divmod(one * wanted, together) for one in units]
    parts = [share for share, _remainder in shares]
    largest = sorted(range(len(shares)), key=lambda at: -shares[at][1])
    for at in largest[: wanted - sum(parts)]:
        parts[at] += 1
    return [for_amount(one, part * unit, currency=currency) for one, part in zip(over, parts, strict=True)]
