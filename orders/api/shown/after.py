"""What became of an order after it was paid, as the API shows it: changes, requests for them, parcels."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from database.rows import rows_and_more, rows_with, values_of
from database.together import Rows
from orders.api.shown.amounts import money
from orders.api.shown.parts import Part
from orders.documents.way_back import return_address
from orders.events.payloads import written
from orders.models import ChangeLine, Order, OrderChange, OrderLine, Refund, Shipment, WaitingChange

CHANGES = """
SELECT {columns}, e.order_id FROM orders_orderchange LEFT JOIN orders_exchange e ON e.change_id = orders_orderchange.id
WHERE orders_orderchange.order_id = ANY(%s::uuid[]) ORDER BY orders_orderchange.sequence
"""
CHANGED = """
JOIN orders_orderchange c ON c.id = orders_changeline.change_id
WHERE c.order_id = ANY(%s::uuid[]) ORDER BY orders_changeline.id
"""
RETURNED = """
SELECT r.change_id, sum(r.amount) FROM orders_refund r JOIN orders_orderchange c ON c.id = r.change_id
WHERE c.order_id = ANY(%s::uuid[]) AND r.state = %s::text GROUP BY r.change_id
"""
EXCHANGED = """
SELECT e.order_id, c.order_id FROM orders_exchange e JOIN orders_orderchange c ON c.id = e.change_id
WHERE e.order_id = ANY(%s::uuid[])
"""
SUPPLEMENTED = (
    "SELECT supplement_id, order_id FROM orders_waitingchange WHERE supplement_id = ANY(%s::uuid[])"
)
WAITING = "WHERE orders_waitingchange.order_id = ANY(%s::uuid[]) AND orders_waitingchange.ended_at IS NULL"
REQUESTS = """
SELECT order_id, id, kind, state, asked_at, note, decided_at, answer, expected_at, label_url FROM orders_changerequest
WHERE order_id = ANY(%s::uuid[]) ORDER BY id
"""
REQUESTED = """
SELECT r.request_id, l.sku, r.quantity, wished.sku FROM orders_requestedline r
JOIN orders_changerequest c ON c.id = r.request_id JOIN orders_orderline l ON l.id = r.line_id
LEFT JOIN catalog_product wished ON wished.id = r.exchange_for_id
WHERE c.order_id = ANY(%s::uuid[]) ORDER BY r.id
"""
SENT = "WHERE orders_shipment.order_id = ANY(%s::uuid[]) ORDER BY orders_shipment.sequence"
INSIDE = """
SELECT i.shipment_id, l.sku, l.name, i.quantity FROM orders_shipmentline i
JOIN orders_shipment s ON s.id = i.shipment_id JOIN orders_orderline l ON l.id = i.line_id
WHERE s.order_id = ANY(%s::uuid[]) ORDER BY l.position
"""
READY = "SELECT order_id, at FROM orders_readynotice WHERE order_id = ANY(%s::uuid[])"
Shown = dict[str, Any]


class Change(NamedTuple):
    """A change with its lines, the order that the customer got for its pieces, and what refunds have returned of it."""

    row: OrderChange
    lines: list[ChangeLine]
    exchange_order: UUID | None
    returned: Decimal


def changes_of(orders: Collection[Order], *, are_there: bool = True) -> Part[dict[UUID, list[Change]]]:
    """The changes of orders that may have had some, with their lines and refunds."""
    by_id = {order.pk: order for order in orders}

    def made(
        changes: Sequence[tuple[OrderChange, tuple[UUID | None]]], changed: Sequence[ChangeLine], done: Rows
    ) -> dict[UUID, list[Change]]:
        lines: defaultdict[UUID, list[ChangeLine]] = defaultdict(list)
        for line in changed:
            lines[line.change_id].append(line)
        sums: dict[UUID, Decimal] = dict(done)
        found: defaultdict[UUID, list[Change]] = defaultdict(list)
        for row, (exchange_order,) in changes:
            row.order = by_id[row.order_id]
            change = Change(row, lines[row.pk], exchange_order, sums.get(row.pk, Decimal(0)))
            found[row.order_id].append(change)
        return found

    of = [list(by_id)]
    wanted = (
        rows_and_more(OrderChange, CHANGES, of),
        rows_with(ChangeLine, "line", CHANGED, of),
        values_of(RETURNED, [*of, Refund.State.DONE.value]),
    )
    return Part(made, wanted, are_there and bool(orders))


def beside_of(orders: Collection[Order]) -> Part[dict[UUID, dict[str, str | None]]]:
    """What each of these was placed beside; something is asked where some are exchanges or supplements."""

    def made(exchanged: Rows, paid: Rows) -> dict[UUID, dict[str, str | None]]:
        supplemented: dict[UUID, UUID] = dict(paid)
        of: dict[UUID, UUID] = dict(exchanged) | supplemented
        return {
            order.pk: {
                "exchange_of": _name(of.get(order.pk) if order.is_exchange else None),
                "supplement_of": _name(supplemented.get(order.pk)),
            }
            for order in orders
        }

    exchanges = [order.pk for order in orders if order.is_exchange and not order.is_supplement]
    supplements = [order.pk for order in orders if order.is_supplement]
    wanted = values_of(EXCHANGED, [exchanges]), values_of(SUPPLEMENTED, [supplements])
    return Part(made, wanted, bool(exchanges or supplements))


def _name(of: UUID | None) -> str | None:
    return None if of is None else str(of)


def waiting_of(orders: Collection[Order], *, are_there: bool = True) -> Part[dict[UUID, Shown]]:
    """The change of each of these that waits for its difference."""

    def made(found: Sequence[WaitingChange]) -> dict[UUID, Shown]:
        return {one.order_id: _waiting(one) for one in found}

    wanted = (rows_with(WaitingChange, "supplement", WAITING, [[order.pk for order in orders]]),)
    return Part(made, wanted, are_there and bool(orders))


def _waiting(one: WaitingChange) -> Shown:
    return {
        "id": str(one.change_id),
        "kind": one.kind,
        "order": str(one.supplement_id),
        "amount": money(one.supplement.difference),
        "pay_by": one.supplement.pay_by and written(one.supplement.pay_by),
    }


def requests_of(orders: Collection[Order], *, are_there: bool = True) -> Part[dict[UUID, list[Shown]]]:
    """What the customers of these orders asked for, oldest first."""

    def made(asked: Rows, requested: Rows) -> dict[UUID, list[Shown]]:
        pieces: defaultdict[int, list[Shown]] = defaultdict(list)
        for request_id, sku, quantity, wished in requested:
            pieces[request_id].append({"sku": sku, "quantity": quantity, "exchange_for": wished})
        found: defaultdict[UUID, list[Shown]] = defaultdict(list)
        for order_id, request_id, *said in asked:
            found[order_id].append(_request(said, pieces[request_id]))
        return found

    of = [[order.pk for order in orders]]
    return Part(made, (values_of(REQUESTS, of), values_of(REQUESTED, of)), are_there and bool(orders))


def _request(said: Sequence[Any], lines: list[Shown]) -> Shown:
    kind, state, asked_at, note, decided_at, answer, expected_at, label_url = said
    return {
        "kind": kind,
        "state": state,
        "asked_at": written(asked_at),
        "note": note,
        "decided_at": decided_at and written(decided_at),
        "answer": answer,
        "expected_at": expected_at and written(expected_at),
        "return_address": return_address() if expected_at and state == "open" else [],
        "label_url": label_url,
        "lines": lines,
    }


def after(order: Order, lines: Sequence[OrderLine], changes: Sequence[Change]) -> Shown:
    """The changes of an order, and what they have left of its money and of each line's pieces."""
    undone = {change.row.undoes_id for change in changes}
    counting = [change for change in changes if change.row.pk not in undone]
    gone: Counter[str] = Counter()
    for change in counting:
        gone.update({one.line.sku: one.quantity for one in change.lines})
    given = sum((change.row.amount for change in counting), Decimal(0))
    return {
        "amount_left": money(order.total_amount - given),
        "pieces_left": [{"sku": line.sku, "quantity": line.quantity - gone[line.sku]} for line in lines],
        "changes": [_change(change) for change in changes],
    }


