"""Payments, what providers told of them, refunds, and the ledger that explains it all."""

from django.conf import settings

from demo.fill.insertion import insert
from orders.models import LedgerEntry, Payment, ProviderEvent, Refund

PAID = """
fill_payments p JOIN fill_orders o USING (n) JOIN orders_order whole ON whole.id = o.id
JOIN fill_people c ON c.n = o.customer
JOIN fill_history h ON h.n = p.n AND h.step = 'pay'
"""
ASKED = f"{PAID} JOIN fill_history asked ON asked.n = p.n AND asked.step = 'ask_refund'"


def take() -> None:
    _insert_payments()
    _insert_events()
    row = {"order_id": "o.id", "payment_id": "p.id", "amount": "whole.total_amount"}
    insert(
        LedgerEntry,
        f"{PAID} ORDER BY o.n",
        id="p.capture_id",
        kind="'captured'",
        reference="concat('charge ', p.token)",
        at="h.at",
        **row,
    )
    row |= {"at": "asked.at", "reference": "concat(p.token, '-refund-1')"}
    insert(LedgerEntry, f"{ASKED} ORDER BY o.n", kind="'refund_asked'", **row)
    # A refund that is open waits for staff, so that no worker asks a provider for money that was never there.
    insert(
        LedgerEntry,
        f"{ASKED} WHERE NOT p.is_back ORDER BY o.n",
        kind="'refused'",
        note="'card closed'",
        **row,
    )
    insert(LedgerEntry, f"{ASKED} WHERE p.is_back ORDER BY o.n", kind="'refunded'", **row)
    insert(
        Refund,
        f"{ASKED} ORDER BY o.n",
        payment_id="p.id",
        capture_id="p.capture_id",
        attempt="1",
        cause="'order'",
        amount="whole.total_amount",
        state="CASE WHEN p.is_back THEN 'done' ELSE 'refused' END",
        answer="CASE WHEN p.is_back THEN concat(p.token, '-refund-1') ELSE 'card closed' END",
        attempts="1",
        asked_at="asked.at",
        next_attempt_at="NULL::timestamptz",
    )


def _insert_payments() -> None:
    insert(
        Payment,
        f"{PAID} ORDER BY o.n",
        {"variant": settings.PAYMENT_VARIANT},
        id="p.id",
        order_id="o.id",
        variant="%(variant)s",
        status="CASE WHEN p.is_back THEN 'refunded' ELSE 'confirmed' END",
        created="h.at",
        modified="h.at",
        currency="whole.currency",
        total="whole.total_amount",
        captured_amount="CASE WHEN p.is_back THEN 0 ELSE whole.total_amount END",
        billing_email="c.email",
        token="p.token",
    )


def _insert_events() -> None:
    """The captures, as the provider told them."""
    insert(
        ProviderEvent,
        f"{PAID} ORDER BY o.n",
        {"variant": settings.PAYMENT_VARIANT},
        variant="%(variant)s",
        event_id="concat('filled-', p.token)",
        news="jsonb_build_object('event_id', concat('filled-', p.token), 'kind', 'captured', 'token', p.token, "
        "'amount', whole.total_amount::text, 'currency', whole.currency, 'reference', concat('charge ', p.token), "
        "'key', '', 'note', '')",
        received_at="h.at",
        acted_at="h.at",
        attempts="1",
        next_attempt_at="NULL::timestamptz",
    )
