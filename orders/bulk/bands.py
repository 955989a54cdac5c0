"""A table of fees: what parcels up to a weight cost into a zone, by courier and service."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from bulk.kinds import Kind
from bulk.problems import BadCell
from bulk.resource import Cells, Column, TableResource
from bulk.widgets import Amount, Text, Whole
from catalog.money import decimals
from orders.models import PriceBand, PriceTable, Zone
from orders.rights import OrderRights
from staff.log import Edit, write, write_each
from staff.rights import may

MAX_MONEY = Decimal("9999999999.99")


class BandsTable(TableResource):
    """Couriers, services and zones have to be there; a band that a file leaves out stays as it is."""

    once = (("courier", "service", "zone", "up_to_g"),)

    courier = Column(Text(), attribute="price_table__courier__name", needed=True, shown=True)
    service = Column(Text(), attribute="price_table__service", needed=True, shown=True)
    zone = Column(Text(), attribute="zone__name", needed=True, shown=True)
    up_to_g = Column(Whole(), attribute="up_to_g", needed=True)
    fee = Column(Amount(decimals=decimals, most=MAX_MONEY), attribute="fee", needed=True)

    def load(self, rows: Sequence[Cells]) -> None:
        """The bands are locked in id order; tables and zones are few."""
        tables = PriceTable.objects.filter(no_parcel=False, is_pickup=False).select_related("courier")
        self.tables = {(table.courier.name, table.service): table for table in tables}
        self.zones = {zone.name: zone for zone in Zone.objects.all()}
        keys = [key for row in rows if (key := self._key(row))]
        bands = (
            PriceBand.objects.select_for_update(no_key=True)
            .order_by("pk")
            .filter(
                price_table__in={key[0] for key in keys},
                zone__in={key[1] for key in keys},
                up_to_g__in={key[2] for key in keys},
            )
        )
        self.bands = {(band.price_table_id, band.zone_id, band.up_to_g): band for band in bands}

    def find(self, row: Cells) -> PriceBand | None:
        key = self._key(row)
        return self.bands.get(key) if key else None

    def init_instance(self, row: Cells | None = None) -> PriceBand:
        table, zone = self._table(row or {}), self._zone(row or {})
        return PriceBand(price_table=table, zone=zone) if table and zone else PriceBand()

    def check(self, instance: PriceBand, was: PriceBand | None, row: Cells) -> Mapping[str, BadCell]:
        couriers = {courier for courier, _service in self.tables}
        if row["courier"].strip() not in couriers:
            return {"courier": BadCell("unknown")}
        if self._table(row) is None:
            return {"service": BadCell("unknown_service")}
        if self._zone(row) is None:
            return {"zone": BadCell("unknown")}
        if was is None and self.actor is not None and not may(self.actor, OrderRights.ADD_BANDS):
            return {"up_to_g": BadCell("may_not_add")}
        return {}

    def write(self) -> None:
        PriceBand.objects.bulk_update([band for _was, band in self.pairs], ["fee"])
        added = PriceBand.objects.bulk_create(self.new)
        if self.actor is not None:
            about = [(band, {"changes": self._changes(was, band)}) for was, band in self.pairs]
            write_each(actor=self.actor, action=Edit.CHANGED, about=about)
            write(actor=self.actor, action=Edit.ADDED, about=added, changes=[{"added": {}}])

    def _changes(self, was: PriceBand, band: PriceBand) -> list[dict[str, Any]]:
        """As the admin's forms write it."""
        fee = self.fields["fee"]
        return [{"changed": {"fields": ["fee"]}}, {"values": {"fee": [fee.export(was), fee.export(band)]}}]

    def _table(self, row: Cells) -> PriceTable | None:
        return self.tables.get((row.get("courier", "").strip(), row.get("service", "").strip()))

    def _zone(self, row: Cells) -> Zone | None:
        return self.zones.get(row.get("zone", "").strip())

    def _key(self, row: Cells) -> tuple[int, int, int] | None:
        table, zone = self._table(row), self._zone(row)
        try:
            up_to_g = self.fields["up_to_g"].clean(row)
        except (BadCell, KeyError):
            return None
        return (table.pk, zone.pk, up_to_g) if table and zone else None


BANDS = Kind(
    "bands",
    _("Fees of price tables"),
    BandsTable,
    lambda narrowed: PriceBand.objects.select_related("price_table__courier", "zone"),
    export_right=OrderRights.VIEW_BANDS,
    import_right=OrderRights.CHANGE_BANDS,
)
