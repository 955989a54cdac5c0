"""What is odd about the price tables: gaps, fees that fall, unserved zones, uncarried products. It only reads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.money import written
from catalog.shelf.sizes import Limit, all_exceeded, on_sale_with_size
from catalog.weights import weight
from orders.models import PriceBand, PriceTable, Zone, ZonePlace

# The price tables that previews are made from.
IN_USE = Q(is_active=True, courier__is_active=True, no_parcel=False, is_pickup=False)


class Code(StrEnum):
    NO_BANDS = "no_bands"
    COURIER_OFF = "courier_off"
    FEE_FALLS = "fee_falls"
    ZONE_MISSING = "zone_missing"
    ZONE_LIGHTER = "zone_lighter"
    ZONE_UNSERVED = "zone_unserved"
    PRODUCTS_UNCARRIED = "products_uncarried"
    HEAVIEST_PARCEL = "heaviest_parcel"


class Level(StrEnum):
    """SERIOUS: customers can't order. WARNING: probably a mistake. NOTE: as it may be meant."""

    SERIOUS = "serious"
    WARNING = "warning"
    NOTE = "note"


LEVELS = {
    Code.ZONE_UNSERVED: Level.SERIOUS,
    Code.PRODUCTS_UNCARRIED: Level.WARNING,
    Code.NO_BANDS: Level.WARNING,
    Code.COURIER_OFF: Level.WARNING,
    Code.FEE_FALLS: Level.WARNING,
    Code.ZONE_MISSING: Level.NOTE,
    Code.ZONE_LIGHTER: Level.NOTE,
    Code.HEAVIEST_PARCEL: Level.NOTE,
}


@dataclass(frozen=True)
class Finding:
    """`says` is a sentence in the reader's language. Without a `table_id` it is about all price tables together.

    `limits` are those that the uncarried products exceed.
    """

    code: Code
    says: str
    table_id: int | None = None
    limits: tuple[Limit, ...] = ()

    @property
    def level(self) -> Level:
        return LEVELS[self.code]


def findings_of(*, table_id: int) -> list[Finding]:
    """What is odd about one saved price table, the worst first. Three statements."""
    tables = _tables().filter(pk=table_id)
    return _sorted(found for table in tables for found in _of_table(table, list(_zones())))


def all_findings() -> list[Finding]:
    """What is odd about each price table and about those in use together, the worst first. Five statements."""
    tables, zones = list(_tables()), list(_zones())
    return _sorted([*_together(tables, zones), *(one for table in tables for one in _of_table(table, zones))])


def unserved_zones(zones: QuerySet[Zone] | None = None) -> QuerySet[Zone]:
    """Zones with places in them that no price table in use has a band for: customers there can't order."""
    chosen = Zone.objects.all() if zones is None else zones
    bands = PriceBand.objects.filter(zone=OuterRef("pk"), price_table__in=PriceTable.objects.filter(IN_USE))
    return chosen.filter(_is_somewhere(), ~Exists(bands))


# --- one price table -------------------------------------------------------------------------------------------------

# The bands of each zone, the lightest first.
Steps = dict[Zone, list[PriceBand]]


def _of_table(table: PriceTable, zones: list[Zone]) -> Iterator[Finding]:
    steps = _steps(table)
    if table.is_active and not steps:
        yield Finding(Code.NO_BANDS, _("It has no bands, so nobody is offered it."), table.pk)
    if table.is_active and not table.courier.is_active:
        says = _("Its courier %(courier)s is switched off, so nobody is offered it.")
        yield Finding(Code.COURIER_OFF, says % {"courier": table.courier}, table.pk)
    for zone, bands in steps.items():
        for lighter, heavier in pairwise(bands):
            if heavier.fee < lighter.fee:
                yield Finding(Code.FEE_FALLS, _falls(zone, lighter, heavier), table.pk)
    missing = [zone.name for zone in zones if zone not in steps]
    if steps and missing:
        says = _("It carries nothing to these zones: %(zones)s.")
        yield Finding(Code.ZONE_MISSING, says % {"zones": "; ".join(missing)}, table.pk)
    yield from _lighter(table, steps)


