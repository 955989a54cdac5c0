"""A table of the rates of tax: what of each class is tax, by place and first day."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.contact import countries
from accounts.contact.places import region_key, rules_of, same_region
from bulk.kinds import Kind
from bulk.problems import BadCell
from bulk.resource import Cells, Column, TableResource
from bulk.widgets import Day, Percent, Text
from catalog.models import TaxClass
from orders.models import TaxRate
from orders.rights import OrderRights
from staff.log import Edit, write, write_each
from staff.rights import may

MAX_REGION = 100


class TaxRatesTable(TableResource):
    """Classes have to be there; a rate that a file leaves out stays as it is."""

    once = (("tax_class", "country", "region", "starts"),)

    tax_class = Column(Text(), attribute="tax_class__name", needed=True, shown=True)
    country = Column(Text(empty=True, most=2), attribute="country", needed=True)
    region = Column(Text(empty=True, most=MAX_REGION), attribute="region", needed=True)
    starts = Column(Day(), attribute="starts", needed=True)
    ends = Column(Day(empty=True), attribute="ends", needed=True)
    percent = Column(Percent(), attribute="percent", needed=True)

    def load(self, rows: Sequence[Cells]) -> None:
        """The classes are locked in id order, and with them all that is done to their rates here; rates are few."""
        names = {row.get("tax_class", "").strip() for row in rows}
        classes = TaxClass.objects.select_for_update(no_key=True).filter(name__in=names).order_by("pk")
        self.classes = {one.name: one for one in classes}
        rates = TaxRate.objects.filter(tax_class__in=self.classes.values()).select_related("tax_class")
        self.rates = {
            (rate.tax_class_id, rate.country, same_region(rate.country, rate.region), rate.starts): rate
            for rate in rates
        }

    def find(self, row: Cells) -> TaxRate | None:
        tax_class = self._class(row)
        try:
            starts = self.fields["starts"].clean(row)
        except (BadCell, KeyError):
            return None
        country, region = row.get("country", "").strip(), row.get("region", "").strip()
        place = (country, same_region(country, region))
        return self.rates.get((tax_class.pk, *place, starts)) if tax_class else None

    def init_instance(self, row: Cells | None = None) -> TaxRate:
        return TaxRate(tax_class=self._class(row or {}))

    def import_field(
        self, field: Any, instance: TaxRate, row: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """What is there keeps its region, however a table spells it; a new one is spelled as addresses have it."""
        was = instance.region
        super().import_field(field, instance, row, *args, **kwargs)
        if field.column_name == "region":
            written = instance.region
            instance.region = was if instance.pk else self._known(row, written) or written

    def check(self, instance: TaxRate, was: TaxRate | None, row: Cells) -> Mapping[str, BadCell]:
        if self._class(row) is None:
            return {"tax_class": BadCell("unknown")}
        if instance.ends and instance.ends < instance.starts:
            return {"ends": BadCell("ends_before")}
        if was is not None:
            return {}
        if self.actor is not None and not may(self.actor, OrderRights.ADD_TAX_RATES):
            return {"starts": BadCell("may_not_add")}
        return self._wrong_place(instance)

    def _wrong_place(self, rate: TaxRate) -> Mapping[str, BadCell]:
        if rate.country and rate.country not in countries.names():
            return {"country": BadCell("no_country")}
        if rate.region and not rate.country:
            return {"region": BadCell("region_alone")}
        if rate.region and (known := rules_of(rate.country).regions) and rate.region not in known:
            return {"region": BadCell("no_region")}
        return {}

    def write(self) -> None:
        TaxRate.objects.bulk_update([rate for _was, rate in self.pairs], ["percent", "ends"])
        added = TaxRate.objects.bulk_create(self.new)
        if self.actor is not None:
            about = [(rate, {"changes": self._changes(was, rate)}) for was, rate in self.pairs]
            write_each(actor=self.actor, action=Edit.CHANGED, about=about)
            write(actor=self.actor, action=Edit.ADDED, about=added, changes=[{"added": {}}])

    def _changes(self, was: TaxRate, rate: TaxRate) -> list[dict[str, Any]]:
        """As the admin's forms write it."""
        fields = [self.fields[name] for name in ("percent", "ends")]
        changed = [field for field in fields if field.get_value(rate) != field.get_value(was)]
        names = [str(field.column_name) for field in changed]
        values = {str(field.column_name): [field.export(was), field.export(rate)] for field in changed}
        return [{"changed": {"fields": names}}, {"values": values}]

    def _class(self, row: Cells) -> TaxClass | None:
        return self.classes.get(row.get("tax_class", "").strip())

    def _known(self, row: Mapping[str, str], region: str) -> str | None:
        return region_key(country=row.get("country", "").strip(), region=region) if region else None


TAX_RATES = Kind(
    "tax_rates",
    _("Rates of tax"),
    TaxRatesTable,
    lambda narrowed: TaxRate.objects.select_related("tax_class"),
    export_right=OrderRights.VIEW_TAX_RATES,
    import_right=OrderRights.CHANGE_TAX_RATES,
)
