"""Stripe's balance transactions in our words: what moved on the account, whatever caused it."""

from datetime import UTC, datetime
from decimal import Decimal

from orders.models import Payout
from orders.payments.providers.movements import Movement, MovementKind, PaidOut
from orders.payments.providers.stripe.events import Thing, from_wire

Kind = MovementKind
# By the type of the transaction. Disputes are adjustments, whose source is the dispute.
KINDS = {
    "charge": Kind.CAPTURED,
    "payment": Kind.CAPTURED,
    "refund": Kind.REFUNDED,
    "payment_refund": Kind.REFUNDED,
    "refund_failure": Kind.REFUND_FAILED,
    "payment_failure_refund": Kind.REFUND_FAILED,
    "stripe_fee": Kind.FEE,
    "stripe_fx_fee": Kind.FEE,
    "tax_fee": Kind.FEE,
    "network_cost": Kind.FEE,
    "payout": Kind.PAID_OUT,
    "payout_failure": Kind.PAID_OUT,
    "payout_cancel": Kind.PAID_OUT,
}
CHARGES = (Kind.CAPTURED,)
# What is neither is on its way.
STATES = {"paid": Payout.State.PAID, "failed": Payout.State.FAILED, "canceled": Payout.State.FAILED}
OF_CHARGES = (Kind.REFUNDED, Kind.REFUND_FAILED, Kind.DISPUTED, Kind.DISPUTE_RETURNED)


def movement_of(transaction: Thing) -> Movement:
    """A balance transaction, read with its source."""
    source = transaction.get("source") or {}
    thing: Thing = source if isinstance(source, dict) else {"id": source}
    kind, account = _kind_of(transaction, thing), transaction["currency"]
    amount, currency = thing.get("amount"), thing.get("currency")
    if not amount or not currency:
        amount, currency = transaction["amount"], account
    written: dict[str, str] = thing.get("metadata") or {}
    intent = thing.get("payment_intent") or ""
    return Movement(
        kind=kind,
        # The ledger calls a charge by its payment intent, as the session does.
        reference=(intent if kind in CHARGES else "") or thing.get("id") or transaction["id"],
        at=datetime.fromtimestamp(transaction["created"], UTC),
        amount=abs(from_wire(amount, currency)),
        currency=currency.upper(),
        net=from_wire(transaction["net"], account),
        fee=from_wire(transaction.get("fee") or 0, account) or Decimal(0),
        account_currency=account.upper(),
        charge=intent if kind in OF_CHARGES else "",
        token=written.get("token", ""),
        key=written.get("key", ""),
    )


def _kind_of(transaction: Thing, source: Thing) -> MovementKind:
    if source.get("object") == "dispute":
        return Kind.DISPUTED if transaction["amount"] < 0 else Kind.DISPUTE_RETURNED
    return KINDS.get(transaction["type"], Kind.OTHER)


def paid_out_of(payout: Thing, holds: tuple[Movement, ...] | None) -> PaidOut:
    """A payout, with what it holds."""
    return PaidOut(
        reference=payout["id"],
        at=datetime.fromtimestamp(payout["created"], UTC),
        amount=from_wire(payout["amount"], payout["currency"]),
        currency=payout["currency"].upper(),
        state=STATES.get(payout["status"], Payout.State.UNDER_WAY),
        holds=holds,
    )


def balance_of(balance: Thing) -> dict[str, Decimal]:
    """What the account holds by currency, available or pending."""
    held: dict[str, Decimal] = {}
    for part in (*balance["available"], *balance["pending"]):
        currency = part["currency"].upper()
        held[currency] = held.get(currency, Decimal(0)) + from_wire(part["amount"], currency)
    return held
