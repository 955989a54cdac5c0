"""Numbers for orders: which are free, and giving them out."""

from collections.abc import Collection, Iterable, Mapping

from catalog.inventory.errors import InventoryError
from catalog.models import Number
from database import Asked, fetch, fetch_together

LOCK = "SELECT id FROM catalog_product WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
# By an index that has nothing but free numbers, in the order in which they are given out.
FREE = f"""
SELECT wanted.product_id, free.id FROM unnest(%s::bigint[], %s::int[]) AS wanted(product_id, quantity)
CROSS JOIN LATERAL (
    SELECT id FROM catalog_number WHERE product_id = wanted.product_id AND state = '{Number.State.FREE.value}'
    ORDER BY id LIMIT wanted.quantity
) AS free
ORDER BY wanted.product_id, free.id
"""  # noqa: S608 a constant of ours
GIVE_OUT = f"""
UPDATE catalog_number SET state = '{Number.State.TAKEN.value}'
WHERE id = ANY(%s::bigint[]) AND state = '{Number.State.FREE.value}' RETURNING id
"""  # noqa: S608 likewise


def free_numbers(*, quantities: Mapping[int, int], beside: Iterable[int] = ()) -> dict[int, list[int]]:
    """The ids of the first free numbers of products (product id -> how many), or of fewer where no more are free.

    They are free until the caller's transaction ends: the products are locked, and so are those `beside`, in id order.
    These are the counted products of an order whose pieces go back if there are too few numbers: locked afterwards they
    would come out of id order, and deadlock with an order that gives back both kinds.

    Orders that pick from one product queue at its lock, so that no order is refused over numbers that another order looked
    at and put back. (With SKIP LOCKED the second order would see too few and give up too soon.) So it is a statement by
    itself, before the one that looks: that sees what was committed while this one waited.
    """
    lock = Asked(LOCK, [list({*quantities, *beside})])
    look = Asked(FREE, [list(quantities), list(quantities.values())])
    found: dict[int, list[int]] = {product_id: [] for product_id in quantities}
    for product_id, number_id in fetch_together(lock, look)[1]:
        found[product_id].append(number_id)
    return found


def give_out(*, numbers: Collection[int]) -> None:
    """Give out free numbers, whose products are locked; a number that is not free is a bug, and an InventoryError."""
    given = fetch(GIVE_OUT, [list(numbers)])
    if missing := len(numbers) - len(given):
        raise InventoryError(f"{missing} of {len(numbers)} numbers were not {Number.State.FREE}")
