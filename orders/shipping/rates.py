"""Parcel and price tables -> shipping options."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.money import rounded
from orders.models import PriceBand, PriceTable, Zone, ZonePlace

# The price tables that previews are made from.
IN_USE = Q(is_active=True, courier__is_active=True)


@dataclass(frozen=True)
class Parcel:
    """One parcel for all lines: weight in grams, sides in centimetres."""

    weight_g: int
    length_cm: int
    width_cm: int
    height_cm: int

    def chargeable_weight_g(self, volumetric_divisor: int) -> int:
        """The greater of real and volumetric weight, as couriers charge it; the divisor is cm³ per kilogram."""
        volume_cm3 = self.length_cm * self.width_cm * self.height_cm
        # Whole numbers all the way, rounded up: always exact.
        volumetric_g = -(-volume_cm3 * 1000 // volumetric_divisor)
        return max(self.weight_g, volumetric_g)


@dataclass(frozen=True)
class ShippingOption:
    """One way to send the parcel. `chargeable_weight_g` is what this service's divisor makes of it."""

    price_table_id: int
    courier_id: int
    courier: str
    service: str
    fee: Decimal
    min_days: int
    max_days: int
    chargeable_weight_g: int

    @property
    def method(self) -> str:
        return f"{self.courier} {self.service}"


@dataclass(frozen=True)
class Offer:
    """An option, and the greatest weight (grams) of the band that decided its fee."""

    option: ShippingOption
    up_to_g: int


class Why(TextChoices):
    """Why a service does not carry a parcel."""

    SWITCHED_OFF = "switched_off", _("switched off")
    NO_BAND = "no_band", _("no band for this zone")
    TOO_HEAVY = "too_heavy", _("heavier than its heaviest band")


@dataclass(frozen=True)
class NotCarried:
    """A service that is no option. `heaviest_g` is the most that it takes to the zone, None where it takes nothing."""

    price_table_id: int
    method: str
    why: Why
    chargeable_weight_g: int
    heaviest_g: int | None


@dataclass(frozen=True)
class Estimate:
    """When one piece would come and what sending it costs at least: the cheapest way, and the fastest if that is sooner."""

    zone: str
    cheapest: ShippingOption
    fastest: ShippingOption | None


def pack(items: Iterable[tuple[Product, int]]) -> Parcel:
    """The parcel that holds the products (each with its quantity) stacked on the largest length and width."""
    weight_g = length_cm = width_cm = height_cm = 0
    for product, quantity in items:
        weight_g += product.weight_g * quantity
        length_cm = max(length_cm, product.length_cm)
        width_cm = max(width_cm, product.width_cm)
        height_cm += product.height_cm * quantity
    return Parcel(weight_g, length_cm, width_cm, height_cm)


def estimate(*, product: Product, to: Mapping[str, Any] | None) -> Estimate | None:
    """The delivery of one piece to an address (its `country` and `region`), or to the main zone where there is none.

    None when no courier carries it there.
    """
    zone = zone_of(country=to["country"], region=to["region"]) if to else main_zone()
    found = _options(pack([(product, 1)]), zone) if zone else []
    if not zone or not found:
        return None
    fastest = min(found, key=lambda option: (option.max_days, option.fee))
    return Estimate(zone.name, found[0], fastest if fastest.max_days < found[0].max_days else None)


def main_zone() -> Zone | None:
    """The zone that stands for an unknown address: the first one that the shop set up."""
    return Zone.objects.order_by("pk").first()


def zone_of(*, country: str, region: str) -> Zone | None:
    """The zone an address lies in: its region's if that one is listed, else its country's."""
    places = ZonePlace.objects.filter(country=country).select_related("zone")
    by_region = {_folded(place.region): place.zone for place in places}
    return by_region.get(_folded(region)) or by_region.get("")


def _folded(region: str) -> str:
    """Letter case, outer blanks, and whether accents are letters of their own make no difference."""
    return unicodedata.normalize("NFC", region).strip().casefold()


def options(*, parcel: Parcel, country: str, region: str) -> list[ShippingOption]:
    """One option for each active price table that serves the address and the weight, the cheapest first."""
    zone = zone_of(country=country, region=region)
    return _options(parcel, zone) if zone else []


def _options(parcel: Parcel, zone: Zone) -> list[ShippingOption]:
    return [offer.option for offer in _answers(parcel, zone, PriceTable.objects.filter(IN_USE))[0]]


def every_service(*, parcel: Parcel, zone: Zone) -> tuple[list[Offer], list[NotCarried]]:
    """The offers that a preview would have, as `options` sorts them; and all other price tables, with the reason."""
    return _answers(parcel, zone, PriceTable.objects.all())


def _answers(
    parcel: Parcel, zone: Zone, tables: QuerySet[PriceTable]
) -> tuple[list[Offer], list[NotCarried]]:
    bands = Prefetch(
        "bands",
        PriceBand.objects.filter(zone=zone).order_by("up_to_g"),
        to_attr="bands_of_zone",
    )
    answers = [_answer(table, parcel) for table in tables.select_related("courier").prefetch_related(bands)]
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    return (
        sorted(offers, key=lambda offer: _place(offer.option)),
        [answer for answer in answers if isinstance(answer, NotCarried)],
    )


def _place(option: ShippingOption) -> tuple[Decimal, int, int]:
    return option.fee, option.max_days, option.price_table_id


def _answer(table: PriceTable, parcel: Parcel) -> Offer | NotCarried:
    weight_g = parcel.chargeable_weight_g(table.volumetric_divisor)
    bands: list[PriceBand] = table.bands_of_zone  # type: ignore[attr-defined]  # set by the Prefetch above
    if not (table.is_active and table.courier.is_active):
        return _refused(table, Why.SWITCHED_OFF, weight_g, bands)
    for band in bands:
        if weight_g <= band.up_to_g:
            return Offer(_option(table, band, weight_g), band.up_to_g)
    return _refused(table, Why.TOO_HEAVY if bands else Why.NO_BAND, weight_g, bands)


def _refused(table: PriceTable, why: Why, weight_g: int, bands: list[PriceBand]) -> NotCarried:
    return NotCarried(table.pk, str(table), why, weight_g, bands[-1].up_to_g if bands else None)


def _option(table: PriceTable, band: PriceBand, weight_g: int) -> ShippingOption:
    return ShippingOption(
        price_table_id=table.pk,
        courier_id=table.courier_id,
        courier=table.courier.name,
        service=table.service,
        fee=rounded(band.fee),
        min_days=table.min_days,
        max_days=table.max_days,
        chargeable_weight_g=weight_g,
    )
