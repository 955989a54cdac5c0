"""Who carries parcels, where to, and for how much."""

from urllib.parse import quote

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.languages import local, translated
from orders.models.fields import Money

# An address with one {code} below its host. No other braces: nothing but the code is filled in.
TRACKING_URL = r"^https://[^\s{}/]+/[^\s{}]*\{code\}[^\s{}]*$"


class Courier(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    tracking_url = models.CharField(
        _("tracking page"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Where customers follow a parcel; {code} stands for the tracking code."),
        validators=[RegexValidator(TRACKING_URL, _("Enter an https:// address with {code} in it."))],
    )

    class Meta:
        verbose_name = _("courier")
        verbose_name_plural = _("couriers")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tracking_url="") | Q(tracking_url__regex=TRACKING_URL),
                name="orders_courier_tracking_url",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def tracking_page(self, code: str) -> str:
        """The page of one parcel; empty when this courier has none."""
        return self.tracking_url.replace("{code}", quote(code, safe=""))


class Zone(models.Model):
    """A set of countries and regions that cost the same. An address lies in one zone at most."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ZonePlace(models.Model):
    """A country (ISO 3166-1, two letters), or one region of it, that belongs to a zone. A region wins over its country."""

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="places")
    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(
        _("region or state"),
        max_length=100,
        blank=True,
        help_text=_("Empty: all the rest."),
    )

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [
            models.UniqueConstraint(
                F("country"),
                models.functions.Lower("region"),
                name="orders_zoneplace_in_one_zone",
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"),
                name="orders_zoneplace_country",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.region}".strip()


@translated("pickup_address", "pickup_hours")
class PriceTable(models.Model):
    """One service of a courier: its delivery time in working days, and its fees by zone and weight.

    Or a place of the shop where customers fetch what they ordered: it has an address and one fee instead, and the days
    are those until it is ready.
    """

    courier = models.ForeignKey(
        Courier, models.PROTECT, related_name="price_tables", verbose_name=_("courier")
    )
    service = models.CharField(_("service"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)
    min_days = models.PositiveSmallIntegerField(_("days at least"), default=1)
    max_days = models.PositiveSmallIntegerField(_("days at most"), default=3)
    volumetric_divisor = models.PositiveIntegerField(
        _("volumetric divisor"),
        default=5000,
        help_text=_("Cubic centimetres that count as one kilogram."),
    )
    # The shop's own, free and without bands: of orders in which nothing needs a parcel (orders/shipping/rates.py).
    no_parcel = models.BooleanField(default=False, db_default=False, editable=False)
    is_pickup = models.BooleanField(
        _("pickup"),
        default=False,
        db_default=False,
        help_text=_("Customers fetch it at this address. It has one fee, and no bands."),
    )
    pickup_fee = Money(_("fee for pickup"), default=0, db_default=0)
    pickup_address = models.TextField(
        _("address for pickup"), max_length=500, blank=True, default="", db_default=""
    )
    pickup_hours = models.TextField(
        _("hours for pickup"), max_length=500, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("price table")
        verbose_name_plural = _("price tables")
        ordering = ["courier__name", "service"]
        constraints = [
            models.UniqueConstraint(fields=["courier", "service"], name="orders_pricetable_service"),
            models.CheckConstraint(condition=Q(max_days__gte=F("min_days")), name="orders_pricetable_days"),
            models.CheckConstraint(condition=Q(volumetric_divisor__gt=0), name="orders_pricetable_divisor"),
            models.UniqueConstraint(
                fields=["no_parcel"], condition=Q(no_parcel=True), name="orders_pricetable_one_no_parcel"
            ),
            models.CheckConstraint(
                condition=Q(is_pickup=False) | Q(no_parcel=False) & ~Q(pickup_address=""),
                name="orders_pricetable_pickup_somewhere",
            ),
            models.CheckConstraint(condition=Q(pickup_fee__gte=0), name="orders_pricetable_pickup_fee"),
        ]
        # Orders that were placed with it are fetched, or sent.
        triggers = [pgtrigger.ReadOnly(name="pickup_stays", fields=["is_pickup"])]

    def __str__(self) -> str:
        return f"{self.courier} {self.service}".strip()

    @property
    def local_pickup_address(self) -> str:
        return local(self, "pickup_address")

    @property
    def local_pickup_hours(self) -> str:
        return local(self, "pickup_hours")


class PriceBand(models.Model):
    """The fee for parcels up to a chargeable weight (grams, inclusive) into a zone."""

    price_table = models.ForeignKey(PriceTable, models.CASCADE, related_name="bands")
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="bands", verbose_name=_("zone"))
    up_to_g = models.PositiveIntegerField(_("up to (g)"))
    fee = Money(_("fee"))

    class Meta:
        verbose_name = _("band")
        verbose_name_plural = _("bands")
        ordering = ["zone__name", "up_to_g"]
        constraints = [
            # Looked at when the transaction ends, so that two bands of a table may swap places.
            models.UniqueConstraint(
                fields=["price_table", "zone", "up_to_g"],
                name="orders_priceband_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(fee__gte=0), name="orders_priceband_fee_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.zone} ≤ {self.up_to_g} g"
