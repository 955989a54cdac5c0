"""The currency that prices are meant in."""

from django.db import models
from django.db.models import Q


class PricesIn(models.Model):
    """The currency that every price and fee in this database is meant in: one row, once there was a start."""

    currency = models.CharField(max_length=3)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="catalog_pricesin_one_row")]

    def __str__(self) -> str:
        return self.currency
