"""What the providers have of each order, in cents, by their own things and not by any list that the shop reads."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from faults.checking.tallies import cents
from faults.providers.chaos import ChaoticPayPal, ChaoticStripe
from orders.models import LedgerEntry, OrderChange, Payment

CAME = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")


@dataclass
class Money:
    """Of one order at all providers; `given` is what went back by hand or in a dispute, and pays nothing any more."""

    captured: int = 0
    returned: int = 0
    given: int = 0
    charges: int = 0


def money(stripe: ChaoticStripe, at_paypal: ChaoticPayPal) -> defaultdict[str, Money]:
    """By order."""
    orders = {token: str(order) for token, order in Payment.objects.values_list("token", "order")}
    found: defaultdict[str, Money] = defaultdict(Money)
    for session in stripe.sessions.values():
        if session["payment_status"] == "paid":
            mine = [one for one in stripe.refunds if one["payment_intent"] == session["payment_intent"]]
            done = [one for one in mine if one["status"] == "succeeded"]
            count(
                found[orders[session["metadata"]["token"]]],
                charge=session["amount_total"],
                refunds=[(one["amount"], not one["metadata"].get("key")) for one in done],
                is_lost=session["payment_intent"] in stripe.disputed,
            )
    for order in at_paypal.orders.values():
        unit = order["purchase_units"][0]
        made = unit.get("payments", {"captures": [], "refunds": []})
        for capture in made["captures"]:
            if capture["status"] in CAME:
                done = [one for one in made["refunds"] if one["status"] == "COMPLETED"]
                count(
                    found[orders[unit["custom_id"]]],
                    charge=_cents(capture),
                    refunds=[(_cents(one), not one.get("custom_id")) for one in done],
                    is_lost=capture["id"] in at_paypal.disputed,
                )
    return found


def _cents(thing: dict[str, Any]) -> int:
    return cents(Decimal(thing["amount"]["value"]))


def count(money: Money, *, charge: int, refunds: list[tuple[int, bool]], is_lost: bool) -> None:
    """Count a charge in, with its refunds (cents, and whether it was made by hand) and whether it was lost in a dispute."""
    lost = charge if is_lost else 0
    money.charges += 1
    money.captured += charge
    money.returned += sum(amount for amount, _by_hand in refunds) + lost
    money.given += sum(amount for amount, by_hand in refunds if by_hand) + lost


def settled() -> defaultdict[UUID, int]:
    """By order: what staff returned in another way, which no provider knows."""
    found: defaultdict[UUID, int] = defaultdict(int)
    rows = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REFUNDED, reference__startswith="by hand ")
    for order_id, amount in rows.values_list("order", "amount"):
        found[order_id] += cents(amount)
    return found


def given_by_staff() -> defaultdict[UUID, int]:
    """By order: what changes by staff give back, which is done by now; what was returned at a provider is not theirs."""
    found: defaultdict[UUID, int] = defaultdict(int)
    rows = OrderChange.objects.exclude(kind=OrderChange.Kind.AT_PROVIDER).filter(undone_by=None)
    for order_id, amount in rows.values_list("order", "amount"):
        found[order_id] += cents(amount)
    return found
