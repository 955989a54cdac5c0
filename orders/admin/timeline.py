"""What happened to an order, as one story: its statuses and its money, in the order of time."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.money import written
from orders.models import LedgerEntry, Order, StatusChange

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Happening:
    """`kind` is the status, or "money"; `who` is "" for the system."""

    at: datetime
    kind: str
    what: str
    who: str
    why: str


def timeline(order: Order) -> list[Happening]:
    """Status changes and movements of money, the latest first."""
    changes = [_status(order, change) for change in order.history.all()]
    movements = [_money(order, entry) for entry in order.ledger.all()]
    return sorted([*movements, *changes], key=lambda happening: happening.at, reverse=True)


def _status(order: Order, change: StatusChange) -> Happening:
    what = str(change.get_to_status_display())
    return Happening(change.at, change.to_status, what, _person(order, change.actor), change.why)


def _money(order: Order, entry: LedgerEntry) -> Happening:
    what = _("%(amount)s %(kind)s") % {
        "amount": written(entry.amount, order.currency),
        "kind": entry.get_kind_display(),
    }
    return Happening(entry.at, "money", what, _person(order, entry.actor), entry.note)


def _person(order: Order, actor: "User | None") -> str:
    if actor is None:
        return ""
    role = _("customer") if actor.pk == order.customer_id else _("staff")
    return f"{actor.get_full_name()} ({role})"
