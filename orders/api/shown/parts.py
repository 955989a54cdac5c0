"""What is shown with orders, in parts: each says which rows it needs, and all of them are read in one round trip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from database.rows import Found, find_together

Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Part(Generic[Shown]):
    """`made` takes the rows of each statement; nothing is asked, and there are no rows, where it `is_there` not."""

    made: Callable[..., Shown]
    wanted: Sequence[Found]
    is_there: bool = True

    def read(self) -> Shown:
        """By itself."""
        shown: Shown = read(self)[0]
        return shown


def read(*parts: Part[Any]) -> list[Any]:
    """What each of them comes to."""
    found = iter(find_together(*(one for part in parts if part.is_there for one in part.wanted)))
    rows = [
        list(islice(found, len(part.wanted))) if part.is_there else [[] for _one in part.wanted]
        for part in parts
    ]
    return [part.made(*some) for part, some in zip(parts, rows, strict=True)]
