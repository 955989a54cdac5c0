"""Products on sale of which little is left, for staff to see in time. It only reads."""

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from catalog.models import Inventory, Number, Product


def low_stock(products: QuerySet[Product] | None = None) -> QuerySet[Product]:
    """Counted products with LOW_STOCK pieces or fewer."""
    return _on_sale(products, Inventory.COUNTED).filter(stock_quantity__lte=settings.LOW_STOCK)


def low_numbers(products: QuerySet[Product] | None = None) -> QuerySet[Product]:
    """Numbered products with LOW_NUMBERS free numbers or fewer; no more than that are looked at."""
    free = Number.objects.filter(product=OuterRef("pk"), state=Number.State.FREE).order_by("pk")
    one_more = free[settings.LOW_NUMBERS : settings.LOW_NUMBERS + 1]
    return _on_sale(products, Inventory.NUMBERED).filter(~Exists(one_more))


def _on_sale(products: QuerySet[Product] | None, inventory: Inventory) -> QuerySet[Product]:
    chosen = Product.objects.all() if products is None else products
    return chosen.filter(is_active=True, inventory=inventory)
