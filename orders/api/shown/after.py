"""What became of an order after it was paid, as the API shows it: changes, requests for them, parcels."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from orders.api.shown.amounts import money
from orders.documents.way_back import return_address
from orders.events.payloads import written
from orders.models import (
    ChangeRequest,
    Exchange,
    Order,
    OrderChange,
    OrderLine,
    ReadyNotice,
    Refund,
    RequestedLine,
    Shipment,
    ShipmentLine,
    WaitingChange,
)


def changes_of(orders: Collection[Order]) -> dict[UUID, list[OrderChange]]:
    """The changes of orders that may have had some, with their lines and refunds."""
    found: defaultdict[UUID, list[OrderChange]] = defaultdict(list)
    if orders:
        made = OrderChange.objects.filter(order__in=orders).order_by("sequence")
        by_id = {order.pk: order for order in orders}
        for change in made.select_related("exchange").prefetch_related("lines__line", "refunds"):
            change.order = by_id[change.order_id]
            found[change.order_id].append(change)
    return found


def beside_of(orders: Collection[Order]) -> dict[UUID, dict[str, str | None]]:
    """What each of these was placed beside; a statement where some are exchanges, and one where some are supplements."""
    ids = [order.pk for order in orders if order.is_exchange and not order.is_supplement]
    found = dict(Exchange.objects.filter(order__in=ids).values_list("order", "change__order")) if ids else {}
    ids = [order.pk for order in orders if order.is_supplement]
    paid = dict(WaitingChange.objects.filter(pk__in=ids).values_list("pk", "order")) if ids else {}
    return {
        order.pk: {
            "exchange_of": _name((found | paid).get(order.pk) if order.is_exchange else None),
            "supplement_of": _name(paid.get(order.pk)),
        }
        for order in orders
    }


def _name(of: UUID | None) -> str | None:
    return None if of is None else str(of)


def waiting_of(orders: Collection[Order]) -> dict[UUID, dict[str, Any]]:
    """The change of each of these that waits for its difference."""
    found = (
        WaitingChange.objects.open().filter(order__in=orders).select_related("supplement") if orders else ()
    )
    return {
        one.order_id: {
            "id": str(one.change_id),
            "kind": one.kind,
            "order": str(one.supplement_id),
            "amount": money(one.supplement.difference),
            "pay_by": one.supplement.pay_by and written(one.supplement.pay_by),
        }
        for one in found
    }


def requests_of(orders: Collection[Order]) -> dict[UUID, list[dict[str, Any]]]:
    """What the customers of these orders asked for, oldest first."""
    found: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    if orders:
        asked = ChangeRequest.objects.filter(order__in=orders).order_by("pk")
        for one in asked.defer("label").prefetch_related("lines__line", "lines__exchange_for"):
            pieces = [_requested(line) for line in one.lines.all()]
            found[one.order_id].append(
                {
                    "kind": one.kind,
                    "state": one.state,
                    "asked_at": written(one.asked_at),
                    "note": one.note,
                    "decided_at": one.decided_at and written(one.decided_at),
                    "answer": one.answer,
                    "expected_at": one.expected_at and written(one.expected_at),
                    "return_address": return_address() if one.expected_at and one.state == "open" else [],
                    "label_url": one.label_url,
                    "lines": pieces,
                }
            )
    return found


def _requested(one: RequestedLine) -> dict[str, Any]:
    wished = one.exchange_for
    return {"sku": one.line.sku, "quantity": one.quantity, "exchange_for": wished.sku if wished else None}


def after(order: Order, lines: Sequence[OrderLine], changes: Sequence[OrderChange]) -> dict[str, Any]:
    """The changes of an order, and what they have left of its money and of each line's pieces."""
    undone = {change.undoes_id for change in changes}
    counting = [change for change in changes if change.pk not in undone]
    gone: Counter[str] = Counter()
    for change in counting:
        gone.update({one.line.sku: one.quantity for one in change.lines.all()})
    given = sum((change.amount for change in counting), Decimal(0))
    return {
        "amount_left": money(order.total_amount - given),
        "pieces_left": [{"sku": line.sku, "quantity": line.quantity - gone[line.sku]} for line in lines],
        "changes": [_change(change) for change in changes],
    }


def _change(change: OrderChange) -> dict[str, Any]:
    done = sum((one.amount for one in change.refunds.all() if one.state == Refund.State.DONE), Decimal(0))
    return {
        "id": str(change.pk),
        "sequence": change.sequence,
        "kind": change.kind,
        "at": written(change.at),
        "actor": change.who,
        "note": change.note,
        "amount": money(change.amount),
        "refunded": money(change.amount if change.returned_id else done),
        "shipping": money(change.shipping),
        "exchange_order": str(change.exchange.order_id) if hasattr(change, "exchange") else None,
        "lines": [
            {
                "sku": one.line.sku,
                "name": one.line.name,
                "quantity": one.quantity,
                "amount": money(one.amount),
                "restocked": one.restocked,
            }
            for one in change.lines.all()
        ],
    }


def shipments_of(order_ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The parcels that left, of the orders that have some."""
    found: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    sent = Shipment.objects.filter(order__in=order_ids).select_related("courier") if order_ids else ()
    inside = ShipmentLine.objects.filter(shipment__order__in=order_ids).select_related("line")
    lines: defaultdict[int, list[ShipmentLine]] = defaultdict(list)
    for one in inside.order_by("line__position") if order_ids else ():
        lines[one.shipment_id].append(one)
    for shipment in sent:
        found[shipment.order_id].append(_shipment(shipment, lines[shipment.pk]))
    return found


def ready_of(orders: Collection[Order]) -> dict[UUID, str]:
    """When it was told that they can be fetched, of the orders of which it was."""
    told = ReadyNotice.objects.filter(order__in=orders) if orders else ()
    return {one.order_id: written(one.at) for one in told}


def _shipment(shipment: Shipment, lines: Iterable[ShipmentLine]) -> dict[str, Any]:
    return {
        "number": shipment.sequence,
        "sent_at": written(shipment.at),
        "courier": shipment.courier.name,
        "tracking_code": shipment.tracking_code,
        "tracking_url": shipment.tracking_url,
        "weight_g": shipment.weight_g,
        "lines": [{"sku": one.line.sku, "name": one.line.name, "quantity": one.quantity} for one in lines],
    }
