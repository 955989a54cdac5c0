"""The only code that changes stock (each change a StockMovement) or hands out numbers.

A counted product has pieces that are free to sell (`stock_quantity`) and pieces that are promised: orders took them, and
they are neither sent nor given back. Both together lie on the shelf.

Who changes it by hand is the `actor`, who needs the right; None is the shop itself.

Every function that changes something runs in the caller's transaction and locks product rows in id order, after the
order's row and before any number. Product locks are FOR NO KEY UPDATE: a plain FOR UPDATE would deadlock with the
key-share locks of other orders' foreign keys.
"""

from catalog.inventory.by_hand import (
    Change,
    add_numbers,
    add_numbers_of,
    change_stock,
    count,
    receive,
    retire,
)
from catalog.inventory.errors import (
    FewerThanPromised,
    InventoryError,
    Moved,
    NotTaken,
    NumberHeld,
    NumberRetired,
    WrongInventory,
)
from catalog.inventory.numbers import free_numbers, give_out
from catalog.inventory.taking import (
    available,
    give_back,
    is_not_taken,
    lock,
    send,
    take,
    take_all,
    take_back,
    unsend,
    with_available,
)

__all__ = [
    "Change",
    "FewerThanPromised",
    "InventoryError",
    "Moved",
    "NotTaken",
    "NumberHeld",
    "NumberRetired",
    "WrongInventory",
    "add_numbers",
    "add_numbers_of",
    "available",
    "change_stock",
    "count",
    "free_numbers",
    "give_back",
    "give_out",
    "is_not_taken",
    "lock",
    "receive",
    "retire",
    "send",
    "take",
    "take_all",
    "take_back",
    "unsend",
    "with_available",
]
