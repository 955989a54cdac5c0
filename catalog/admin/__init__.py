"""The catalog in Django admin. Stock and numbers change through catalog.inventory alone."""

from catalog.admin import categories, groups, numbers, products

__all__ = ["categories", "groups", "numbers", "products"]
