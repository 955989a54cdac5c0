"""Not a test: the way of one click on "Place order" through our own functions, as docs/checkout.md lists it.

    python -m pytest -n 0 -s tests/shop/checkout/checkout_journey.py

A room is a module. A stay begins whenever the work goes on in another room, by a call or by a return; a return is a stay
in a room that was left before.
"""

import sys
from itertools import groupby
from pathlib import Path
from types import FrameType

import pytest
from django.conf import settings

from tests.factories import make_product

pytestmark = pytest.mark.django_db
OURS = tuple(f"{settings.PROJECT}/{room}/" for room in ("accounts", "catalog", "orders", "outbox", "shop"))


def room_of(frame: FrameType) -> str:
    return str(Path(frame.f_code.co_filename).relative_to(settings.PROJECT))


def is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OURS)


class Journey:
    """Every call of ours with its depth, and the rooms in which the work goes on."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str, str]] = []
        self.rooms: list[str] = []
        self.depth = 0

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        if event not in ("call", "return") or not is_ours(frame):
            return
        if event == "call":
            self.calls.append((self.depth, room_of(frame), frame.f_code.co_qualname))
            self.rooms.append(room_of(frame))
            self.depth += 1
            return
        self.depth -= 1
        caller = frame.f_back
        while caller and not is_ours(caller):
            caller = caller.f_back
        if caller:
            self.rooms.append(room_of(caller))

    @property
    def stays(self) -> list[str]:
        return [room for room, _same in groupby(self.rooms)]

    def told(self) -> str:
        """The list, without what is inside a function's own comprehensions, and the figures."""
        named = [call for call in self.calls if "<" not in call[2].rpartition(".<locals>.")[2]]
        lines = [f"{'  ' * depth}{room.removesuffix('.py')}: {name}" for depth, room, name in named]
        stays, rooms = len(self.stays), len(set(self.stays))
        figures = f"{len(named)} calls, {stays} stays in {rooms} rooms, {stays - rooms} returns"
        return "\n".join([*lines, figures, ""])


def test_the_journey_of_placing(customer, buyer):
    # Once before, so that nothing of it is loaded for the first time.
    customer.place(customer.preview((make_product(stock=9), 2)), buyer.table)
    page = customer.preview((make_product(stock=9), 2))
    typed = {"intent": "place", "price_table_id": buyer.table.pk, "note": "", "address": buyer.address.pk}
    journey = Journey()
    sys.setprofile(journey)
    try:
        answer = customer.post(page, typed)
    finally:
        sys.setprofile(None)
    assert answer.status_code == 303
    sys.stdout.write(f"\n{journey.told()}")
