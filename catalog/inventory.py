"""The only code that changes stock (each change a StockMovement) or hands out numbers.

A counted product has pieces that are free to sell (`stock_quantity`) and pieces that are promised: orders took them, and
they are neither sent nor given back. Both together lie on the shelf.

Who changes it by hand is the `actor`, who needs the right; None is the shop itself.

Every function that changes something runs in the caller's transaction and locks product rows in id order, after the
order's row and before any number. Product locks are FOR NO KEY UPDATE: a plain FOR UPDATE would deadlock with the
key-share locks of other orders' foreign keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Inventory, Number, Product, StockMovement
from catalog.rights import CatalogRights
from database import fetch
from refusals import Refusal
from staff.log import use_right, write_each
from staff.rights import Actor, require

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
    SELECT t.id, %s::text, -t.quantity, %s::uuid, '', %s::timestamptz FROM taken t
)
SELECT id FROM taken
"""

ADD = """
UPDATE catalog_product p SET stock_quantity = p.stock_quantity + w.free, promised = p.promised + w.promised
FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS w(id, free, promised) WHERE p.id = w.id
"""


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


def take(*, quantities: Mapping[int, int], order_id: UUID) -> None:
    """Take pieces of counted products (product id -> pieces) for an order: all of them, or NotTaken.

    One statement writes the movements and takes the pieces. It comes last, so that the row of a hot product is locked as
    briefly as possible. The caller's transaction must be rolled back on NotTaken.
    """
    if not quantities:
        return
    wanted = [list(quantities), list(quantities.values())]
    taken = {pk for (pk,) in fetch(TAKE, [*wanted, Kind.TAKEN.value, order_id, timezone.now()])}
    if missing := set(quantities) - taken:
        raise NotTaken(missing)


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
        _add(free=quantities, promised={pk: -quantity for pk, quantity in quantities.items()})
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
    _move(
        used_up,
        Number.State.TAKEN,
        Number.State.RETIRED,
        retired_at=timezone.now(),
        retired_for=order_id,
    )
    _move(
        [number for number in numbers if number not in used_up],
        Number.State.TAKEN,
        Number.State.FREE,
    )


def send(*, quantities: Mapping[int, int]) -> None:
    """Note that pieces of an order (product id -> pieces) have left the shelf: they are no longer promised."""
    if quantities:
        lock(quantities)
        _add(free={}, promised={pk: -quantity for pk, quantity in quantities.items()})


@transaction.atomic
def receive(
    *,
    product_id: int,
    quantity: int,
    actor: Actor | None,
    reason: str = "",
) -> Product:
    """Add delivered pieces to a counted product's stock. Raises PermissionDenied, WrongInventory for a numbered one."""
    return change_stock(changes=[Change(product_id, Kind.RECEIVED, quantity, reason)], actor=actor)[0]


@transaction.atomic
def count(
    *,
    product_id: int,
    quantity: int,
    actor: Actor | None,
    reason: str = "",
    read: int | None = None,
) -> Product:
    """Book the pieces that were counted on the shelf: those that are promised to orders among them, the others are free.

    `read` is how many the shop said were on hand when they were counted. Raises PermissionDenied, WrongInventory for a
    numbered product, FewerThanPromised, Moved.
    """
    return change_stock(changes=[Change(product_id, Kind.COUNTED, quantity, reason, read)], actor=actor)[0]


class Change(NamedTuple):
    """Pieces of one product that were received, or counted on the shelf when the shop had said `read` (if it is known)."""

    product_id: int
    kind: StockMovement.Kind
    quantity: int
    reason: str = ""
    read: int | None = None


@transaction.atomic
def change_stock(*, changes: Sequence[Change], actor: Actor | None) -> list[Product]:
    """Receive and count pieces of many products, each of them once, in few statements; the products in id order.

    Raises PermissionDenied, WrongInventory for a numbered one, FewerThanPromised, Moved; then nothing was changed.
    """
    wanted = {change.product_id: change for change in changes}
    for change in changes:
        if change.quantity < (change.kind == Kind.RECEIVED):
            raise ValueError(f"{change.kind} pieces must be {int(change.kind == Kind.RECEIVED)} or more")
    require(actor=actor, right=CatalogRights.STOCK)
    products = lock(wanted)
    if len(products) < len(changes):
        raise Product.DoesNotExist
    differences = {product: _difference(product, wanted[product.pk]) for product in products}
    _add(free={product.pk: difference for product, difference in differences.items()}, promised={})
    for product, difference in differences.items():
        product.stock_quantity += difference
    _note_changes(wanted, differences, actor)
    return products


def _difference(product: Product, change: Change) -> int:
    if product.is_numbered:
        raise WrongInventory(product.sku)
    if change.kind != Kind.COUNTED:
        return change.quantity
    difference = change.quantity - product.on_hand
    if difference and change.read not in (None, product.on_hand):
        raise Moved(product)
    if change.quantity < product.promised:
        raise FewerThanPromised(product)
    return difference