def _falls(zone: Zone, lighter: PriceBand, heavier: PriceBand) -> str:
    says = _("%(zone)s: up to %(heavier)s costs %(fee)s, less than up to %(lighter)s (%(dearer)s).")
    return says % {
        "zone": zone,
        "heavier": weight(heavier.up_to_g),
        "fee": written(heavier.fee),
        "lighter": weight(lighter.up_to_g),
        "dearer": written(lighter.fee),
    }


def _lighter(table: PriceTable, steps: Steps) -> Iterator[Finding]:
    most = max((bands[-1].up_to_g for bands in steps.values()), default=0)
    lighter = [
        f"{zone} ({weight(bands[-1].up_to_g)})" for zone, bands in steps.items() if bands[-1].up_to_g < most
    ]
    if lighter:
        says = _("It carries up to %(most)s, but less to these zones: %(zones)s.")
        said = says % {"most": weight(most), "zones": "; ".join(lighter)}
        yield Finding(Code.ZONE_LIGHTER, said, table.pk)


# --- all that are in use ---------------------------------------------------------------------------------------------


def _together(tables: list[PriceTable], zones: list[Zone]) -> Iterator[Finding]:
    heaviest = _heaviest(table for table in tables if table.is_active and table.courier.is_active)
    for zone in unserved_zones():
        says = _("Nobody carries to the zone %(zone)s: customers there can't order.")
        yield Finding(Code.ZONE_UNSERVED, says % {"zone": zone})
    served = [zone for zone in zones if zone in heaviest]
    yield from _uncarried(served, heaviest)
    for zone in served:
        most, table = max(heaviest[zone], key=lambda pair: pair[0])
        says = _("%(zone)s: the heaviest parcel is %(weight)s, by %(service)s.")
        said = says % {"zone": zone, "weight": weight(most.up_to_g), "service": table}
        yield Finding(Code.HEAVIEST_PARCEL, said)


def _uncarried(zones: list[Zone], heaviest: dict[Zone, list[tuple[Limit, PriceTable]]]) -> Iterator[Finding]:
    """The products are read once for all zones."""
    limits = {zone: _widest(limit for limit, _table in heaviest[zone]) for zone in zones}
    counts = {f"zone_{zone.pk}": Count("pk", filter=all_exceeded(limits[zone])) for zone in zones}
    counted = on_sale_with_size().aggregate(**counts) if counts else {}
    for zone in zones:
        count = counted[f"zone_{zone.pk}"]
        if count:
            says = ngettext(
                "%(zone)s: %(count)s product on sale is too heavy or too big for every service.",
                "%(zone)s: %(count)s products on sale are too heavy or too big for every service.",
                count,
            )
            said = says % {"zone": zone, "count": count}
            yield Finding(Code.PRODUCTS_UNCARRIED, said, limits=limits[zone])


def _heaviest(tables: Iterable[PriceTable]) -> dict[Zone, list[tuple[Limit, PriceTable]]]:
    found = defaultdict(list)
    for table in tables:
        for zone, bands in _steps(table).items():
            found[zone].append((Limit(bands[-1].up_to_g, table.volumetric_divisor), table))
    return found


def _widest(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """The limit that carries most, of those with the same divisor."""
    return tuple({limit.volumetric_divisor: limit for limit in sorted(limits)}.values())


# --- what is read ----------------------------------------------------------------------------------------------------


def _tables() -> QuerySet[PriceTable]:
    bands = PriceBand.objects.select_related("zone").order_by("zone__name", "up_to_g")
    tables = PriceTable.objects.filter(no_parcel=False, is_pickup=False)
    return tables.select_related("courier").prefetch_related(Prefetch("bands", bands))


def _zones() -> QuerySet[Zone]:
    return Zone.objects.filter(_is_somewhere())


def _is_somewhere() -> Exists:
    return Exists(ZonePlace.objects.filter(zone=OuterRef("pk")))


def _steps(table: PriceTable) -> Steps:
    return {zone: list(bands) for zone, bands in groupby(table.bands.all(), key=lambda band: band.zone)}


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    """In the order of LEVELS; equal ones keep their order."""
    order = list(Level)
    return sorted(found, key=lambda finding: order.index(finding.level))
