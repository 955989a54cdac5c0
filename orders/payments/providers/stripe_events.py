"""Stripe's words into ours: amounts, refunds, and what its events mean."""

from decimal import Decimal
from typing import Any

from orders.payments.providers.base import Notification, NotificationKind, ProviderRefund

Thing = dict[str, Any]

# Currencies whose amounts Stripe takes in whole units. ISK and UGX have no decimals either, and go as hundredths.
WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
FAILED = ("failed", "canceled")

SESSION_KINDS = {
    "checkout.session.completed": NotificationKind.CAPTURED,
    "checkout.session.async_payment_succeeded": NotificationKind.CAPTURED,
    "checkout.session.async_payment_failed": NotificationKind.DECLINED,
    "checkout.session.expired": NotificationKind.EXPIRED,
}
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")


def _decimals(currency: str) -> int:
    code = currency.upper()
    if code in WHOLE:
        return 0
    return 3 if code in THOUSANDTHS else 2


def to_wire(amount: Decimal, currency: str) -> int:
    """The amount as Stripe counts it. Raises ValueError rather than round money."""
    wire = amount.scaleb(_decimals(currency))
    if wire != wire.to_integral_value():
        raise ValueError(f"{amount} {currency} has more decimals than the currency")
    return int(wire)


def from_wire(amount: int, currency: str) -> Decimal:
    """An amount of Stripe's in the currency's own unit."""
    return Decimal(amount).scaleb(-_decimals(currency))


def as_ours(refund: Thing) -> ProviderRefund:
    """A refund at Stripe in our words."""
    return ProviderRefund(
        reference=refund["id"],
        amount=from_wire(refund["amount"], refund["currency"]),
        key=_ours(refund, "key"),
        is_done=refund["status"] == "succeeded",
        charge=refund.get("payment_intent") or "",
    )


def _ours(thing: Thing, name: str) -> str:
    """What we wrote on a session or a refund; empty on those of others, and on refunds made by hand at Stripe."""
    written: dict[str, str] = thing.get("metadata") or {}
    return written.get(name, "")


def notification_of(event_id: str, event: Thing) -> Notification:
    """What an event means to the shop. Events of other applications on the account, and thin ones, mean nothing."""
    thing = (event.get("data") or {}).get("object") or {}
    token, kind = _ours(thing, "token"), event["type"]
    if token and kind in SESSION_KINDS:
        return _of_session(event_id, SESSION_KINDS[kind], thing, token)
    if kind in REFUND_EVENTS and (token or thing.get("payment_intent")):
        return _of_refund(event_id, thing, token)
    return Notification(event_id, NotificationKind.OTHER, token=token)


def payment_in(session: Thing, token: str) -> Notification | None:
    """What was paid in a session, as an event of it would tell; None as long as nothing was."""
    if session["payment_status"] != "paid":
        return None
    event_id = f"{NotificationKind.CAPTURED} {session['payment_intent']}"
    return _of_session(event_id, NotificationKind.CAPTURED, session, token)


def _of_session(event_id: str, kind: NotificationKind, session: Thing, token: str) -> Notification:
    is_captured = kind == NotificationKind.CAPTURED
    if is_captured and session["payment_status"] != "paid":
        kind = NotificationKind.AUTHORISED  # the bank takes its time; another event will tell
    return Notification(
        event_id=event_id,
        kind=kind,
        token=token,
        amount=from_wire(session["amount_total"], session["currency"]),
        currency=session["currency"].upper(),
        reference=(is_captured and session["payment_intent"]) or session["id"],
    )


def _of_refund(event_id: str, refund: Thing, token: str) -> Notification:
    kind = NotificationKind.OTHER
    if refund["status"] == "succeeded":
        kind = NotificationKind.REFUNDED
    elif refund["status"] in FAILED:
        kind = NotificationKind.REFUND_REFUSED
    return Notification(
        event_id=event_id,
        kind=kind,
        token=token,
        amount=from_wire(refund["amount"], refund["currency"]),
        currency=refund["currency"].upper(),
        reference=refund["id"],
        key=_ours(refund, "key"),
        charge=refund.get("payment_intent") or "",
        note=(refund.get("failure_reason") or refund["status"])
        if kind == NotificationKind.REFUND_REFUSED
        else "",
    )
