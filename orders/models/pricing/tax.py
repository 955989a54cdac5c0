"""How much tax is in prices: the rates of each class, by place and day."""

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from catalog.models import TaxClass
from orders.models.fields import Percent


class TaxReason(models.TextChoices):
    """Why an order has no tax, as its invoice has to say; the articles are those of Directive 2006/112/EC."""

    INTRA_EU = "intra_eu", _("Intra-Community supply, exempt from VAT: Article 138 of Directive 2006/112/EC")
    REVERSE_CHARGE = "reverse_charge", _("Reverse charge: Article 196 of Directive 2006/112/EC")
    EXPORT = "export", _("Export, exempt from VAT: Article 146 of Directive 2006/112/EC")


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


# What is known of a VAT id by which there is no tax (orders/billing/checking.py).
HOLD = ["in_use", "well_formed"]
# What an order keeps of tax is whole, and why it has none has its ground.
TAX_OF_ORDERS = [
    models.CheckConstraint(
        condition=Q(shipping_tax_rate=None, shipping_tax=None, tax_total=None)
        | Q(
            shipping_tax_rate__range=(0, 100),
            shipping_tax__range=(0, F("shipping_fee")),
            tax_total__range=(F("shipping_tax"), F("total_amount")),
            shipping_tax_rate__isnull=False,
            shipping_tax__isnull=False,
            tax_total__isnull=False,
        ),
        name="orders_order_tax",
    ),
    models.CheckConstraint(
        condition=Q(tax_reason="") | Q(tax_reason__in=TaxReason.values, tax_total=0, tax_total__isnull=False),
        name="orders_order_tax_reason",
    ),
    models.CheckConstraint(
        condition=Q(tax_reason__in=["", TaxReason.EXPORT])
        | Q(
            billing_snapshot__isnull=False,
            billing_snapshot__has_key="vat_check",
            billing_snapshot__vat_check__in=HOLD,
        ),
        name="orders_order_exempt_with_vat_id",
    ),
]
# Who closes the account takes name and street out of it; what the tax hangs on stays.
BILLING_AS_PLACED = pgtrigger.Protect(
    name="billing_as_placed",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "OLD.tax_reason <> NEW.tax_reason OR (OLD.billing_snapshot IS NULL) <> (NEW.billing_snapshot IS NULL)"
        " OR ROW(OLD.billing_snapshot ->> 'vat_id', OLD.billing_snapshot ->> 'vat_check',"
        " OLD.billing_snapshot ->> 'vat_checked_at', OLD.billing_snapshot ->> 'country') IS DISTINCT FROM"
        " ROW(NEW.billing_snapshot ->> 'vat_id', NEW.billing_snapshot ->> 'vat_check',"
        " NEW.billing_snapshot ->> 'vat_checked_at', NEW.billing_snapshot ->> 'country')"
    ),
)
