"""Orders, money, emails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import (
    bank,
    dispute,
    email,
    invoice,
    mismatch,
    money,
    order,
    payment,
    price_table,
    reconciliation,
    refund_request,
    shipping,
    webhook,
)

__all__ = [
    "bank",
    "dispute",
    "email",
    "invoice",
    "mismatch",
    "money",
    "order",
    "payment",
    "price_table",
    "reconciliation",
    "refund_request",
    "shipping",
    "webhook",
]
