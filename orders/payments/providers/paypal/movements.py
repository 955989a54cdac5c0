"""PayPal's transactions in our words: what moved on the account, whatever caused it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orders.payments.providers.movements import Movement, MovementKind

Thing = dict[str, Any]
Kind = MovementKind
# PayPal answers for so much at once.
MAX_DAYS = timedelta(days=31)
PAGE_SIZE = 500
# By the beginning of the transaction's event code; the longest that fits counts. What comes in is a payment.
KINDS = {
    "T00": Kind.CAPTURED,
    "T1107": Kind.REFUNDED,
    "T1106": Kind.DISPUTED,
    "T1110": Kind.DISPUTED,
    "T1201": Kind.DISPUTED,
    "T1111": Kind.DISPUTE_RETURNED,
    "T1202": Kind.DISPUTE_RETURNED,
    "T01": Kind.FEE,
    "T1108": Kind.FEE,
    "T1109": Kind.FEE,
    "T04": Kind.PAID_OUT,
}
OF_CHARGES = (Kind.REFUNDED, Kind.DISPUTED, Kind.DISPUTE_RETURNED)
# Denied and pending transactions moved nothing.
DONE = ("S", "V")


def pieces(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time in pieces that PayPal answers for."""
    while since < until:
        end = min(since + MAX_DAYS, until)
        yield since, end
        since = end


def movement_of(detail: Thing) -> Movement | None:
    """A transaction of the list; None if it moved nothing."""
    info: Thing = detail["transaction_info"]
    if info.get("transaction_status") not in DONE:
        return None
    kind, amount = _kind_of(info), Decimal(info["transaction_amount"]["value"])
    fee = Decimal((info.get("fee_amount") or {}).get("value", "0"))
    written = info.get("custom_field") or ""
    currency = info["transaction_amount"]["currency_code"]
    return Movement(
        kind=kind,
        reference=info["transaction_id"],
        at=datetime.fromisoformat(info["transaction_initiation_date"]).astimezone(UTC),
        amount=abs(amount),
        currency=currency,
        net=amount + fee,
        fee=-fee,
        account_currency=currency,
        charge=(info.get("paypal_reference_id") or "") if kind in OF_CHARGES else "",
        token=written if kind == Kind.CAPTURED else "",
        key=written if kind == Kind.REFUNDED else "",
    )


def _kind_of(info: Thing) -> MovementKind:
    code, amount = info.get("transaction_event_code") or "", Decimal(info["transaction_amount"]["value"])
    kind = next((KINDS[code[:length]] for length in (5, 3) if code[:length] in KINDS), Kind.OTHER)
    # Money that the shop itself sends is called a payment too.
    return Kind.OTHER if kind == Kind.CAPTURED and amount < 0 else kind
