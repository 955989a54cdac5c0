"""What a product cost, and from when on. The database writes it (price_notes.py)."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Product
from catalog.prices import PriceField, PriceOrNull


class PriceChange(models.Model):
    """A product's price and sale from a moment on, until the next row."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="price_changes", db_index=False)
    price = PriceField(max_digits=12, decimal_places=2)
    sale_price = PriceOrNull(max_digits=12, decimal_places=2, null=True)
    sale_starts = models.DateTimeField(null=True)
    sale_ends = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ["product_id", "id"]
        indexes = [models.Index(fields=["product", "id"], name="catalog_pricechange_of_product")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.price}"
