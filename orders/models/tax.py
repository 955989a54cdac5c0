"""How much tax is in prices: the rates of each class, by place and day."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from orders.models.fields import Percent


class TaxRate(models.Model):
    """A rate of a class in a country (ISO 3166-1, two letters), in one region of it, or everywhere else.

    A region wins over its country, and that over everywhere else. Of several of one place, the one that began last counts.
    """

    tax_class = models.ForeignKey(TaxClass, models.CASCADE, related_name="rates", verbose_name=_("tax class"))
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Empty: everywhere else."))
    region = models.CharField(
        _("region or state"), max_length=100, blank=True, help_text=_("Empty: all the rest.")
    )
    percent = Percent(_("percent"), validators=[MinValueValidator(0), MaxValueValidator(100)])
    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day. Empty: no end."))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ["country", "region", "starts"]
        constraints = [
            models.UniqueConstraint(
                F("tax_class"), F("country"), Lower("region"), F("starts"), name="orders_taxrate_once"
            ),
            models.CheckConstraint(
                condition=Q(country="", region="") | Q(country__regex=r"^[A-Z]{2}$"),
                name="orders_taxrate_place",
            ),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="orders_taxrate_percent"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="orders_taxrate_days"
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.country, self.region, f"{self.percent.normalize():f} %"]))
