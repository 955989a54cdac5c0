"""The chains of orders' rows, of gift cards and of stock: those that carry no hash yet are linked, in pieces."""

from typing import Any

from django.db import connection, transaction

from catalog.models import MOVEMENTS, StockMovement
from chains import Chain, allow, protection_of
from orders.models import GiftCardEntry, Invoice, LedgerEntry, StatusChange
from orders.models.history import HISTORY, held_by
from orders.models.invoice import PAPERS
from orders.models.money.gift_card import CARD_ENTRIES
from orders.models.money.payment import LEDGER
from orders.status import HOLDING

# The numbers that orders hold which were confirmed before there were chains.
HELD = f"""
UPDATE orders_statuschange s SET held = {held_by("s.order_id")} FROM orders_order o
WHERE o.id = s.order_id AND o.id = ANY(%(orders)s) AND o.status = ANY(%(holding)s)
    AND s.from_status = 'pending' AND s.to_status = 'pay_required' AND s.hash IS NULL
"""  # noqa: S608 an expression of our own
CHAINS: tuple[tuple[Chain, Any], ...] = (
    (HISTORY, StatusChange),
    (LEDGER, LedgerEntry),
    (PAPERS, Invoice),
    (MOVEMENTS, StockMovement),
    (CARD_ENTRIES, GiftCardEntry),
)


def link_all() -> dict[str, int]:
    """Link all rows that carry no hash, a piece at a time, while the shop goes on; how many there were of each table.

    They are from before there were chains, or a host of the version before wrote them during an upgrade.
    """
    return {
        chain.table: chain.link(protection_of(model), fill=_fill_held if chain is HISTORY else None)
        for chain, model in CHAINS
    }


@transaction.atomic
def _fill_held(order_ids: list[Any]) -> None:
    with connection.cursor() as cursor:
        allow(cursor, protection_of(StatusChange))
        holding = [str(status) for status in HOLDING]
        cursor.execute(HELD, {"orders": order_ids, "holding": holding})
