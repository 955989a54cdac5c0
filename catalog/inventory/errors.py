"""What inventory refuses."""

from collections.abc import Iterable

from catalog.models import Product
from refusals import Refusal


class InventoryError(Refusal):
    """Base of what inventory refuses. It is for the rooms above, which say in their own words what it means."""


class NotTaken(InventoryError):
    """Some product is inactive or has too few pieces left; nothing was taken."""

    def __init__(self, product_ids: Iterable[int]):
        super().__init__(f"products {sorted(product_ids)} could not be taken")
        self.product_ids = set(product_ids)


class WrongInventory(InventoryError):
    """A count was given for numbered things, or numbers for counted stock."""


class FewerThanPromised(InventoryError):
    """Fewer pieces were counted than orders were promised: some of these orders must be canceled, or are sent already."""

    def __init__(self, product: Product):
        super().__init__(f"{product.promised} pieces of {product.sku} are promised")
        self.promised = product.promised


class Moved(InventoryError):
    """Pieces came or went since the person who counted read how many are on hand."""

    def __init__(self, product: Product):
        super().__init__(f"{product.on_hand} pieces of {product.sku} are on hand now")
        self.on_hand = product.on_hand


class NumberHeld(InventoryError):
    """A number that an order holds can't be retired by hand."""


class NumberRetired(InventoryError):
    """A number that is retired already stays so, with the reason that was given then."""
