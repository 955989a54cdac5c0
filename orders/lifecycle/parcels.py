"""What leaves in a parcel: its rows, and what it takes off the shelf. Called by those who hold the order's lock.

The database counts what was sent at each line, and refuses more than was ordered (orders/models/shipment.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import inventory
from catalog.models import Inventory
from orders.emails.queue import write_email
from orders.errors import OrderError
from orders.models import EmailKind, Order, OrderLine, Shipment, ShipmentLine
from orders.rights import OrderRights
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Parcel:
    """What is sent: pieces by the line's id, how it is followed, who carries it (None: the order's courier), grams.

    `stays`: there is no parcel, and what is left of the order is not sent. `early`: why a pre-order leaves before its day.
    """

    pieces: Mapping[int, int] = field(default_factory=dict)
    tracking_code: str = ""
    courier_id: int | None = None
    weight_g: int | None = None
    stays: bool = False
    early: str = ""


class PreorderAwaited(OrderError):
    """What is pre-ordered does not leave before its day, unless staff with a right of their own say why."""

    code = "preorder_awaited"
    status = 409
    title = gettext_lazy("Pre-order before its day")
    message = gettext_lazy("Some of this is a pre-order, which is not sent before its day.")
    advice = gettext_lazy(
        "Some of these pieces are a pre-order whose `available_from` is yet to come. "
        "Send them then, or now with a reason as `early` by staff who may."
    )

    def __init__(self, day: date, *, is_pickup: bool = False) -> None:
        said = _("Some of this is a pre-order, which is not sent before %(day)s.")
        if is_pickup:
            said = _("Some of this is a pre-order, which is not handed over before %(day)s.")
        super().__init__(said % {"day": date_format(day)})


class _Counted(NamedTuple):
    """A line of counted pieces, with the day before which it stays here."""

    line_id: int
    product_id: int
    day: date | None


def left_of(order: Order) -> dict[int, int]:
    """What has not been sent, and was not canceled: line id -> pieces."""
    lines = OrderLine.objects.with_canceled().filter(order=order).order_by("position")
    return {line.pk: line.to_send - line.sent for line in lines if line.to_send > line.sent}


def write_parcel(order: Order, parcel: Parcel, *, actor: "User | None", completes: bool) -> Shipment:
    """Note that a parcel leaves. One that does not complete the order has an email of its own.

    Raises PreorderAwaited, and PermissionDenied of who gives a reason to send it early and may not.
    """
    counted = _counted(order, parcel.pieces)
    early = _why_early(order, counted, parcel.early.strip(), actor)
    shipment = Shipment.objects.create(
        order=order,
        sequence=order.shipments.count() + 1,
        actor=actor,
        courier_id=parcel.courier_id or order.courier_id,
        tracking_code=parcel.tracking_code,
        weight_g=parcel.weight_g,
        completes=completes,
        early_reason=early,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line_id, quantity=quantity)
        for line_id, quantity in sorted(parcel.pieces.items())
    )
    _send(counted, parcel.pieces)
    if order.packed_at is None:
        order.packed_at = timezone.now()
        order.save(update_fields=["packed_at"])
    if not completes:
        write_email(order=order, kind=EmailKind.SHIPPED, sequence=shipment.sequence)
    return shipment


def check_days(order: Order, pieces: Mapping[int, int]) -> None:
    """Raise PreorderAwaited if some of these pieces may not leave yet."""
    if day := _awaited(_counted(order, pieces)):
        raise PreorderAwaited(day, is_pickup=order.is_pickup)


def _why_early(order: Order, counted: Iterable[_Counted], reason: str, actor: "User | None") -> str:
    """The reason for which pieces leave before their day; empty where none does."""
    day = _awaited(counted)
    if day is None:
        return ""
    if not reason:
        raise PreorderAwaited(day, is_pickup=order.is_pickup)
    require(actor=actor, right=OrderRights.SEND_EARLY)
    return reason


def _awaited(counted: Iterable[_Counted]) -> date | None:
    """The last day that is yet to come of these lines."""
    today = timezone.localdate()
    return max((one.day for one in counted if one.day and one.day > today), default=None)


def _counted(order: Order, pieces: Mapping[int, int]) -> list[_Counted]:
    lines = order.lines.filter(pk__in=list(pieces), inventory=Inventory.COUNTED)
    return [_Counted(*line) for line in lines.values_list("pk", "product_id", "available_from")]


def take_off_shelf(order: Order, pieces: Mapping[int, int]) -> None:
    """Counted pieces that leave are promised to the order no longer."""
    _send(_counted(order, pieces), pieces)


def _send(counted: Iterable[_Counted], pieces: Mapping[int, int]) -> None:
    inventory.send(quantities={one.product_id: pieces[one.line_id] for one in counted})


def put_on_shelf(order: Order) -> None:
    """What left for an order that came to nothing has come back, and can be given back as the rest."""
    if order.packed_at is None:
        return
    sent = order.lines.filter(inventory=Inventory.COUNTED, sent__gt=0)
    if quantities := dict(sent.values_list("product_id", "sent")):
        # All that the order holds is locked at once, in id order.
        inventory.lock(order.lines.values_list("product_id", flat=True))
        inventory.unsend(quantities=quantities)