def _note_changes(
    wanted: Mapping[int, Change], differences: Mapping[Product, int], actor: Actor | None
) -> None:
    """A movement and a row of the staff's log for each."""
    StockMovement.objects.bulk_create(
        StockMovement(
            product=product,
            kind=wanted[product.pk].kind,
            quantity=difference,
            actor_id=actor.pk if actor else None,
            reason=wanted[product.pk].reason,
        )
        for product, difference in differences.items()
    )
    if actor is not None:
        about = [
            (product, {"quantity": difference, "reason": wanted[product.pk].reason})
            for product, difference in differences.items()
        ]
        write_each(actor=actor, action=CatalogRights.STOCK, about=about)


def _add(*, free: Mapping[int, int], promised: Mapping[int, int]) -> None:
    """Add to what is free and to what is promised of products that are locked."""
    ids = list({**free, **promised})
    columns = [[changes.get(pk, 0) for pk in ids] for changes in (free, promised)]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [ids, *columns])


def add_numbers(*, product_id: int, values: Sequence[str], actor: Actor | None) -> int:
    """Add numbers to a numbered product; values that it has already are passed over. Returns how many were new.

    Raises PermissionDenied, WrongInventory.
    """
    return add_numbers_of(values={product_id: values}, actor=actor)


@transaction.atomic
def add_numbers_of(*, values: Mapping[int, Sequence[str]], actor: Actor | None) -> int:
    """The same for many products (product id -> values), in few statements."""
    require(actor=actor, right=CatalogRights.ADD_NUMBERS)
    products = lock(values)
    if len(products) < len(values):
        raise Product.DoesNotExist
    for product in products:
        if not product.is_numbered:
            raise WrongInventory(product.sku)
    new = _unknown(values)
    Number.objects.bulk_create(
        (Number(product_id=pk, value=value) for pk, some in new.items() for value in some), batch_size=5000
    )
    if actor is not None:
        about = [(product, {"added": len(new[product.pk])}) for product in products]
        write_each(actor=actor, action=CatalogRights.ADD_NUMBERS, about=about)
    return sum(map(len, new.values()))


def _unknown(values: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    """The values that the locked products do not have yet, each once."""
    wanted = {pk: dict.fromkeys(v.strip() for v in some if v.strip()) for pk, some in values.items()}
    every = {value for some in wanted.values() for value in some}
    numbers = Number.objects.order_by().filter(product__in=values, value__in=every)
    known = set(numbers.values_list("product_id", "value"))
    return {pk: [value for value in some if (pk, value) not in known] for pk, some in wanted.items()}


def lock(product_ids: Iterable[int]) -> list[Product]:
    """Lock products in id order until the transaction ends."""
    return list(
        Product.objects.select_for_update(no_key=True).filter(pk__in=list(product_ids)).order_by("pk")
    )


def pick(*, quantities: Mapping[int, int]) -> dict[int, list[Number]] | None:
    """Pick free numbers of numbered products (product id -> how many): all of them, or None and nothing is changed.

    Orders that pick from one product queue at its lock, so that no order is refused over numbers that another order looked
    at and put back. (With SKIP LOCKED the second order would see too few and give up too soon.)
    """
    lock(quantities)
    picked = {
        product_id: list(
            Number.objects.filter(product_id=product_id, state=Number.State.FREE).order_by("pk")[:quantity]
        )
        for product_id, quantity in quantities.items()
    }
    if any(len(picked[product_id]) < quantity for product_id, quantity in quantities.items()):
        return None
    _move(
        [number for numbers in picked.values() for number in numbers],
        Number.State.FREE,
        Number.State.TAKEN,
    )
    return picked


@transaction.atomic
def retire(*, number_id: int, actor: Actor | None, reason: str = "") -> None:
    """Take a free number out of circulation for good. A person gives a reason, which goes into the staff's log.

    Raises PermissionDenied, NumberHeld when an order holds it, or NumberRetired.
    """
    if actor is not None and not reason.strip():
        raise ValueError("a number is retired with a reason")
    number = Number.objects.get(pk=number_id)
    lock([number.product_id])
    number.refresh_from_db()
    use_right(actor=actor, right=CatalogRights.RETIRE_NUMBERS, about=number, reason=reason.strip())
    if number.state == Number.State.TAKEN:
        raise NumberHeld(number.value)
    if number.state == Number.State.RETIRED:
        raise NumberRetired(number.value)
    Number.objects.filter(pk=number_id).update(state=Number.State.RETIRED, retired_at=timezone.now())


def _move(numbers: Sequence[Number], source: Number.State, target: Number.State, **besides: object) -> None:
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
