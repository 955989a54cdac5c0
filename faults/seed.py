"""What the customers of a run need: products with plenty and with little stock, keys and sessions."""

from decimal import Decimal

from django.db import transaction

from benchmarks import seed
from catalog import inventory
from catalog.models import Category, Inventory, Product

PLENTY, LITTLE = 100_000, 8


def customers(count: int, *, run: int) -> list[seed.Customer]:
    return seed.customers(count, prefix=f"faults-{run}")


def products(*, run: int) -> list[Product]:
    """Counted ones and numbered ones, few of each in plenty."""
    return [
        *seed.products(2, prefix=f"PLENTY-{run}", stock=PLENTY),
        *seed.products(3, prefix=f"LITTLE-{run}", stock=LITTLE),
        *(numbered(f"SEATS-{run}-{nth}", numbers=LITTLE) for nth in range(2)),
        numbered(f"ROOMS-{run}", numbers=1000),
    ]


def plenty(*, run: int) -> list[Product]:
    """Counted ones that never run out."""
    return seed.products(3, prefix=f"PAID-{run}", stock=PLENTY)


@transaction.atomic
def numbered(sku: str, *, numbers: int) -> Product:
    product = Product.objects.create(
        category=Category.objects.get(slug="bench"),
        sku=sku,
        slug=sku.lower(),
        name=f"Product {sku}",
        price=Decimal("12.50"),
        weight_g=200,
        inventory=Inventory.NUMBERED,
    )
    values = [f"{sku}/{nth:04}" for nth in range(numbers)]
    inventory.add_numbers(product_id=product.pk, values=values, actor=None)
    return product
