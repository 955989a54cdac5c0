"""Orders, money, mails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import mail, money, order, payment, price_table, shipping, webhook

__all__ = ["mail", "money", "order", "payment", "price_table", "shipping", "webhook"]
