"""What is shown with an order: its lines with their products, pictures and numbers, its papers and its money."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import prefetch_related_objects

from catalog.models import Product, ProductImage
from database.beside import keep
from database.rows import find, find_together, rows_of, rows_with
from orders.models import Invoice, LedgerEntry, Order, OrderLine, Payment
from orders.models.line import BY_ORDER, with_numbers

OF_ORDER = "WHERE order_id = %s ORDER BY id"
PICTURES = "WHERE product_id = ANY(%s::bigint[]) ORDER BY position, id"


def read_beside(order: Order) -> None:
    """Read it in two round trips; numbers, and pictures of products with variants, take more where there are some."""
    of = [order.pk]
    lines, invoices, ledger, payments = find_together(
        rows_with(OrderLine, "product", BY_ORDER, of),
        *(rows_of(model, OF_ORDER, of) for model in (Invoice, LedgerEntry, Payment)),
    )
    for one in (*invoices, *ledger, *payments):
        one.order = order
    keep(order, "lines", with_numbers(order, lines))
    keep(order, "invoices", invoices)
    keep(order, "ledger", ledger)
    keep(order, "payments", payments)
    _read_pictures([line.product for line in lines])


def _read_pictures(products: Iterable[Product]) -> None:
    by_id = {product.pk: product for product in products}
    found: defaultdict[int | None, list[ProductImage]] = defaultdict(list)
    for picture in find(ProductImage, PICTURES, [[*by_id]]):
        found[picture.product_id].append(picture)
    for pk, product in by_id.items():
        keep(product, "images", found[pk])
    variants = [product for product in by_id.values() if product.group_id]
    if variants:
        prefetch_related_objects(variants, "group__images")
