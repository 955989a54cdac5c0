"""Orders, money, emails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import (
    bank,
    change_request,
    dispute,
    email,
    invoice,
    mismatch,
    money,
    order,
    payment,
    price_table,
    promotion,
    reconciliation,
    refund_request,
    shipping,
    tax,
    webhook,
)

__all__ = [
    "bank",
    "change_request",
    "dispute",
    "email",
    "invoice",
    "mismatch",
    "money",
    "order",
    "payment",
    "price_table",
    "promotion",
    "reconciliation",
    "refund_request",
    "shipping",
    "tax",
    "webhook",
]
