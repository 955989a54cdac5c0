"""A table of numbers: they are added to their products; those that are there already stay as they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bulk.kinds import Kind
from bulk.problems import BadCell
from bulk.resource import Cells, Column, TableResource
from bulk.widgets import Text
from catalog import inventory
from catalog.bulk.products import Sku, locked_by_sku
from catalog.models import Number
from catalog.rights import CatalogRights
from catalog.skus import seen

MAX_NUMBER_LENGTH = Number._meta.get_field("value").max_length or 0


class NumberCell(Text):
    """A number, which is there once however its letters are put together."""

    def __init__(self) -> None:
        super().__init__(most=MAX_NUMBER_LENGTH)

    def read(self, value: str) -> str:
        return super().read(seen(value))

    def same(self, value: str) -> str:
        return seen(value)


class NumbersTable(TableResource):
    once = (("sku", "number"),)

    sku = Column(Sku(), attribute="product__sku", needed=True, shown=True)
    number = Column(NumberCell(), attribute="value", needed=True)
    state = Column(attribute="state", shown=True)

    def load(self, rows: Sequence[Cells]) -> None:
        self.products = locked_by_sku(row.get("sku", "").strip() for row in rows)
        ids = [product.pk for product in self.products.values()]
        values = {seen(row.get("number", "")) for row in rows}
        known = Number.objects.filter(product__in=ids, value__in=values).select_related("product")
        self.numbers = {(number.product_id, number.value): number for number in known}

    def find(self, row: Cells) -> Number | None:
        product = self.products.get(row.get("sku", "").strip())
        return self.numbers.get((product.pk, seen(row.get("number", "")))) if product else None

    def init_instance(self, row: Cells | None = None) -> Number:
        product = self.products.get((row or {}).get("sku", "").strip())
        return Number(product=product) if product else Number()

    def check(self, instance: Number, was: Number | None, row: Cells) -> Mapping[str, BadCell]:
        if instance.product_id is None:
            return {"sku": BadCell("unknown_sku" if row.get("sku", "").strip() else "empty")}
        if not instance.product.is_numbered:
            return {"sku": BadCell("not_numbered")}
        if was is not None and was.state == Number.State.RETIRED:
            return {"number": BadCell("number_is_retired")}
        return {}

    def remark(self, instance: Number) -> Mapping[str, BadCell]:
        return {"number": BadCell("number_is_there")}

    def write(self) -> None:
        values: dict[int, list[str]] = defaultdict(list)
        for number in self.new:
            values[number.product_id].append(number.value)
        if values:
            inventory.add_numbers_of(values=values, actor=self.actor)


def add_numbers(count: int) -> str:
    """What the button of this import says."""
    return ngettext("Add %(count)d number", "Add %(count)d numbers", count) % {"count": count}


# An unsold licence key is worth what it costs: seeing them all is a right of its own.
NUMBERS = Kind(
    "numbers",
    _("Numbers"),
    NumbersTable,
    lambda narrowed: Number.objects.select_related("product"),
    export_right=CatalogRights.EXPORT_NUMBERS,
    import_right=CatalogRights.ADD_NUMBERS,
    button=add_numbers,
)
