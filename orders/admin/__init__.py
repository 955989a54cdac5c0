"""Orders, money and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import money, order, payment, shipping

__all__ = ["money", "order", "payment", "shipping"]
