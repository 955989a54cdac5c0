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
# States of a payment intent in which nothing comes any more unless the customer begins anew.
UNPAID = ("requires_payment_method", "canceled")

SESSION_KINDS = {
    "checkout.session.completed": NotificationKind.CAPTURED,
    "checkout.session.async_payment_succeeded": NotificationKind.CAPTURED,
    "checkout.session.async_payment_failed": NotificationKind.DECLINED,
    "checkout.session.expired": NotificationKind.EXPIRED,
}
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
DISPUTE_EVENTS = "charge.dispute."
# The statuses of disputes that are closed; with the others evidence is still wanted, or looked at.
DISPUTE_ENDS = {
    "won": NotificationKind.DISPUTE_WON,
    "warning_closed": NotificationKind.DISPUTE_WON,
    "prevented": NotificationKind.DISPUTE_WON,
    "lost": NotificationKind.DISPUTE_LOST,
}


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
        needs_action=refund["status"] == "requires_action",
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
    if kind.startswith(DISPUTE_EVENTS) and thing.get("payment_intent"):
        return of_dispute(event_id, thing)
    if kind == "charge.refunded" and thing.get("payment_intent"):
        # What endpoints of versions before 2024-10-28 get in place of refund.created.
        return Notification(event_id, NotificationKind.REFUNDS_CHANGED, charge=thing["payment_intent"])
    if kind in REFUND_EVENTS and (token or thing.get("payment_intent")):
        return _of_refund(event_id, thing, token)
    return Notification(event_id, NotificationKind.OTHER, token=token)


def outcome_of(session: Thing, token: str) -> Notification | None:
    """What became of a session that was read with its payment intent, as an event would tell; None as long as it is open."""
    intent: Thing = session["payment_intent"] or {}
    session = session | {"payment_intent": intent.get("id")}
    if session["payment_status"] == "paid":
        return _of_session(
            f"{NotificationKind.CAPTURED} {intent['id']}", NotificationKind.CAPTURED, session, token
        )
    if session["status"] == "expired":
        kind = NotificationKind.EXPIRED
    elif session["status"] == "complete":
        # A payment that takes days: under way, or come to nothing.
        kind = NotificationKind.DECLINED if intent.get("status") in UNPAID else NotificationKind.AUTHORISED
    else:
        return None
    return _of_session(f"{kind} {session['id']}", kind, session, token)


def _of_session(event_id: str, kind: NotificationKind, session: Thing, token: str) -> Notification:
    if kind == NotificationKind.CAPTURED and session["payment_status"] != "paid":
        kind = NotificationKind.AUTHORISED  # the bank takes its time; another event will tell
    has_charge = kind in (NotificationKind.CAPTURED, NotificationKind.AUTHORISED)
    return Notification(
        event_id=event_id,
        kind=kind,
        token=token,
        amount=from_wire(session["amount_total"], session["currency"]),
        currency=session["currency"].upper(),
        reference=(has_charge and session["payment_intent"]) or session["id"],
    )


def of_dispute(event_id: str, dispute: Thing) -> Notification:
    """How a dispute stands."""
    currency, moved = dispute["currency"], dispute.get("balance_transactions") or []
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return Notification(
        event_id=event_id,
        kind=DISPUTE_ENDS.get(dispute["status"], NotificationKind.DISPUTED),
        amount=from_wire(dispute["amount"], currency),
        currency=currency.upper(),
        reference=dispute["id"],
        charge=dispute["payment_intent"],
        note=dispute.get("reason") or "",
        fee=from_wire(sum(one["fee"] for one in moved), currency) if moved else None,
        due=str(int(due)) if due else "",
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