def _change(change: Change) -> Shown:
    row = change.row
    return {
        "id": str(row.pk),
        "sequence": row.sequence,
        "kind": row.kind,
        "at": written(row.at),
        "actor": row.who,
        "note": row.note,
        "amount": money(row.amount),
        "refunded": money(row.amount if row.returned_id else change.returned),
        "shipping": money(row.shipping),
        "exchange_order": _name(change.exchange_order),
        "lines": [
            {
                "sku": one.line.sku,
                "name": one.line.name,
                "quantity": one.quantity,
                "amount": money(one.amount),
                "restocked": one.restocked,
            }
            for one in change.lines
        ],
    }


def shipments_of(order_ids: Collection[UUID]) -> Part[Mapping[UUID, list[Shown]]]:
    """The parcels that left, of the orders that have some."""

    def made(sent: Sequence[Shipment], inside: Rows) -> Mapping[UUID, list[Shown]]:
        lines: defaultdict[int, list[Shown]] = defaultdict(list)
        for shipment_id, sku, name, quantity in inside:
            lines[shipment_id].append({"sku": sku, "name": name, "quantity": quantity})
        found: defaultdict[UUID, list[Shown]] = defaultdict(list)
        for shipment in sent:
            found[shipment.order_id].append(_shipment(shipment, lines[shipment.pk]))
        return found

    of = [list(order_ids)]
    wanted = rows_with(Shipment, "courier", SENT, of), values_of(INSIDE, of)
    return Part(made, wanted, bool(order_ids))


def ready_of(orders: Collection[Order]) -> Part[dict[UUID, str]]:
    """When it was told that they can be fetched, of the orders of which it was."""

    def made(told: Rows) -> dict[UUID, str]:
        return {order_id: written(at) for order_id, at in told}

    return Part(made, (values_of(READY, [[order.pk for order in orders]]),), bool(orders))


def _shipment(shipment: Shipment, lines: list[Shown]) -> Shown:
    return {
        "number": shipment.sequence,
        "sent_at": written(shipment.at),
        "courier": shipment.courier.name,
        "tracking_code": shipment.tracking_code,
        "tracking_url": shipment.tracking_url,
        "weight_g": shipment.weight_g,
        "lines": lines,
    }
