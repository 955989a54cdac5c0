"""Parcel and price tables -> shipping options."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from catalog.models import Product
from catalog.money import rounded
from orders.models import PriceBand, PriceTable, Zone, ZonePlace


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
        # Whole numbers all the way, rounded up: exact whatever the sides.
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

    None when nobody carries it there.
    """
    zone = zone_of(country=to["country"], region=to["region"]) if to else main_zone()
    found = _options(pack([(product, 1)]), zone) if zone else []
    if not zone or not found:
        return None
    fastest = min(found, key=lambda option: (option.max_days, option.fee))
    return Estimate(zone.name, found[0], fastest if fastest.max_days < found[0].max_days else None)


def main_zone() -> Zone | None:
    """Where most customers are taken to live: the first zone that the shop set up."""
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
    bands = Prefetch(
        "bands",
        PriceBand.objects.filter(zone=zone).order_by("up_to_g"),
        to_attr="bands_of_zone",
    )
    tables = PriceTable.objects.filter(is_active=True, courier__is_active=True).select_related("courier")
    found = [_option(table, parcel) for table in tables.prefetch_related(bands)]
    return sorted(
        filter(None, found),
        key=lambda option: (option.fee, option.max_days, option.price_table_id),
    )


def _option(table: PriceTable, parcel: Parcel) -> ShippingOption | None:
    weight_g = parcel.chargeable_weight_g(table.volumetric_divisor)
    for band in table.bands_of_zone:  # type: ignore[attr-defined]  # set by the Prefetch above
        if weight_g <= band.up_to_g:
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
    return None
