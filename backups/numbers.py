"""After a loss: what was given out since the backup was made is in customers' hands, and must not be given out again.

How much that is nobody knows any more. So every sequence goes on further ahead, and each series of papers leaves out as
many numbers as a busy week has; the gap is noted, with its reason, where the audit and an auditor find it.
"""

from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from orders.models import Invoice, InvoiceCounter, InvoiceGap, InvoiceKind, Order

WEEK = timedelta(days=7)
FEWEST_ORDERS, FEWEST_PAPERS = 1000, 100
# Of ids, which nobody counts: at providers they are part of names that must never be used for something else.
IDS = 1_000_000
ORDER_NUMBERS = "orders_order_number_seq"
SEQUENCES = """
SELECT sequencename, coalesce(last_value, start_value) FROM pg_sequences WHERE schemaname = current_schema()
"""
REASON = "restored from a backup of {as_of:%Y-%m-%d %H:%M} UTC: numbers given out since then are not known"


@transaction.atomic
def leave_out(as_of: datetime) -> list[str]:
    """Go on behind all that may have been given out since that moment; a line for each number that people see."""
    placed = Order.objects.filter(placed_at__gt=as_of - WEEK).count()
    said = [_sequences(max(FEWEST_ORDERS, placed))]
    return said + [_papers(kind, as_of) for kind in InvoiceKind]


def _sequences(orders: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        for name, last in cursor.fetchall():
            ahead = orders if name == ORDER_NUMBERS else IDS
            cursor.execute("SELECT setval(%s, %s)", [name, last + ahead])
    return f"order numbers: {orders} are left out"


def _papers(kind: InvoiceKind, as_of: datetime) -> str:
    first = settings.INVOICE_FIRST_NUMBERS[kind.value]
    counter, _made = InvoiceCounter.objects.select_for_update().get_or_create(
        kind=kind, defaults={"first": first, "last": first - 1}
    )
    issued = Invoice.objects.filter(kind=kind, issued_at__gt=as_of - WEEK).count()
    last, until = counter.last, counter.last + max(FEWEST_PAPERS, issued)
    with pgtrigger.ignore("orders.InvoiceCounter:counts_on_by_one"):
        InvoiceCounter.objects.filter(kind=kind).update(last=until)
    _note_gap(kind, last, until, REASON.format(as_of=as_of))
    return f"{kind.label}: {last + 1} to {until} are left out"


def _note_gap(kind: InvoiceKind, last: int, until: int, reason: str) -> None:
    """A gap that nothing was issued after grows."""
    if not InvoiceGap.objects.filter(kind=kind, until=last).update(
        until=until, reason=reason, at=timezone.now()
    ):
        InvoiceGap.objects.create(kind=kind, after=last, until=until, reason=reason)
