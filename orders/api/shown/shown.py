"""Orders and previews as the API shows them.

serializers.py describes the same for the schema; a test compares the two. An answer is made here, since a serializer copies
each of its fields for each answer, and that costs more than all statements of reading an order.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rest_framework.request import Request

from catalog.shelf.shelf import pictures_of
from database.rows import find_together
from orders.api.shown import parts
from orders.api.shown.after import (
    after,
    beside_of,
    changes_of,
    ready_of,
    requests_of,
    shipments_of,
    waiting_of,
)
from orders.api.shown.amounts import money
from orders.api.shown.beside import (
    Beside,
    Read,
    asked_of,
    card_uses_of,
    discounts_of,
    numbers_of,
    shown_numbers,
    sold_cards_of,
    with_orders,
)
from orders.api.shown.lines import (
    Line,
    of_address,
    of_day,
    of_discount,
    of_line,
    of_parcel,
    of_taxes,
    percent,
    tax_of,
)
from orders.checkout.preview import Preview
from orders.events.payloads import written
from orders.models import Order, Payment
from orders.pricing.kept import kept_taxes
from orders.status import UNPAID, OrderStatus

# Orders that may have been changed.
CHANGEABLE = tuple(status for status in OrderStatus if status not in (*UNPAID, OrderStatus.NOT_CONFIRMED))
# By product: the addresses of its pictures, and the numbers that an order holds of it.
Pictures = Mapping[int, Sequence[str]]
Numbers = Mapping[int, Sequence[str]]


def of_order(request: Request, order: Order, read: Read | None = None) -> dict[str, Any]:
    """An order; its courier is loaded with it, or comes now. What was `read` with it is not read again."""
    return of_orders(request, [order], read)[0]


def of_orders(request: Request, orders: Sequence[Order], read: Read | None = None) -> list[dict[str, Any]]:
    """Orders, in two round trips however many, and in one where nothing became of them and nothing was taken off.

    Codes that their customer is shown for the first time are noted before, each order's in a statement of its own.
    """
    changeable = [order for order in orders if order.status in CHANGEABLE]
    ids = [order.pk for order in orders]
    begun = read or Read.of(find_together(*with_orders(ids, were_paid=bool(changeable))))
    lines, at = begun.lines, begun.at
    shows_numbers = [order for order in orders if order.shows_numbers]
    found = Beside(
        *parts.read(
            discounts_of([order for order in orders if order.discount_total]),
            numbers_of([order for order in shows_numbers if begun.is_numbered(order)]),
            sold_cards_of([order for order in shows_numbers if begun.has_cards(order)]),
            card_uses_of([order for order in orders if order.card_amount]),
            asked_of([order for order in orders if begun.may_have_asked(order)]),
            beside_of(orders),
            waiting_of(changeable, are_there=begun.there.waiting),
            changes_of(changeable, are_there=begun.there.changes),
            requests_of(changeable, are_there=begun.there.requests),
            shipments_of([pk for pk, some in lines.items() if any(line.sent for line in some)]),
            ready_of([order for order in orders if order.is_pickup]),
        )
    )
    pictures = _addressed(request, begun.pictures)
    numbers = shown_numbers(shows_numbers, found, request.user.pk)
    return [
        _order(order, order.courier.name, lines[order.pk], pictures, numbers.get(order.pk, {}))
        | _refunds(order, lines[order.pk], at)
        | {"taxes": of_taxes(kept_taxes(order, lines[order.pk]))}
        | after(order, lines[order.pk], found.changes.get(order.pk, []))
        | found.of(order)
        for order in orders
    ]


def of_placed(request: Request, order: Order, preview: Preview) -> dict[str, Any]:
    """An order that this preview has just become: nothing is read back but the pictures."""
    option = preview.option(order.price_table_id)
    assert option, "it was placed with one of its options"
    costs = preview.breakdown(option)
    discounts = [
        of_discount(one.discount.offer, one.amount) | {"shipping_amount": money(one.off_shipping)}
        for one in preview.taken_off(option)
    ]
    shown = _order(order, option.courier, preview.chosen(option).lines, _pictures(request, preview.lines), {})
    for line, taxed in zip(shown["lines"], costs.lines, strict=True):
        line["tax_amount"] = money(taxed.tax)
    return shown | {"taxes": of_taxes(costs.taxes), "discounts": discounts}


def of_payment(request: Request, payment: Payment) -> dict[str, Any]:
    """Where a payment is paid."""
    return {"payment_url": request.build_absolute_uri(f"{payment.order.get_absolute_url()}pay/")}


def _pictures(request: Request, lines: Iterable[Line]) -> Pictures:
    return _addressed(request, pictures_of({line.product_id for line in lines}))


def _addressed(request: Request, pictures: Mapping[int, Sequence[str]]) -> Pictures:
    return {pk: [request.build_absolute_uri(address) for address in some] for pk, some in pictures.items()}


def _order(
    order: Order, courier: str, lines: Sequence[Line], pictures: Pictures, numbers: Numbers
) -> dict[str, Any]:
    return {
        "id": str(order.pk),
        "number": str(order.number),
        "status": order.status,
        "status_label": str(OrderStatus(order.status).label),
        "placed_at": written(order.placed_at),
        "pay_by": order.pay_by and written(order.pay_by),
        **_amounts(order),
        **_way(order, courier),
        "address": of_address(order.address_snapshot),
        "billing": order.billing_snapshot,
        "tax_reason": order.tax_reason,
        "parcel": of_parcel(order, order.chargeable_weight_g),
        "note": order.note,
        "tracking_code": order.tracking_code,
        "tracking_url": order.tracking_url,
        **_refunds(order, lines, order.placed_at),
        "refund_request": None,
        "pieces_left": [{"sku": line.sku, "quantity": line.quantity} for line in lines],
        "changes": [],
        "exchange_of": None,
        "supplement_of": None,
        "waiting": None,
        "change_requests": [],
        "shipments": [],
        "lines": [
            of_line(line)
            | tax_of(line)
            | {"images": pictures.get(line.product_id, []), "numbers": numbers.get(line.product_id, [])}
            for line in lines
        ],
    }


def _way(order: Order, courier: str) -> dict[str, Any]:
    """How it comes to its customer, or is fetched, and when."""
    return {
        "shipping_method": order.shipping_method,
        "courier": courier,
        "price_table_id": order.price_table_id,
        "needs_parcel": order.needs_parcel,
        "is_pickup": order.is_pickup,
        "promised_from": of_day(order.promised_from),
        "promised_to": of_day(order.promised_to),
        "ready_at": None,
    }


def _refunds(order: Order, lines: Collection[Line], at: datetime | None) -> dict[str, Any]:
    """What a refund by the customer is at that time. What is placed at this moment has not begun."""
    return {"refunds": order.refunds(lines, at), "refund_asks_because": order.asks_because(lines, at)}


def _amounts(order: Order) -> dict[str, Any]:
    """What it costs. Which promotions took something off, and what changes have left, comes from other rows."""
    return {
        "currency": order.currency,
        "items_total": money(order.items_total),
        "shipping_fee": money(order.shipping_fee),
        "total_amount": money(order.total_amount),
        "shipping_tax_rate": percent(order.shipping_tax_rate),
        "shipping_tax": order.shipping_tax if order.shipping_tax is None else money(order.shipping_tax),
        "tax_total": order.tax_total if order.tax_total is None else money(order.tax_total),
        "discount_total": money(order.discount_total),
        "shipping_discount": money(order.shipping_discount),
        "discounts": [],
        "amount_left": money(order.total_amount),
        "exchange_amount": money(order.exchange_amount),
        "amount_due": money(order.amount_due),
        "gift_cards": [],
    }
