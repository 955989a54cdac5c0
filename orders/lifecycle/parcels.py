"""What leaves in a parcel: its rows, and what it takes off the shelf. Called by those who hold the order's lock.

The database counts what was sent at each line, and refuses more than was ordered (orders/models/shipment.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils import timezone

from catalog import inventory
from catalog.models import Inventory
from orders.emails.queue import write_email
from orders.models import EmailKind, Order, OrderLine, Shipment, ShipmentLine

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Parcel:
    """What is sent: pieces by the line's id, how it is followed, who carries it (None: the order's courier), grams.

    `stays`: there is no parcel, and what is left of the order is not sent.
    """

    pieces: Mapping[int, int] = field(default_factory=dict)
    tracking_code: str = ""
    courier_id: int | None = None
    weight_g: int | None = None
    stays: bool = False


def left_of(order: Order) -> dict[int, int]:
    """What has not been sent, and was not canceled: line id -> pieces."""
    lines = OrderLine.objects.with_canceled().filter(order=order).order_by("position")
    return {line.pk: line.to_send - line.sent for line in lines if line.to_send > line.sent}


def write_parcel(order: Order, parcel: Parcel, *, actor: "User | None", completes: bool) -> Shipment:
    """Note that a parcel leaves. One that does not complete the order has an email of its own."""
    shipment = Shipment.objects.create(
        order=order,
        sequence=order.shipments.count() + 1,
        actor=actor,
        courier_id=parcel.courier_id or order.courier_id,
        tracking_code=parcel.tracking_code,
        weight_g=parcel.weight_g,
        completes=completes,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=line_id, quantity=quantity)
        for line_id, quantity in sorted(parcel.pieces.items())
    )
    take_off_shelf(order, parcel.pieces)
    if order.packed_at is None:
        order.packed_at = timezone.now()
        order.save(update_fields=["packed_at"])
    if not completes:
        write_email(order=order, kind=EmailKind.SHIPPED, sequence=shipment.sequence)
    return shipment


def take_off_shelf(order: Order, pieces: Mapping[int, int]) -> None:
    """Counted pieces that leave are promised to the order no longer."""
    counted = order.lines.filter(pk__in=list(pieces), inventory=Inventory.COUNTED)
    inventory.send(
        quantities={product: pieces[pk] for pk, product in counted.values_list("pk", "product_id")}
    )


def put_on_shelf(order: Order) -> None:
    """What left for an order that came to nothing has come back, and can be given back as the rest."""
    if order.packed_at is None:
        return
    sent = order.lines.filter(inventory=Inventory.COUNTED, sent__gt=0)
    if quantities := dict(sent.values_list("product_id", "sent")):
        # All that the order holds is locked at once, in id order.
        inventory.lock(order.lines.values_list("product_id", flat=True))
        inventory.unsend(quantities=quantities)
