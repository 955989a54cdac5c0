"""A table of stock: what was counted on the shelf or received, booked as movements; stock is never typed over."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from bulk import kinds
from bulk.problems import BadCell
from bulk.resource import Cells, Column
from bulk.widgets import Text, Whole
from catalog import inventory
from catalog.bulk.products import BySku, Sku
from catalog.models import Inventory, Product, StockMovement
from catalog.rights import CatalogRights

# The most pieces that stock may hold: a database integer, with room to spare for adding to it.
MAX_COUNT = 1_000_000_000
MAX_REASON_LENGTH = StockMovement._meta.get_field("reason").max_length
Kind = StockMovement.Kind


class StockTable(BySku):
    """A line where nothing was counted or received, and a count that is what the shop has already, move nothing.

    A line carries what was on hand when it was written. When that has changed, staff say which figure holds.
    """

    sku = Column(Sku(), attribute="sku", needed=True)
    name = Column(attribute="name", shown=True)
    on_hand = Column(Whole(most=MAX_COUNT, empty=True), attribute="read")
    promised = Column(attribute="promised", shown=True)
    free = Column(attribute="stock_quantity", shown=True)
    counted = Column(Whole(most=MAX_COUNT, empty=True), attribute="counted")
    received = Column(Whole(least=1, most=MAX_COUNT, empty=True), attribute="received")
    reason = Column(Text(most=MAX_REASON_LENGTH, empty=True), attribute="reason")

    def check(self, instance: Product, was: Product | None, row: Cells) -> Mapping[str, BadCell]:
        if was is None:
            return super().check(instance, was, row)
        if was.is_numbered:
            return {"sku": BadCell("not_counted")}
        change = _change_of(instance)
        if change is None:
            return {} if _says_nothing(instance) else {"counted": BadCell("counted_or_received")}
        if change.kind == Kind.RECEIVED:
            most = MAX_COUNT - was.on_hand
            return {"received": BadCell("too_large", most=most)} if change.quantity > most else {}
        return self._wrong_with_count(change, was)

    def _wrong_with_count(self, change: inventory.Change, was: Product) -> Mapping[str, BadCell]:
        if change.quantity == was.on_hand:
            return {}
        if change.read not in (None, was.on_hand):
            return {"on_hand": BadCell("stock_moved", read=change.read, now=was.on_hand)}
        if change.quantity < was.promised:
            return {"counted": BadCell("fewer_than_promised", promised=was.promised)}
        return {} if change.reason else {"reason": BadCell("reason_needed")}

    def is_unchanged(self, instance: Product, was: Product) -> bool:
        change = _change_of(instance)
        return change is None or (change.kind == Kind.COUNTED and change.quantity == was.on_hand)

    def write(self) -> None:
        changes = [change for _was, product in self.pairs if (change := _change_of(product))]
        if changes:
            inventory.change_stock(changes=changes, actor=self.actor)

    def dehydrate_on_hand(self, product: Product) -> str:
        return str(product.on_hand)


def _says_nothing(instance: Product) -> bool:
    """Whether a line still holds: no piece of its product was counted or received since."""
    filled = (getattr(instance, name, None) for name in ("counted", "received", "reason"))
    return not any(cell not in (None, "") for cell in filled) and getattr(instance, "read", None) is not None


def _change_of(instance: Product) -> inventory.Change | None:
    """What a row says about its product: what was counted or what was received, and not both."""
    counted, received = getattr(instance, "counted", None), getattr(instance, "received", None)
    reason, read = getattr(instance, "reason", ""), getattr(instance, "read", None)
    if counted is not None and received is None:
        return inventory.Change(instance.pk, Kind.COUNTED, counted, reason, read)
    if received is not None and counted is None:
        return inventory.Change(instance.pk, Kind.RECEIVED, received, reason)
    return None


STOCK = kinds.Kind(
    "stock",
    _("Stock"),
    StockTable,
    lambda narrowed: Product.objects.filter(inventory=Inventory.COUNTED),
    export_right=CatalogRights.VIEW_PRODUCTS,
    import_right=CatalogRights.STOCK,
)
