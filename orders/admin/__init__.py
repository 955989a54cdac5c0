"""Orders, money, emails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import audit, change_request, email, invoice, reports, webhook
from orders.admin.drafts import draft
from orders.admin.money import (
    bank,
    dispute,
    gift_card,
    ledger,
    mismatch,
    payment,
    payouts,
    provider_event,
    reconciliation,
    refund,
    refund_request,
)
from orders.admin.order import order
from orders.admin.pricing import price_table, promotion, shipping, tax

__all__ = [
    "audit",
    "bank",
    "change_request",
    "dispute",
    "draft",
    "email",
    "gift_card",
    "invoice",
    "ledger",
    "mismatch",
    "order",
    "payment",
    "payouts",
    "price_table",
    "promotion",
    "provider_event",
    "reconciliation",
    "refund",
    "refund_request",
    "reports",
    "shipping",
    "tax",
    "webhook",
]
