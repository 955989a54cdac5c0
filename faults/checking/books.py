"""Reads what the database holds when a run is over, as the checker wants it."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import accumulate

from django.db.models import Max, Q, QuerySet, Sum

from bulk.models import ImportJob
from catalog.models import Number, Product, StockMovement
from config.runtime.environment import PROJECT
from faults.checking import tallies
from faults.checking.history import Books, Event, OrderRow, StockRow
from faults.checking.tallies import cents
from orders.actions.changes.waiting import stale
from orders.events import cursors, payloads
from orders.models import (
    BACK_BY_HAND,
    Allocation,
    ChangeLine,
    Email,
    EmailKind,
    FeedEntry,
    LedgerEntry,
    Order,
    OrderLine,
    Payment,
    ProviderEvent,
    Refund,
    StatusChange,
    WebhookDelivery,
)
from orders.status import GIVEN_UP, HOLDING, OrderStatus

Kind = LedgerEntry.Kind
AUDIT_SECONDS = 600
# How the rig's deliveries of goods are called.
DELIVERY = "faults delivery"


def read(
    clients: Mapping[int, int],
    products: Iterable[Product],
    since: datetime | None = None,
    guests: Mapping[int, int] | None = None,
) -> Books:
    """What belongs to these clients (user id -> client) and products; the audit and what waits are the whole shop's.

    Of emails those that were sent `since` then; of guests, to whom nobody listens, their orders.
    """
    return Books(
        orders=_orders({**clients, **(guests or {})}),
        stock=_stock(products),
        numbers=_numbers(products),
        promotions=tallies.promotions(),
        gift_cards=tallies.gift_cards(),
        feed=_feed(clients),
        waiting=waiting(),
        sent=_sent(since),
        audit=_audit(),
    )


def waiting() -> int:
    """Events without a position, or that receivers wait for, provider's words, parts that are to go back, and tables.

    And orders for changes that can't be made any more, which the sweep cancels.
    """
    unplaced = FeedEntry.objects.filter(position__isnull=True).count()
    asked = Refund.objects.filter(state=Refund.State.ASKED, cause=Refund.Cause.CHANGE)
    owed = asked.exclude(payment__variant__in=BACK_BY_HAND).count()
    owed += ImportJob.objects.filter(next_attempt_at__isnull=False).count()
    owed += WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING).count() + len(stale())
    return unplaced + ProviderEvent.objects.filter(acted_at__isnull=True).count() + owed


def _sent(since: datetime | None) -> list[str]:
    """Message-IDs of what was sent by itself: the first email of an order may go along with the second."""
    if since is None:
        return []
    sent = Email.objects.filter(sent_at__gte=since).exclude(kind=EmailKind.PLACED)
    return list(sent.values_list("message_id", flat=True))


def is_at_rest() -> bool:
    """Whether nobody waits for the shop."""
    under_way = Q(status__in=(OrderStatus.PENDING, OrderStatus.REFUND))
    return not Order.objects.filter(under_way).exists() and not waiting()


# --- orders --------------------------------------------------------------------------------------------------------
def _orders(clients: Mapping[int, int]) -> dict[str, OrderRow]:
    items: defaultdict[object, dict[str, int]] = defaultdict(dict)
    lines = OrderLine.objects.filter(order__customer__in=clients)
    for order_id, sku, quantity in lines.values_list("order", "sku", "quantity"):
        items[order_id][sku] = quantity
    history: defaultdict[object, list[StatusChange]] = defaultdict(list)
    for change in StatusChange.objects.filter(order__customer__in=clients).order_by("order_id", "sequence"):
        history[change.order_id].append(change)
    money, provider, afterwards = _money(clients), _provider(clients), tallies.Afterwards(clients)
    return {
        str(order.pk): OrderRow(
            client=clients[order.customer_id],
            statuses=[change.to_status for change in history[order.pk]],
            items=items[order.pk],
            total=f"{order.items_total:.2f}",
            due=cents(order.total_amount),
            captured=money[order.pk][0],
            returned=money[order.pk][1],
            provider_returned=provider[order.pk],
            placed_at=order.placed_at.timestamp(),
            confirmed_at=next((one.at.timestamp() for one in history[order.pk] if one.sequence == 2), None),
            house=str((order.address_snapshot or {}).get("line1", "")),
            **afterwards.of(order.pk),
        )
        for order in Order.objects.filter(customer__in=clients)
    }


def _money(clients: Mapping[int, int]) -> defaultdict[object, list[int]]:
    """By order: what was captured and what was returned, in cents."""
    money: defaultdict[object, list[int]] = defaultdict(lambda: [0, 0])
    signs = {Kind.CAPTURED: (0, 1), Kind.REFUNDED: (1, 1), Kind.REFUND_FAILED: (1, -1)}
    ledger = LedgerEntry.objects.filter(order__customer__in=clients)
    for order_id, kind, amount in ledger.values_list("order", "kind", "amount"):
        if kind in signs:
            place, sign = signs[Kind(kind)]
            money[order_id][place] += sign * cents(amount)
    return money


def _provider(clients: Mapping[int, int]) -> defaultdict[object, int]:
    """By order: what the demo's provider remembers to have returned, in cents."""
    returned: defaultdict[object, int] = defaultdict(int)
    payments = Payment.objects.filter(order__customer__in=clients)
    for order_id, remembered in payments.values_list("order", "extra_data"):
        refunds = json.loads(remembered or "{}").get("refunds", {})
        returned[order_id] += sum(cents(Decimal(amount)) for amount in refunds.values())
    return returned


