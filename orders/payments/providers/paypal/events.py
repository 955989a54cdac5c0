"""PayPal's words into ours: amounts, captures, refunds, and what its events mean."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.payments.providers.base import Notification, NotificationKind, ProviderRefund

Thing = dict[str, Any]

# Currencies that PayPal takes without decimals, though they may have some elsewhere.
WHOLE = frozenset({"HUF", "JPY", "TWD"})
FAILED = ("FAILED", "CANCELLED")
# Of money that came, also when some of it went back since.
CAME = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")

CAPTURE_EVENTS = {
    "PAYMENT.CAPTURE.COMPLETED": NotificationKind.CAPTURED,
    "PAYMENT.CAPTURE.PENDING": NotificationKind.AUTHORISED,
    "PAYMENT.CAPTURE.DENIED": NotificationKind.DECLINED,
    "PAYMENT.CAPTURE.DECLINED": NotificationKind.DECLINED,
}
# A reversal is money that PayPal took back for the customer. That its event looks like a refund's, and that refunds
# which fail later are told at all, is not written down in PayPal's specification.
REFUND_EVENTS = {
    "PAYMENT.CAPTURE.REFUNDED": NotificationKind.REFUNDED,
    "PAYMENT.CAPTURE.REVERSED": NotificationKind.REFUNDED,
    "PAYMENT.REFUND.FAILED": NotificationKind.REFUND_REFUSED,
}
DISPUTE_EVENTS = ("CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.UPDATED", "CUSTOMER.DISPUTE.RESOLVED")
# Outcomes in which the customer keeps the money at the shop's cost.
BUYERS = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")


def to_wire(amount: Decimal, currency: str) -> Thing:
    """The amount as PayPal writes it. Raises ValueError rather than round money."""
    digits = 0 if currency in WHOLE else 2
    value = round(amount, digits)
    if value != amount:
        raise ValueError(f"{amount} {currency} has more decimals than PayPal takes")
    return {"currency_code": currency, "value": f"{value:.{digits}f}"}


def from_wire(amount: Thing) -> Decimal:
    """An amount as PayPal writes it, in its own currency."""
    return Decimal(amount["value"])


def captures_of(order: Thing) -> Iterator[Thing]:
    """The captures of an order at PayPal."""
    yield from _payments_of(order, "captures")


def refunds_of(order: Thing, capture_id: str) -> list[ProviderRefund]:
    """The refunds of a capture as its order knows them, but those that failed."""
    refunds = [as_ours(one) for one in _payments_of(order, "refunds") if one["status"] not in FAILED]
    return [one for one in refunds if one.charge == capture_id]


def _payments_of(order: Thing, kind: str) -> Iterator[Thing]:
    for unit in order.get("purchase_units", []):
        paid: dict[str, list[Thing]] = unit.get("payments", {})
        yield from paid.get(kind, [])


def as_ours(refund: Thing) -> ProviderRefund:
    """A refund at PayPal in our words."""
    return ProviderRefund(
        reference=refund["id"],
        amount=from_wire(refund["amount"]),
        key=refund.get("custom_id", ""),
        is_done=refund["status"] == "COMPLETED",
        charge=above(refund, "captures"),
    )


def above(thing: Thing, kind: str) -> str:
    """The id of what a thing belongs to, an order or a capture: PayPal says it as a link alone."""
    for link in thing.get("links", []):
        path = str(link.get("href", "")).split("?")[0].split("/")
        if link.get("rel") == "up" and path[-2:-1] == [kind]:
            return path[-1]
    return ""


def order_of(capture: Thing) -> str:
    """The id of a capture's order."""
    related = capture.get("supplementary_data", {}).get("related_ids", {})
    return related.get("order_id") or above(capture, "orders")


def notification_of(event_id: str, event: Thing) -> Notification:
    """What an event means to the shop. Events of other applications on the account mean nothing."""
    kind, thing = event.get("event_type", ""), event.get("resource") or {}
    if kind == "CHECKOUT.ORDER.APPROVED":
        return _of_order(event_id, NotificationKind.AUTHORISED, thing, thing["id"])
    if kind == "CHECKOUT.PAYMENT-APPROVAL.REVERSED":
        return _of_order(event_id, NotificationKind.EXPIRED, thing, thing.get("order_id", ""))
    if kind in CAPTURE_EVENTS and thing.get("custom_id"):
        return of_capture(event_id, CAPTURE_EVENTS[kind], thing, order_of(thing))
    if kind in DISPUTE_EVENTS and thing.get("disputed_transactions"):
        return of_dispute(event_id, thing)
    if kind in REFUND_EVENTS and above(thing, "captures"):
        return of_refund(event_id, REFUND_EVENTS[kind], thing)
    return Notification(event_id, NotificationKind.OTHER)


def _of_order(event_id: str, kind: NotificationKind, order: Thing, order_id: str) -> Notification:
    unit = (order.get("purchase_units") or [{}])[0]
    token, amount = unit.get("custom_id", ""), unit.get("amount")
    if not token:
        return Notification(event_id, NotificationKind.OTHER)  # of another shop on the account
    money = {"amount": from_wire(amount), "currency": amount["currency_code"]} if amount else {}
    return Notification(event_id, kind, token=token, reference=order_id, **money)


def of_capture(
    event_id: str, kind: NotificationKind, capture: Thing, order_id: str, token: str = ""
) -> Notification:
    """What a capture says; where no money came it names the order, as our payment does."""
    return Notification(
        event_id=event_id,
        kind=kind,
        token=token or capture["custom_id"],
        amount=from_wire(capture["amount"]),
        currency=capture["amount"]["currency_code"],
        reference=capture["id"] if kind == NotificationKind.CAPTURED else order_id,
    )


def of_dispute(event_id: str, dispute: Thing) -> Notification:
    """How a dispute stands."""
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code", "")
    kind = NotificationKind.DISPUTED
    if dispute.get("status") == "RESOLVED":
        kind = NotificationKind.DISPUTE_LOST if outcome in BUYERS else NotificationKind.DISPUTE_WON
    due = dispute.get("seller_response_due_date")
    return Notification(
        event_id=event_id,
        kind=kind,
        amount=from_wire(dispute["dispute_amount"]),
        currency=dispute["dispute_amount"]["currency_code"],
        reference=dispute["dispute_id"],
        charge=dispute["disputed_transactions"][0]["seller_transaction_id"],
        note=dispute.get("reason") or "",
        due=str(int(datetime.fromisoformat(due).timestamp())) if due else "",
    )


def of_refund(event_id: str, kind: NotificationKind, refund: Thing) -> Notification:
    """What became of a refund."""
    status = refund.get("status", "")
    if kind == NotificationKind.REFUNDED and status == "PENDING":
        kind = NotificationKind.OTHER
    return Notification(
        event_id=event_id,
        kind=kind,
        amount=from_wire(refund["amount"]),
        currency=refund["amount"]["currency_code"],
        reference=refund["id"],
        key=refund.get("custom_id", ""),
        charge=above(refund, "captures"),
        note=status if kind == NotificationKind.REFUND_REFUSED else "",
    )
