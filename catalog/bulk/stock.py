"""A table of stock: what was counted on the shelf or received, booked as movements; stock is never typed over."""

from collections.abc import Mapping

from bulk.problems import BadCell
from bulk.resource import Cells, Column
from bulk.widgets import Text, Whole
from catalog import inventory
from catalog.bulk.products import BySku, longest
from catalog.models import Product, StockMovement

# The most pieces that stock may hold: a database integer, with room to spare for adding to it.
MOST = 1_000_000_000
LONGEST_REASON = StockMovement._meta.get_field("reason").max_length
Kind = StockMovement.Kind


class StockTable(BySku):
    """A count that equals the stock writes no movement."""

    sku = Column(Text(most=longest("sku")), attribute="sku", needed=True)
    name = Column(attribute="name", shown=True)
    counted = Column(Whole(most=MOST, empty=True), attribute="counted")
    received = Column(Whole(least=1, most=MOST, empty=True), attribute="received")
    reason = Column(Text(most=LONGEST_REASON, empty=True), attribute="reason")

    def check(self, instance: Product, was: Product | None, row: Cells) -> Mapping[str, BadCell]:
        if was is None:
            return super().check(instance, was, row)
        if was.is_numbered:
            return {"sku": BadCell("not_counted")}
        change = _change_of(instance)
        if change is None:
            return {"counted": BadCell("counted_or_received")}
        if change.kind == Kind.RECEIVED and was.stock_quantity + change.quantity > MOST:
            return {"received": BadCell("too_large", most=MOST - was.stock_quantity)}
        if change.kind == Kind.COUNTED and not change.reason and change.quantity != was.stock_quantity:
            return {"reason": BadCell("reason_needed")}
        return {}

    def is_unchanged(self, instance: Product, was: Product) -> bool:
        return getattr(instance, "counted", None) == was.stock_quantity

    def write(self) -> None:
        changes = [change for _was, product in self.pairs if (change := _change_of(product))]
        if changes:
            inventory.change_stock(changes=changes, actor=self.actor)

    def dehydrate_counted(self, product: Product) -> str:
        return str(product.stock_quantity)


def _change_of(instance: Product) -> inventory.Change | None:
    """What a row says about its product: what was counted or what was received, and not both."""
    counted, received = getattr(instance, "counted", None), getattr(instance, "received", None)
    reason = getattr(instance, "reason", "")
    if counted is not None and received is None:
        return inventory.Change(instance.pk, Kind.COUNTED, counted, reason)
    if received is not None and counted is None:
        return inventory.Change(instance.pk, Kind.RECEIVED, received, reason)
    return None
