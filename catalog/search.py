"""Finding products by what a customer types."""

from django.db.models import Q, QuerySet

from catalog.models import Product


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """The products that have every word of the text in their name, description or sku."""
    for word in text.split():
        products = products.filter(
            Q(name__icontains=word)
            | Q(description__icontains=word)
            | Q(sku__icontains=word)
        )
    return products
