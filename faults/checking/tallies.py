"""Counts what became of orders after they were placed, and what promotions and gift cards say of it, for the books."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from config.payments import BY_HAND as RECEIVED
from faults.checking.history import CardRow, LineRow, PromotionRow
from orders.models import (
    EXCHANGE,
    GIFT_CARD,
    CardUse,
    ChangeLine,
    Exchange,
    GiftCard,
    GiftCardEntry,
    LedgerEntry,
    OrderChange,
    OrderDiscount,
    OrderLine,
    Promotion,
    Shipment,
    WaitingChange,
)

Kind = OrderChange.Kind
Entry = GiftCardEntry.Kind
# A refund that paid for other pieces, or that staff gave in another way.
BY_HAND = "by hand "


def cents(amount: Decimal) -> int:
    return int(amount * 100)


class Afterwards:
    """By order, of these customers: the fields of an OrderRow that are about what came after placing."""

    def __init__(self, users: Mapping[int, int]) -> None:
        self._lines = _lines(users)
        self._changes, self._exchanges = _changes(users), _exchanges(users)
        self._differences = _differences(users)
        self._parcels = _counted(Shipment.objects.filter(order__customer__in=users))
        self._transfers = _transfers(users)
        self._sold, self._cards = _cards_sold(users)
        self._elsewhere = _elsewhere(users)

    def of(self, order_id: object) -> dict[str, Any]:
        return {
            "lines": self._lines[order_id],
            "changes": self._changes[order_id],
            "exchange": self._exchanges.get(order_id, ""),
            "difference": self._differences.get(order_id, ""),
            "parcels": self._parcels[order_id],
            "transfers": self._transfers[order_id],
            "cards_sold": self._sold[order_id],
            "cards": self._cards[order_id],
            "returned_elsewhere": self._elsewhere[order_id],
        }


# --- orders --------------------------------------------------------------------------------------------------------
def _lines(users: Mapping[int, int]) -> defaultdict[object, dict[str, LineRow]]:
    gone: defaultdict[tuple[int, str], int] = defaultdict(int)
    changed = ChangeLine.objects.filter(line__order__customer__in=users, change__undone_by=None)
    for line_id, kind, quantity in changed.values_list("line", "change__kind", "quantity"):
        gone[line_id, kind] += quantity
    found: defaultdict[object, dict[str, LineRow]] = defaultdict(dict)
    for line in OrderLine.objects.filter(order__customer__in=users):
        found[line.order_id][line.sku] = LineRow(
            ordered=line.quantity,
            sent=line.sent,
            canceled=gone[line.pk, Kind.CANCEL],
            returned=gone[line.pk, Kind.RETURN],
        )
    return found


def _changes(users: Mapping[int, int]) -> defaultdict[object, dict[str, int]]:
    found: defaultdict[object, dict[str, int]] = defaultdict(dict)
    rows = OrderChange.objects.filter(order__customer__in=users, undone_by=None).exclude(kind=Kind.UNDONE)
    for order_id, change_id, amount in rows.values_list("order", "pk", "amount"):
        found[order_id][str(change_id)] = cents(amount)
    return found


def _exchanges(users: Mapping[int, int]) -> dict[object, str]:
    """By the order of the new pieces: the change."""
    rows = Exchange.objects.filter(order__customer__in=users).values_list("order", "change")
    return {order_id: str(change_id) for order_id, change_id in rows}


def _differences(users: Mapping[int, int]) -> dict[object, str]:
    """By the order that pays it: the change that waits for its difference, or waited."""
    rows = WaitingChange.objects.filter(order__customer__in=users).values_list("supplement", "change_id")
    return {order_id: str(change_id) for order_id, change_id in rows}


def _counted(rows: QuerySet[Any]) -> defaultdict[object, int]:
    found: defaultdict[object, int] = defaultdict(int)
    for order_id in rows.values_list("order", flat=True):
        found[order_id] += 1
    return found


def _transfers(users: Mapping[int, int]) -> defaultdict[object, dict[str, int]]:
    found: defaultdict[object, dict[str, int]] = defaultdict(dict)
    rows = LedgerEntry.objects.filter(
        order__customer__in=users, payment__variant__in=RECEIVED, kind=LedgerEntry.Kind.CAPTURED
    )
    for order_id, reference in rows.values_list("order", "reference"):
        found[order_id][reference] = found[order_id].get(reference, 0) + 1
    return found


def _cards_sold(users: Mapping[int, int]) -> tuple[defaultdict[object, int], defaultdict[object, int]]:
    """Pieces of gift cards in orders that were paid once, and cards of them."""
    sold: defaultdict[object, int] = defaultdict(int)
    paid = OrderLine.objects.filter(order__customer__in=users, product__is_gift_card=True)
    for order_id, quantity in (
        paid.filter(order__history__to_status="paid").values_list("order", "quantity").distinct()
    ):
        sold[order_id] += quantity
    cards: defaultdict[object, int] = defaultdict(int)
    made = GiftCard.objects.filter(line__order__customer__in=users)
    for order_id in made.values_list("line__order", flat=True):
        cards[order_id] += 1
    return sold, cards


def _elsewhere(users: Mapping[int, int]) -> defaultdict[object, int]:
    """Returned on gift cards, or by paying for other pieces: no provider was asked."""
    found: defaultdict[object, int] = defaultdict(int)
    no_provider = Q(payment__variant__in=(GIFT_CARD, EXCHANGE)) | Q(reference__startswith=BY_HAND)
    rows = LedgerEntry.objects.filter(order__customer__in=users, kind=LedgerEntry.Kind.REFUNDED)
    for order_id, amount in rows.filter(no_provider).values_list("order", "amount"):
        found[order_id] += cents(amount)
    return found


# --- promotions and gift cards -------------------------------------------------------------------------------------
def promotions() -> dict[str, PromotionRow]:
    """All that have a code."""
    having: defaultdict[int, Counter[int]] = defaultdict(Counter)
    uses = OrderDiscount.objects.filter(given_back_at=None)
    for promotion_id, customer_id in uses.values_list("promotion", "order__customer"):
        having[promotion_id][customer_id] += 1
    return {
        one.code: PromotionRow(
            limit=one.limit,
            used=one.used,
            having=having[one.pk].total(),
            limit_each=one.limit_per_customer,
            most=max(having[one.pk].values(), default=0),
        )
        for one in Promotion.objects.exclude(code="")
    }


def gift_cards() -> dict[str, CardRow]:
    """All of the shop; a void one has lost what was on it."""
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    entries = GiftCardEntry.objects.order_by().values_list("card", "kind").annotate(Sum("amount"))
    for card_id, kind, amount in entries:
        sums[card_id, kind] = cents(amount)
    at_orders = _at_orders()
    return {
        f"{card.pk} {card.code[-4:]}": CardRow(
            balance=cents(card.balance),
            issued=sums[card.pk, Entry.ISSUED] + sums[card.pk, Entry.GIVEN] + sums[card.pk, Entry.VOIDED],
            taken=-sums[card.pk, Entry.TAKEN],
            returned=sums[card.pk, Entry.RELEASED] + sums[card.pk, Entry.RETURNED],
            at_orders=at_orders[card.pk],
        )
        for card in GiftCard.objects.all()
    }


def _at_orders() -> defaultdict[int, int]:
    """By card: what orders hold of it, or paid with it, less what their ledger says went back."""
    found: defaultdict[int, int] = defaultdict(int)
    for card_id, amount in CardUse.objects.filter(state__in=CardUse.LIVE).values_list("card", "amount"):
        found[card_id] += cents(amount)
    back = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REFUNDED, payment__card_use__isnull=False)
    for card_id, amount in back.values_list("payment__card_use__card", "amount"):
        found[card_id] -= cents(amount)
    return found
