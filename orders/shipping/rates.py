"""Parcel and price tables -> shipping options."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.contact.places import region_key, rules_of, same_region
from catalog.languages import column, readers_language
from catalog.models import Product
from catalog.money import rounded
from database import fetch
from orders.models import Courier, PriceTable, Zone, ZonePlace
from orders.shipping.promises import promised

# Every price table with its bands in a zone: one statement, and no objects, for each preview that is made. Where it is
# fetched it has none, and says where and when, in the reader's language.
TABLES = """
SELECT t.id, t.courier_id, c.name, t.service, t.is_active AND c.is_active, t.min_days, t.max_days,
    t.volumetric_divisor, t.is_pickup, t.pickup_fee, coalesce(nullif(t.{address}, ''), t.pickup_address),
    coalesce(nullif(t.{hours}, ''), t.pickup_hours), b.up_to_g, b.fee
FROM orders_pricetable t JOIN orders_courier c ON c.id = t.courier_id
LEFT JOIN orders_priceband b ON b.price_table_id = t.id AND b.zone_id = %s
WHERE NOT t.no_parcel
ORDER BY c.name, t.service, t.id, b.up_to_g
"""
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


def main_zone() -> Zone | None:
    """The zone that stands for an unknown address: the first one that the shop set up."""
    return Zone.objects.order_by("pk").first()


def zone_of(*, country: str, region: str) -> Zone | None:
    """The zone an address lies in: its region's if that one is listed, else its country's."""
    return zones_in(country).of(region)


class Zones(NamedTuple):
    """The zones of a country, by the keys of their regions; "" is the country's own."""

    country: str
    by_region: Mapping[str, Zone]

    def of(self, region: str) -> Zone | None:
        """As `zone_of`."""
        return self.by_region.get(same_region(self.country, region)) or self.by_region.get("")

    def is_unclear(self, region: str) -> bool:
        """Whether the fee hangs on the region, and this is none of the country's: an old address has to say it again."""
        if not any(self.by_region) or same_region(self.country, region) in self.by_region.keys() - {""}:
            return False
        return (
            bool(rules_of(self.country).regions) and region_key(country=self.country, region=region) is None
        )


def zones_in(country: str) -> Zones:
    """Read in one statement."""
    places = ZonePlace.objects.filter(country=country).select_related("zone")
    return Zones(country, {same_region(country, place.region): place.zone for place in places})


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


def options_in(*, parcel: Parcel, zone: Zone | None) -> list[ShippingOption]:
    """The same of a zone, and after them the places where it can be fetched; these alone where there is no zone."""
    tables = list(_tables(zone))
    sent = [answer.option for answer in _answers(tables, parcel) if isinstance(answer, Offer)] if zone else []
    fetched = [_fetched(table, parcel) for table in tables if table.is_pickup and table.is_on]
    return [*sorted(sent, key=_place), *sorted(fetched, key=_place)]


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
    answers = _answers(_tables(zone), parcel)
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    return (
        sorted(offers, key=lambda offer: _place(offer.option)),
        [answer for answer in answers if isinstance(answer, NotCarried)],
    )


class Band(NamedTuple):
    up_to_g: int
    fee: Decimal


@dataclass
class Table:
    """A price table, with its bands in one zone from the lightest on."""

    price_table_id: int
    courier_id: int
    courier: str
    service: str
    is_on: bool
    min_days: int
    max_days: int
    volumetric_divisor: int
    is_pickup: bool = False
    pickup_fee: Decimal = Decimal(0)
    pickup_address: str = ""
    pickup_hours: str = ""
    bands: list[Band] = field(default_factory=list)


def _tables(zone: Zone | None) -> Iterable[Table]:
    """All price tables, by courier and service; without a zone they have no bands."""
    language = readers_language()
    statement = TABLES.format(
        address=column("pickup_address", language), hours=column("pickup_hours", language)
    )
    tables: dict[int, Table] = {}
    for *of_table, up_to_g, fee in fetch(statement, [zone and zone.pk]):
        table = tables.setdefault(of_table[0], Table(*of_table))
        if up_to_g is not None:
            table.bands.append(Band(up_to_g, fee))
    return tables.values()


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
