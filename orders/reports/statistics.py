"""What the staff's first page draws: one statement for each figure, fast with a million orders.

It only reads. Days are the shop's (TIME_ZONE); amounts are in the shop's currency, orders in others are left out of sums.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalog.languages import local_text
from database.replica import may_be_old, reading
from orders.models import Order, OrderLine
from orders.status import NUMBERS_SHOWN, OrderStatus

DAYS = 30
BEST = 8
# Orders whose money is the shop's.
EARNED = NUMBERS_SHOWN


@dataclass(frozen=True)
class Day:
    """Orders placed on a day, how many of them are paid, and the total of these."""

    day: date
    orders: int = 0
    paid: int = 0
    revenue: Decimal = Decimal(0)


@dataclass(frozen=True)
class Wait:
    """Seconds from placing to Payment required, of the orders of a day: half of them, and 95 of 100, took no longer."""

    day: date
    median: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Seller:
    product_id: int
    name: str
    pieces: int


@may_be_old
def per_day() -> list[Day]:
    """Orders and revenue of the last 30 days, days without an order included."""
    ours = Q(status__in=EARNED, currency=settings.CURRENCY)
    rows = (
        Order.objects.filter(placed_at__gte=_first_moment())
        .annotate(day=TruncDate("placed_at"))
        .values("day")
        .annotate(
            orders=Count("*"),
            paid=Count("pk", filter=ours),
            revenue=Sum("total_amount", filter=ours, default=Decimal(0)),
        )
        .order_by()
    )
    found = {row["day"]: Day(**row) for row in rows}
    return [found.get(day) or Day(day) for day in _days()]


def by_status() -> dict[OrderStatus, int]:
    """How many orders are in each status now."""
    counted = dict(Order.objects.order_by().values_list("status").annotate(count=Count("*")))
    return {status: counted.get(status, 0) for status in OrderStatus}


# The first two rows of a history are read in the order of their index; an order's id begins with the time of its preview.
WAITS = """
SELECT (placed AT TIME ZONE %(zone)s)::date AS day,
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM asked - placed))
FROM (
    SELECT min(at) FILTER (WHERE sequence = 1) AS placed, min(at) FILTER (WHERE to_status = 'pay_required') AS asked
    FROM orders_statuschange WHERE order_id >= %(floor)s AND sequence <= 2
    GROUP BY order_id
) AS ways
WHERE placed >= %(since)s AND asked IS NOT NULL
GROUP BY day
"""


@may_be_old
def waits() -> list[Wait]:
    """How long orders waited to be confirmed, day by day; None where there was no order."""
    since = _first_moment()
    given: dict[str, str | UUID | datetime] = {
        "zone": settings.TIME_ZONE,
        "floor": _floor(since),
        "since": since,
    }
    with reading().cursor() as cursor:
        cursor.execute(WAITS, given)
        found = {day: Wait(day, *both) for day, both in cursor.fetchall()}
    return [found.get(day) or Wait(day) for day in _days()]


@may_be_old
def best_sellers() -> list[Seller]:
    """The products of which most pieces were sold in 30 days, in orders that are paid."""
    since = _first_moment()
    rows = (
        OrderLine.objects.filter(
            order_id__gte=_floor(since),
            order__id__gte=_floor(since),
            order__placed_at__gte=since,
            order__status__in=EARNED,
        )
        .values("product_id", product_name=local_text("product__name"))
        .annotate(pieces=Sum("quantity"))
        .order_by("-pieces", "product_id")
    )
    return [Seller(row["product_id"], row["product_name"], row["pieces"]) for row in rows[:BEST]]


def _days() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def _first_moment() -> datetime:
    """When the first of the days began."""
    first = _days()[0]
    return timezone.make_aware(datetime(first.year, first.month, first.day))  # noqa: DTZ001 made aware at once


def _floor(moment: datetime) -> UUID:
    """No order placed since then has a smaller id: it is a UUIDv7 of the preview, which is a day old at most."""
    milliseconds = int((moment - timedelta(days=1)).timestamp() * 1000)
    return UUID(int=milliseconds << 80)
