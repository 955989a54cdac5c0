"""What customers see of the catalog: the products on sale, how many of each can be ordered, and finding them.

It only reads; whatever changes stock is in catalog/inventory.py.
"""

from django.db.models import Q, QuerySet

from catalog import inventory
from catalog.models import Product


def on_sale() -> QuerySet[Product]:
    """Products on sale with all that a card or a line shows, in a fixed number of statements."""
    products = Product.objects.filter(is_active=True).select_related("category")
    return inventory.with_available(products).prefetch_related("images")


def available(product: Product) -> int:
    """How many can be ordered now: pieces on hand, or free numbers."""
    return inventory.available(product)


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """The products that have every word of the text in their name, description or sku."""
    for word in text.split():
        products = products.filter(
            Q(name__icontains=word) | Q(description__icontains=word) | Q(sku__icontains=word)
        )
    return products
