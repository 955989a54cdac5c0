"""Orders, money, emails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import (
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
    tax,
    webhook,
)

__all__ = [
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
    "tax",
    "webhook",
]
