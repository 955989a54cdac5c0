"""What orders take, give back and send: pieces and numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from psycopg.errors import CheckViolation

from catalog.inventory.errors import InventoryError, NotTaken
from catalog.models import Inventory, Number, Product, StockMovement
from database import Asked, fetch, later

Kind = StockMovement.Kind

# Rows are locked in id order before any of them is written, and the condition is checked again on the row as it stands
# then: one statement however many products, and no snapshot between the check and the change. Movements come from what was
# taken, so after the locks: each carries the hash of the product's one before.
TAKE = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::int[]) AS w(id, quantity)
), locked AS MATERIALIZED (
    SELECT p.id, w.quantity FROM catalog_product p JOIN wanted w ON w.id = p.id
    ORDER BY p.id FOR NO KEY UPDATE OF p
), taken AS (
    UPDATE catalog_product p SET stock_quantity = p.stock_quantity - l.quantity, promised = p.promised + l.quantity
    FROM locked l
    WHERE p.id = l.id AND p.is_active AND p.inventory = 'counted' AND p.stock_quantity >= l.quantity
    RETURNING p.id, l.quantity
), moved AS (
    INSERT INTO catalog_stockmovement (product_id, kind, quantity, order_id, reason, at)
    SELECT id, %s::text, quantity, %s::uuid, '', %s::timestamptz FROM ({movements}) m(id, quantity)
)
SELECT id FROM taken
"""
TAKE_SOME = TAKE.format(movements="SELECT id, -quantity FROM taken")
# A movement of nothing is refused by its table (NOTHING_MOVED): so who sends the commit along with it takes all or nothing.
TAKE_ALL = TAKE.format(
    movements="SELECT w.id, coalesce(-t.quantity, 0) FROM wanted w LEFT JOIN taken t ON t.id = w.id"
)
NOTHING_MOVED = "catalog_movement_sign"

ADD = """
UPDATE catalog_product p SET stock_quantity = p.stock_quantity + w.free, promised = p.promised + w.promised
FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS w(id, free, promised) WHERE p.id = w.id
"""


def take(*, quantities: Mapping[int, int], order_id: UUID) -> None:
    """Take pieces of counted products (product id -> pieces) for an order: all of them, or NotTaken.

    One statement writes the movements and takes the pieces. It comes last, so that the row of a hot product is locked as
    briefly as possible. The caller's transaction must be rolled back on NotTaken.
    """
    if not quantities:
        return
    taken = {pk for (pk,) in fetch(TAKE_SOME, _taking(quantities, order_id))}
    if missing := set(quantities) - taken:
        raise NotTaken(missing)


def take_all(*, quantities: Mapping[int, int], order_id: UUID) -> None:
    """The same, sent with the commit; in place of NotTaken that is an error that `is_not_taken`."""
    if quantities:
        later(Asked(TAKE_ALL, _taking(quantities, order_id)))


def is_not_taken(error: IntegrityError) -> bool:
    """Whether the error is that something of what was to be taken is not for sale, or that there is too little of it."""
    return (
        isinstance(error.__cause__, CheckViolation) and error.__cause__.diag.constraint_name == NOTHING_MOVED
    )


def _taking(quantities: Mapping[int, int], order_id: UUID) -> list[Any]:
    return [list(quantities), list(quantities.values()), Kind.TAKEN.value, order_id, timezone.now()]


def give_back(
    *,
    order_id: UUID,
    quantities: Mapping[int, int],
    numbers: Iterable[Number] = (),
    seen: bool = False,
) -> None:
    """Put back what an order held: its pieces (product id -> pieces) and its numbers (with their products loaded).

    Numbers that a customer has `seen` are retired where the product says that they may not be given out again.
    Pieces given back a second time for the same order are an IntegrityError.
    """
    numbers = list(numbers)
    lock({*quantities, *(number.product_id for number in numbers)})
    if quantities:
        add(free=quantities, promised={pk: -quantity for pk, quantity in quantities.items()})
        StockMovement.objects.bulk_create(
            StockMovement(
                product_id=product_id,
                kind=Kind.GIVEN_BACK,
                quantity=quantity,
                order_id=order_id,
            )
            for product_id, quantity in quantities.items()
        )
    used_up = [number for number in numbers if seen and not number.product.numbers_reusable]
    move(
        used_up,
        Number.State.TAKEN,
        Number.State.RETIRED,
        retired_at=timezone.now(),
        retired_for=order_id,
    )
    move(
        [number for number in numbers if number not in used_up],
        Number.State.TAKEN,
        Number.State.FREE,
    )


