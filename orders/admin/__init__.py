"""Orders, money, mails and shipping in Django admin: a door like the others, so no rule lives here."""

from orders.admin import dispute, mail, money, order, payment, price_table, shipping, webhook

__all__ = ["dispute", "mail", "money", "order", "payment", "price_table", "shipping", "webhook"]
