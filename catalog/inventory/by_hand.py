"""What people do to stock and numbers: pieces received and counted, numbers added and retired."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from catalog.inventory.errors import FewerThanPromised, Moved, NumberHeld, NumberRetired, WrongInventory
from catalog.inventory.taking import add, lock
from catalog.models import Number, Product, StockMovement
from catalog.rights import CatalogRights
from catalog.skus import seen
from staff.log import use_right, write_each
from staff.rights import Actor, require

Kind = StockMovement.Kind


@transaction.atomic
def receive(
    *,
    product_id: int,
    quantity: int,
    actor: Actor | None,
    reason: str = "",
    read: int | None = None,
) -> Product:
    """Add delivered pieces to a counted product's stock.

    `read` is how many the shop said were on hand before: a delivery that is booked twice by a double click is booked once.
    Raises PermissionDenied, WrongInventory for a numbered product, Moved.
    """
    return change_stock(changes=[Change(product_id, Kind.RECEIVED, quantity, reason, read)], actor=actor)[0]


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
    """Pieces of one product that were received or counted, when the shop had said `read` on hand (if it is known)."""

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
    add(free={product.pk: difference for product, difference in differences.items()}, promised={})
    for product, difference in differences.items():
        product.stock_quantity += difference
    _note_changes(wanted, differences, actor)
    return products


def _difference(product: Product, change: Change) -> int:
    if product.is_numbered:
        raise WrongInventory(product.sku)
    if change.kind != Kind.COUNTED:
        if change.read not in (None, product.on_hand):
            raise Moved(product)
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


def add_numbers(*, product_id: int, values: Sequence[str], actor: Actor | None) -> int:
    """Add numbers to a numbered product; values that it has already are passed over. Returns how many were new.

    Two that look alike are one: how Unicode writes their letters, and what can't be seen, is no difference.

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
    wanted = {pk: dict.fromkeys(filter(None, map(seen, some))) for pk, some in values.items()}
    every = {value for some in wanted.values() for value in some}
    numbers = Number.objects.order_by().filter(product__in=values, value__in=every)
    known = set(numbers.values_list("product_id", "value"))
    return {pk: [value for value in some if (pk, value) not in known] for pk, some in wanted.items()}


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
