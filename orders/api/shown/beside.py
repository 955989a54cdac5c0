"""What is read beside orders to show them: first what every order has, and then what there is of all else."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from catalog.models import Inventory
from catalog.refunds import RefundPolicy
from catalog.shelf import shelf
from database.rows import Found, rows_and_more, rows_of, rows_with, values_of
from database.together import Rows
from orders.api.shown.after import Change
from orders.api.shown.amounts import money
from orders.api.shown.lines import of_discount
from orders.api.shown.parts import Part
from orders.events.payloads import written
from orders.models import CardUse, GiftCard, Order, OrderDiscount, OrderLine, RefundRequest, note_codes_shown
from orders.models.order import first_start

# Whether a line's product is a gift card; and the database's time, which says whether an event has begun.
LINES = """
SELECT {columns}, p.is_gift_card, clock_timestamp() FROM orders_orderline
JOIN catalog_product p ON p.id = orders_orderline.product_id
WHERE orders_orderline.order_id = ANY(%(orders)s::uuid[]) ORDER BY orders_orderline.position
"""
PICTURES = shelf.PICTURES.format(
    products="ARRAY(SELECT product_id FROM orders_orderline WHERE order_id = ANY(%(orders)s::uuid[]))"
)
# What few orders have.
THERE = """
SELECT
    EXISTS (SELECT FROM orders_refundrequest WHERE order_id = ANY(%(orders)s::uuid[])),
    EXISTS (SELECT FROM orders_waitingchange WHERE order_id = ANY(%(orders)s::uuid[]) AND ended_at IS NULL),
    EXISTS (SELECT FROM orders_orderchange WHERE order_id = ANY(%(orders)s::uuid[])),
    EXISTS (SELECT FROM orders_changerequest WHERE order_id = ANY(%(orders)s::uuid[]))
"""
NUMBERS = """
SELECT l.order_id, l.product_id, n.value, p.numbers_reusable FROM orders_orderline l
JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id
JOIN catalog_product p ON p.id = l.product_id
WHERE l.order_id = ANY(%s::uuid[]) ORDER BY a.number_id
"""
DISCOUNTS = "WHERE order_id = ANY(%s::uuid[]) ORDER BY position"
SOLD = "WHERE orders_orderline.order_id = ANY(%s::uuid[]) ORDER BY orders_giftcard.id"
USES = """
WHERE orders_carduse.order_id = ANY(%s::uuid[]) AND orders_carduse.state = ANY(%s::text[]) ORDER BY orders_carduse.id
"""
ASKED = "WHERE order_id = ANY(%s::uuid[]) ORDER BY id"
LIVE = [state.value for state in CardUse.LIVE]
Shown = dict[str, Any]
Numbers = dict[UUID, defaultdict[int, list[str]]]


class There(NamedTuple):
    """Whether any of the orders has one; none has before it was paid."""

    asked: bool
    waiting: bool
    changes: bool
    requests: bool


NONE = There(asked=False, waiting=False, changes=False, requests=False)


def with_orders(order_ids: Sequence[UUID], *, were_paid: bool = True) -> tuple[Found, ...]:
    """What is read with orders, or in the round trip after them, for `Read.of`; some of them may have been paid."""
    of = {"orders": list(order_ids)}
    there = (values_of(THERE, of),) if were_paid else ()
    return rows_and_more(OrderLine, LINES, of), values_of(PICTURES, of), *there


class Read(NamedTuple):
    """What was read with orders: the lines of each, pictures by product, and what else there is."""

    lines: Mapping[UUID, list[OrderLine]]
    cards: frozenset[UUID]
    at: datetime | None
    pictures: Mapping[int, Sequence[str]]
    there: There

    @classmethod
    def of(cls, found: Sequence[list[Any]]) -> Self:
        with_more, pictures, *there = found
        lines: defaultdict[UUID, list[OrderLine]] = defaultdict(list)
        for line, _more in with_more:
            lines[line.order_id].append(line)
        cards = frozenset(line.order_id for line, (is_card, _at) in with_more if is_card)
        # One time for all of them, and only where there are events.
        at = with_more[0][1][1] if first_start(line for line, _more in with_more) else None
        return cls(lines, cards, at, shelf.addressed(pictures), _there(*there))

    def has_cards(self, order: Order) -> bool:
        return order.pk in self.cards

    def is_numbered(self, order: Order) -> bool:
        return any(line.inventory == Inventory.NUMBERED for line in self.lines[order.pk])

    def may_have_asked(self, order: Order) -> bool:
        """Whether there may be a request for its refund, which is shown where it has to be asked for."""
        return self.there.asked and order.refunds(self.lines[order.pk], self.at) == RefundPolicy.ON_REQUEST


def _there(found: Rows | None = None) -> There:
    return There(*found[0]) if found else NONE


class Beside(NamedTuple):
    """What else there is of orders, of each part by the order's id."""

    discounts: Mapping[UUID, list[Shown]]
    numbers: Rows
    sold_cards: Sequence[GiftCard]
    card_uses: Mapping[UUID, list[Shown]]
    asked: Mapping[UUID, Shown]
    beside: Mapping[UUID, Shown]
    waiting: Mapping[UUID, Shown]
    changes: Mapping[UUID, list[Change]]
    requests: Mapping[UUID, list[Shown]]
    shipments: Mapping[UUID, list[Shown]]
    ready: Mapping[UUID, str]

    def of(self, order: Order) -> Shown:
        """What an order shows of it as it is."""
        pk = order.pk
        return {
            "refund_request": self.asked.get(pk),
            "discounts": self.discounts.get(pk, []),
            "ready_at": self.ready.get(pk),
            "change_requests": self.requests.get(pk, []),
            "shipments": self.shipments.get(pk, []),
            **self.beside[pk],
            "waiting": self.waiting.get(pk),
            "gift_cards": self.card_uses.get(pk, []),
        }


