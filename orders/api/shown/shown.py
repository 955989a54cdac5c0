"""Orders and previews as the API shows them.

serializers.py describes the same for the schema; a test compares the two. An answer is made here, since a serializer copies
each of its fields for each answer, and that costs more than all statements of reading an order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import F
from rest_framework.request import Request

from catalog.refunds import RefundPolicy
from catalog.shelf.shelf import pictures_of
from database import clock
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
from orders.models import (
    Allocation,
    CardUse,
    GiftCard,
    Order,
    OrderDiscount,
    OrderLine,
    Payment,
    RefundRequest,
    note_codes_shown,
)
from orders.models.order import first_start
from orders.pricing.kept import kept_taxes
from orders.status import UNPAID, OrderStatus

# Orders that may have been changed.
CHANGEABLE = tuple(status for status in OrderStatus if status not in (*UNPAID, OrderStatus.NOT_CONFIRMED))
# By product: the addresses of its pictures, and the numbers that an order holds of it.
Pictures = Mapping[int, Sequence[str]]
Numbers = Mapping[int, Sequence[str]]
Discounts = list[dict[str, Any]]


def of_order(request: Request, order: Order) -> dict[str, Any]:
    """An order; its courier is loaded with it, or comes now."""
    return of_orders(request, [order])[0]


def of_orders(request: Request, orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Orders, in three statements however many; one more each if some have codes, discounts, or are refunded on request.

    Codes that their customer is shown for the first time are noted before, each order's in a statement of its own.
    """
    lines: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
    found = OrderLine.objects.filter(order__in=orders).order_by("position")
    for line in found.annotate(is_gift_card=F("product__is_gift_card")):
        lines[line.order_id].append(line)
    pictures = _pictures(request, chain.from_iterable(lines.values()))
    discounts = _discounts([order for order in orders if order.discount_total])
    shows_numbers = [order for order in orders if order.shows_numbers]
    has_cards = [
        order for order in shows_numbers if any(vars(line)["is_gift_card"] for line in lines[order.pk])
    ]
    numbers = _numbers(shows_numbers, has_cards, request.user.pk)
    uses = card_uses([order for order in orders if order.card_amount])
    # The database is asked for its time where there are events, once for all of them.
    at = clock() if first_start(chain.from_iterable(lines.values())) else None
    asked = _asked(
        [order for order in orders if order.refunds(lines[order.pk], at) == RefundPolicy.ON_REQUEST]
    )
    changeable = [order for order in orders if order.status in CHANGEABLE]
    beside, waiting = beside_of(orders), waiting_of(changeable)
    changes, requests = changes_of(changeable), requests_of(changeable)
    sent = shipments_of([pk for pk, some in lines.items() if any(line.sent for line in some)])
    ready = ready_of([order for order in orders if order.is_pickup])
    return [
        _order(order, order.courier.name, lines[order.pk], pictures, numbers.get(order.pk, {}))
        | _refunds(order, lines[order.pk], at)
        | {"refund_request": asked.get(order.pk), "discounts": discounts[order.pk]}
        | {"taxes": of_taxes(kept_taxes(order, lines[order.pk]))}
        | after(order, lines[order.pk], changes.get(order.pk, []))
        | {"ready_at": ready.get(order.pk)}
        | {"change_requests": requests.get(order.pk, []), "shipments": sent.get(order.pk, [])}
        | beside[order.pk]
        | {"waiting": waiting.get(order.pk)}
        | {"gift_cards": uses[order.pk]}
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
    found = pictures_of({line.product_id for line in lines})
    return {pk: [request.build_absolute_uri(address) for address in some] for pk, some in found.items()}


def card_uses(orders: Collection[Order]) -> defaultdict[UUID, list[dict[str, Any]]]:
    """What each order takes of gift cards; nothing is asked where there are no orders."""
    uses: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    live = CardUse.objects.filter(order__in=orders, state__in=CardUse.LIVE).select_related("card")
    for use in live.order_by("pk") if orders else ():
        uses[use.order_id].append(
            {
                "id": use.pk,
                "card": use.card.masked,
                "is_credit": use.card.is_credit,
                "amount": money(use.amount),
                "state": use.state,
            }
        )
    return uses


def _numbers(
    orders: Collection[Order], has_cards: Collection[Order], reader: int | None
) -> dict[UUID, defaultdict[int, list[str]]]:
    """The allocated numbers of orders that are paid, by order and product; codes count as seen if it is their customer.

    Codes of gift cards are for their customer alone; staff see the end of each.
    """
    numbers: dict[UUID, defaultdict[int, list[str]]] = {order.pk: defaultdict(list) for order in orders}
    with_codes = set()
    if orders:
        held = Allocation.objects.filter(line__order__in=orders).order_by("number_id")
        columns = ("line__order", "line__product", "number__value", "line__product__numbers_reusable")
        for order_id, product_id, value, is_reusable in held.values_list(*columns):
            numbers[order_id][product_id].append(value)
            if not is_reusable:
                with_codes.add(order_id)
    sold = GiftCard.objects.filter(line__order__in=has_cards).select_related("line").order_by("pk")
    for card in sold if has_cards else ():
        assert card.line, "it was sold"
        order = next(one for one in has_cards if one.pk == card.line.order_id)
        is_own = order.customer_id == reader
        numbers[order.pk][card.line.product_id].append(card.code_shown if is_own else card.masked)
        with_codes.add(order.pk)
    for order in orders:
        if order.pk in with_codes and order.customer_id == reader and not note_codes_shown(order):
            numbers[order.pk].clear()
    return numbers


def _discounts(orders: Collection[Order]) -> defaultdict[UUID, Discounts]:
    """What promotions took off each order."""
    found: defaultdict[UUID, Discounts] = defaultdict(list)
    for one in OrderDiscount.objects.filter(order__in=orders).order_by("position") if orders else ():
        shown = of_discount(one, one.amount) | {"shipping_amount": money(one.shipping_amount)}
        found[one.order_id].append(shown)
    return found


def _asked(orders: Collection[Order]) -> dict[UUID, dict[str, Any]]:
    """The latest request for a refund of each order that has one."""
    found = RefundRequest.objects.filter(order__in=orders).order_by("pk") if orders else ()
    return {
        one.order_id: {
            "state": one.state,
            "asked_at": written(one.asked_at),
            "note": one.note,
            "decided_at": one.decided_at and written(one.decided_at),
            "answer": one.answer,
        }
        for one in found
    }


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
