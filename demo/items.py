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


class Words(NamedTuple):
    """A product's texts in another language."""

    name: str
    description: str


@dataclass(frozen=True)
class Shelf:
    """A category and what lies in it."""

    slug: str
    name: str
    items: tuple[Item, ...]


def numbered(pattern: str, *ranges: range) -> tuple[str, ...]:
    """`Room {}` and range(101, 104) -> Room 101, Room 102, Room 103."""
    return tuple(pattern.format(number) for numbers in ranges for number in numbers)


def seats_in(rows: str, per_row: int) -> tuple[str, ...]:
    return tuple(f"Row {row}, seat {seat}" for row in rows for seat in range(1, per_row + 1))


def keys(prefix: str, count: int) -> tuple[str, ...]:
    """Made-up licence keys, the same at each run."""
    parts = ((i * 7919 % 65536, i * 104729 % 65536, i * 15485863 % 65536) for i in range(1, count + 1))
    return tuple(f"{prefix}-{a:04X}-{b:04X}-{c:04X}" for a, b, c in parts)