def shown_numbers(orders: Collection[Order], found: Beside, reader: int | None) -> Numbers:
    """The allocated numbers of orders that are paid, by order and product; codes count as seen if it is their customer.

    Codes of gift cards are for their customer alone; staff see the end of each.
    """
    numbers: Numbers = {order.pk: defaultdict(list) for order in orders}
    with_codes = set()
    for order_id, product_id, value, is_reusable in found.numbers:
        numbers[order_id][product_id].append(value)
        if not is_reusable:
            with_codes.add(order_id)
    own = {order.pk for order in orders if order.customer_id == reader}
    for card in found.sold_cards:
        assert card.line, "it was sold"
        code = card.code_shown if card.line.order_id in own else card.masked
        numbers[card.line.order_id][card.line.product_id].append(code)
        with_codes.add(card.line.order_id)
    for order in orders:
        if order.pk in with_codes and order.pk in own and not note_codes_shown(order):
            numbers[order.pk].clear()
    return numbers


def numbers_of(orders: Collection[Order]) -> Part[Rows]:
    return Part(list, (values_of(NUMBERS, _ids(orders)),), bool(orders))


def sold_cards_of(orders: Collection[Order]) -> Part[list[GiftCard]]:
    """The gift cards that these have sold."""
    return Part(list, (rows_with(GiftCard, "line", SOLD, _ids(orders)),), bool(orders))


def discounts_of(orders: Collection[Order]) -> Part[dict[UUID, list[Shown]]]:
    """What promotions took off each order."""

    def made(discounts: Sequence[OrderDiscount]) -> dict[UUID, list[Shown]]:
        found: defaultdict[UUID, list[Shown]] = defaultdict(list)
        for one in discounts:
            shown = of_discount(one, one.amount) | {"shipping_amount": money(one.shipping_amount)}
            found[one.order_id].append(shown)
        return found

    return Part(made, (rows_of(OrderDiscount, DISCOUNTS, _ids(orders)),), bool(orders))


def card_uses_of(orders: Collection[Order]) -> Part[dict[UUID, list[Shown]]]:
    """What each order takes of gift cards; nothing is asked where there are no orders."""

    def made(uses: Sequence[CardUse]) -> dict[UUID, list[Shown]]:
        found: defaultdict[UUID, list[Shown]] = defaultdict(list)
        for use in uses:
            found[use.order_id].append(_card_use(use))
        return found

    return Part(made, (rows_with(CardUse, "card", USES, [*_ids(orders), LIVE]),), bool(orders))


def _card_use(use: CardUse) -> Shown:
    return {
        "id": use.pk,
        "card": use.card.masked,
        "is_credit": use.card.is_credit,
        "amount": money(use.amount),
        "state": use.state,
    }


def asked_of(orders: Collection[Order]) -> Part[dict[UUID, Shown]]:
    """The latest request for a refund of each order that has one."""

    def made(asked: Sequence[RefundRequest]) -> dict[UUID, Shown]:
        return {one.order_id: _asked(one) for one in asked}

    return Part(made, (rows_of(RefundRequest, ASKED, _ids(orders)),), bool(orders))


def _asked(one: RefundRequest) -> Shown:
    return {
        "state": one.state,
        "asked_at": written(one.asked_at),
        "note": one.note,
        "decided_at": one.decided_at and written(one.decided_at),
        "answer": one.answer,
    }


def _ids(orders: Collection[Order]) -> list[list[UUID]]:
    return [[order.pk for order in orders]]
