"""Parcel and price tables -> shipping options."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.money import rounded
from orders.models import Courier, PriceTable, Zone
from orders.shipping.places import main_zone, zone_of
from orders.shipping.promises import promised
from orders.shipping.tables import Table, in_zone

# The courier that stands in the order of goods without a parcel; pages say it in their own words.
NO_PARCEL = "No parcel"


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
    """One way to send the parcel. `chargeable_weight_g` is what this service's divisor makes of it.

    `fee` is what is paid, when promotions have taken off the `discount`. `usual_fee` is what the price table says, where
    staff gave another.
    """

    price_table_id: int
    courier_id: int
    courier: str
    service: str
    fee: Decimal
    min_days: int
    max_days: int
    chargeable_weight_g: int
    discount: Decimal = Decimal(0)
    usual_fee: Decimal | None = None
    # Where and when it is fetched, in the words of the reader; of what is sent nothing.
    is_pickup: bool = False
    pickup_address: str = ""
    pickup_hours: str = ""
    # When it comes, or can be fetched; nothing of what needs no parcel.
    promised_from: date | None = None
    promised_to: date | None = None

    @property
    def full_fee(self) -> Decimal:
        return self.fee + self.discount

    @property
    def method(self) -> str:
        return f"{self.courier} {self.service}".strip()


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
    """The parcel that holds the products (each with its quantity) stacked on the largest length and width.

    What needs no parcel is not in it.
    """
    weight_g = length_cm = width_cm = height_cm = 0
    for product, quantity in items:
        if not product.needs_parcel:
            continue
        weight_g += product.weight_g * quantity
        length_cm = max(length_cm, product.length_cm)
        width_cm = max(width_cm, product.width_cm)
        height_cm += product.height_cm * quantity
    return Parcel(weight_g, length_cm, width_cm, height_cm)


def estimate(*, product: Product, to: Mapping[str, Any] | None) -> Estimate | None:
    """The delivery of one piece to an address (its `country` and `region`), or to the main zone where there is none.

    None when no courier carries it there, or none has to.
    """
    if not product.needs_parcel:
        return None
    zone = zone_of(country=to["country"], region=to["region"]) if to else main_zone()
    found = _options(pack([(product, 1)]), zone) if zone else []
    if not zone or not found:
        return None
    fastest = min(found, key=lambda option: (option.max_days, option.fee))
    return Estimate(zone.name, found[0], fastest if fastest.max_days < found[0].max_days else None)


def without_parcel() -> ShippingOption:
    """The one way of what needs no parcel: free, at once. Its price table is made when it is first needed."""
    of_shop = PriceTable.objects.filter(no_parcel=True).select_related("courier")
    table = of_shop.first() or _make_without_parcel()
    of_model = (table.pk, table.courier_id, table.courier.name, table.service, True)
    found = Table(*of_model, table.min_days, table.max_days, table.volumetric_divisor)
    option = _option(found, fee=Decimal(0), weight_g=0)
    return replace(option, promised_from=None, promised_to=None)


@transaction.atomic
def _make_without_parcel() -> PriceTable:
    """Two that do so at once end with one, by the table's unique constraints."""
    courier, _new = Courier.objects.get_or_create(name=NO_PARCEL)
    given = {"courier": courier, "service": "", "min_days": 0, "max_days": 0}
    table, _new = PriceTable.objects.get_or_create(no_parcel=True, defaults=given)
    return table


def options(*, parcel: Parcel, country: str, region: str) -> list[ShippingOption]:
    """One option for each active price table that serves the address and the weight, the cheapest first."""
    return options_in(parcel=parcel, zone=zone_of(country=country, region=region))


def options_in(*, parcel: Parcel, zone: Zone | None, day: date | None = None) -> list[ShippingOption]:
    """The same of a zone, and after them the places where it can be fetched; these alone where there is no zone.

    Days are promised from `day` on, of what is not here before it.
    """
    tables = list(in_zone(zone))
    sent = [answer.option for answer in _answers(tables, parcel) if isinstance(answer, Offer)] if zone else []
    fetched = [_fetched(table, parcel) for table in tables if table.is_pickup and table.is_on]
    found = [*sorted(sent, key=_place), *sorted(fetched, key=_place)]
    return [_promised_from(option, day) for option in found] if day else found


def _promised_from(option: ShippingOption, day: date) -> ShippingOption:
    first, last = promised(min_days=option.min_days, max_days=option.max_days, day=day)
    return replace(option, promised_from=first, promised_to=last)


def may_be_fetched() -> bool:
    """Whether there is a place where customers fetch what they ordered."""
    return PriceTable.objects.filter(is_pickup=True, is_active=True, courier__is_active=True).exists()


def _fetched(table: "Table", parcel: Parcel) -> ShippingOption:
    option = _option(
        table, fee=table.pickup_fee, weight_g=parcel.chargeable_weight_g(table.volumetric_divisor)
    )
    return replace(
        option, is_pickup=True, pickup_address=table.pickup_address, pickup_hours=table.pickup_hours
    )


def _options(parcel: Parcel, zone: Zone) -> list[ShippingOption]:
    return [offer.option for offer in every_service(parcel=parcel, zone=zone)[0]]


def every_service(*, parcel: Parcel, zone: Zone) -> tuple[list[Offer], list[NotCarried]]:
    """The offers that a preview has, the cheapest first; and all other price tables, with the reason."""
    answers = _answers(in_zone(zone), parcel)
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    return (
        sorted(offers, key=lambda offer: _place(offer.option)),
        [answer for answer in answers if isinstance(answer, NotCarried)],
    )


def _answers(tables: Iterable[Table], parcel: Parcel) -> list[Offer | NotCarried]:
    """Of those that carry parcels."""
    return [_answer(table, parcel) for table in tables if not table.is_pickup]


def _place(option: ShippingOption) -> tuple[Decimal, int, int]:
    return option.fee, option.max_days, option.price_table_id


def _answer(table: Table, parcel: Parcel) -> Offer | NotCarried:
    weight_g = parcel.chargeable_weight_g(table.volumetric_divisor)
    if not table.is_on:
        return _refused(table, Why.SWITCHED_OFF, weight_g)
    for band in table.bands:
        if weight_g <= band.up_to_g:
            return Offer(_option(table, fee=band.fee, weight_g=weight_g), band.up_to_g)
    return _refused(table, Why.TOO_HEAVY if table.bands else Why.NO_BAND, weight_g)


def _refused(table: Table, why: Why, weight_g: int) -> NotCarried:
    heaviest_g = table.bands[-1].up_to_g if table.bands else None
    return NotCarried(table.price_table_id, f"{table.courier} {table.service}", why, weight_g, heaviest_g)


def _option(table: Table, *, fee: Decimal, weight_g: int) -> ShippingOption:
    first, last = promised(min_days=table.min_days, max_days=table.max_days)
    return ShippingOption(
        price_table_id=table.price_table_id,
        courier_id=table.courier_id,
        courier=table.courier,
        service=table.service,
        fee=rounded(fee),
        min_days=table.min_days,
        max_days=table.max_days,
        chargeable_weight_g=weight_g,
        promised_from=first,
        promised_to=last,
    )
