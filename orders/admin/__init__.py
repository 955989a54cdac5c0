"""Orders, payments and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import order, payment, shipping

__all__ = ["order", "payment", "shipping"]