def take_back(
    *,
    order_id: UUID,
    quantities: Mapping[int, int],
    numbers: Mapping[Number, bool],
    promised: bool,
    reason: str,
) -> None:
    """Put back a part of what an order held that goes on with the rest: pieces that are for sale again, and its numbers.

    Pieces were `promised` if they were not sent yet. Of each number (with its product loaded) the mapping says whether it
    may be given out again, which a product whose numbers are used up by being seen refuses. The `reason` names the
    change: the same one a second time is an IntegrityError.
    """
    lock({*quantities, *(number.product_id for number in numbers)})
    if quantities:
        back = {pk: -quantity for pk, quantity in quantities.items()} if promised else {}
        add(free=quantities, promised=back)
        kind = Kind.CANCELED if promised else Kind.RETURNED
        StockMovement.objects.bulk_create(
            StockMovement(product_id=pk, kind=kind, quantity=quantity, order_id=order_id, reason=reason)
            for pk, quantity in quantities.items()
        )
    free = [number for number, again in numbers.items() if again and number.product.numbers_reusable]
    used_up = [number for number in numbers if number not in free]
    move(used_up, Number.State.TAKEN, Number.State.RETIRED, retired_at=timezone.now(), retired_for=order_id)
    move(free, Number.State.TAKEN, Number.State.FREE)


def send(*, quantities: Mapping[int, int]) -> None:
    """Note that pieces of an order (product id -> pieces) have left the shelf: they are no longer promised."""
    if quantities:
        lock(quantities)
        add(free={}, promised={pk: -quantity for pk, quantity in quantities.items()})


def unsend(*, quantities: Mapping[int, int]) -> None:
    """Note that pieces of an order (product id -> pieces) that had left lie on the shelf again, promised to it."""
    if quantities:
        lock(quantities)
        add(free={}, promised=quantities)


def add(*, free: Mapping[int, int], promised: Mapping[int, int]) -> None:
    """Add to what is free and to what is promised of products that are locked."""
    ids = list({**free, **promised})
    columns = [[changes.get(pk, 0) for pk in ids] for changes in (free, promised)]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [ids, *columns])


def lock(product_ids: Iterable[int]) -> list[Product]:
    """Lock products in id order until the transaction ends."""
    return list(
        Product.objects.select_for_update(no_key=True).filter(pk__in=list(product_ids)).order_by("pk")
    )


def move(numbers: Sequence[Number], source: Number.State, target: Number.State, **besides: object) -> None:
    """Change the state of numbers whose products are locked; a number in another state than expected is a bug."""
    if not numbers:
        return
    moved = Number.objects.filter(pk__in=[number.pk for number in numbers], state=source).update(
        state=target, **besides
    )
    if moved != len(numbers):
        raise InventoryError(f"{len(numbers) - moved} of {len(numbers)} numbers were not {source}")


def with_available(products: QuerySet[Product]) -> QuerySet[Product]:
    """Products with `free_numbers` for `available`, by a subquery: a page counts for its own rows alone."""
    free = Number.objects.filter(product=OuterRef("pk"), state=Number.State.FREE).order_by()
    counted = free.annotate(free=Func(F("pk"), function="COUNT")).values("free")
    return products.annotate(free_numbers=Coalesce(Subquery(counted), 0))


def available(product: Product) -> int:
    """How many can be ordered now: free pieces, or free numbers."""
    if product.inventory == Inventory.COUNTED:
        return product.stock_quantity
    counted = getattr(product, "free_numbers", None)
    return counted if counted is not None else product.numbers.filter(state=Number.State.FREE).count()
