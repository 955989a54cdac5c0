"""The catalog in Django admin. Stock and numbers change through catalog.inventory alone."""

from catalog.admin import numbers, products

__all__ = ["numbers", "products"]