# --- stock ---------------------------------------------------------------------------------------------------------
def _stock(products: Iterable[Product]) -> dict[str, StockRow]:
    return {
        product.sku: _numbered(product) if product.is_numbered else _counted(product) for product in products
    }


def _counted(product: Product) -> StockRow:
    """Movements are written under the product's lock, so their sums are what was free at each moment."""
    movements = list(
        StockMovement.objects.filter(product=product).order_by("pk").values_list("kind", "quantity", "reason")
    )
    lines = OrderLine.objects.filter(product=product).exclude(order__status__in=GIVEN_UP)
    return StockRow(
        there=sum(quantity for kind, quantity, _reason in movements if kind == StockMovement.Kind.RECEIVED),
        held=_held(lines),
        fewest=min(accumulate(quantity for _kind, quantity, _reason in movements), default=0),
        received=Counter(reason for _kind, _quantity, reason in movements if reason.startswith(DELIVERY)),
    )


def _numbered(product: Product) -> StockRow:
    """An order holds numbers from its confirmation on."""
    lines = OrderLine.objects.filter(product=product, order__status__in=HOLDING)
    return StockRow(
        there=Number.objects.filter(product=product).count(),
        held=_held(lines),
    )


def _held(lines: QuerySet[OrderLine]) -> int:
    """What they were bought with, less what changes have put back."""
    back = ChangeLine.objects.filter(line__in=lines, restocked=True, change__undone_by=None)
    return sum(lines.values_list("quantity", flat=True)) - (back.aggregate(sum=Sum("quantity"))["sum"] or 0)


def _numbers(products: Iterable[Product]) -> dict[str, list[str]]:
    holders: defaultdict[str, list[str]] = defaultdict(list)
    held = Allocation.objects.filter(line__product__in=list(products))
    for number, order_id in held.values_list("number__value", "line__order"):
        holders[number].append(str(order_id))
    return holders


# --- events and audit ----------------------------------------------------------------------------------------------
def _feed(clients: Mapping[int, int]) -> dict[int, list[Event]]:
    events: dict[int, list[Event]] = {client: [] for client in clients.values()}
    rows = FeedEntry.objects.filter(customer__in=clients, position__isnull=False).order_by("position")
    for entry in rows.select_related("change", "money"):
        event = (cursors.cursor_of(entry.position or 0), str(entry.order_id), payloads.type_of(entry))
        events[clients[entry.customer_id]].append(event)
    return events


def last_position(user_id: int) -> int:
    """The position of the newest event about a user's orders; 0 if there is none."""
    return FeedEntry.objects.filter(customer=user_id).aggregate(last=Max("position"))["last"] or 0


def _audit() -> list[str]:
    """What `manage.py audit` finds."""
    done = subprocess.run(
        [sys.executable, "manage.py", "audit"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=AUDIT_SECONDS,
    )
    return (done.stdout.splitlines() or [done.stderr[-500:]]) if done.returncode else []
