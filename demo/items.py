"""The form in which the demo's products are written down, and makers of long lists of numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from demo.canvas import Canvas


@dataclass(frozen=True)
class Picture:
    draw: Callable[[], Canvas]
    alt: str


@dataclass(frozen=True)
class Item:
    """A product: price, and that of its sale, in US dollars, grams, centimetres; pieces in stock, or its numbers."""

    sku: str
    slug: str
    name: str
    price: str
    description: str
    pictures: tuple[Picture, ...]
    weight_g: int = 0
    sides_cm: tuple[int, int, int] = (0, 0, 0)
    stock: int = 0
    numbers: tuple[str, ...] = ()
    numbers_reusable: bool = True
    sale_price: str = ""
    is_gift_card: bool = False
    # So many days from when it is made: it begins then, in the evening; it is sent from then on.
    begins_in_days: int = 0
    sent_in_days: int = 0


@dataclass(frozen=True)
class Variant:
    """One of the variants of a product with options: its values, by the names in `ItemGroup.options`, and its stock."""

    sku: str
    values: tuple[str, ...]
    price: str
    stock: int


@dataclass(frozen=True)
class ItemGroup:
    """A product with options, with the names of its options and their values in the order in which they are offered."""

    slug: str
    name: str
    description: str
    options: dict[str, tuple[str, ...]]
    variants: tuple[Variant, ...]
    # Those of all of them, and of the variants that have a value.
    pictures: tuple[Picture, ...]
    pictures_of: dict[str, Picture]
    weight_g: int
    sides_cm: tuple[int, int, int]


class Words(NamedTuple):
    """A product's texts in another language."""

    name: str
    description: str


@dataclass(frozen=True)
class Shelf:
    """A category and what lies in it; it may stand below another, by its slug."""

    slug: str
    name: str
    items: tuple[Item, ...]
    groups: tuple[ItemGroup, ...] = ()
    below: str = ""


def numbered(pattern: str, *ranges: range) -> tuple[str, ...]:
    """`Room {}` and range(101, 104) -> Room 101, Room 102, Room 103."""
    return tuple(pattern.format(number) for numbers in ranges for number in numbers)


def seats_in(rows: str, per_row: int) -> tuple[str, ...]:
    return tuple(f"Row {row}, seat {seat}" for row in rows for seat in range(1, per_row + 1))


def keys(prefix: str, count: int) -> tuple[str, ...]:
    """Made-up licence keys, the same at each run."""
    parts = ((i * 7919 % 65536, i * 104729 % 65536, i * 15485863 % 65536) for i in range(1, count + 1))
    return tuple(f"{prefix}-{a:04X}-{b:04X}-{c:04X}" for a, b, c in parts)
