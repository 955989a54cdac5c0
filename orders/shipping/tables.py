"""Price tables with their bands in a zone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from catalog.languages import column, readers_language
from database import fetch
from orders.models import Zone

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


def in_zone(zone: Zone | None) -> Iterable[Table]:
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
