"""Orders, payments, mails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import mail, order, payment, shipping

__all__ = ["mail", "order", "payment", "shipping"]
