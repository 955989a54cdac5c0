"""Staff who take orders for customers, as on the telephone: drafts that become orders, paid by transfers that staff note.

It does what the desk's pages do, in the rig's own process: each call is made again until it went through, and each draft
is placed twice, and each transfer noted twice.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connections

from accounts.models import User
from demo.people import HOME_ADDRESS
from faults.checking.history import Told
from faults.drivers.settling import settle
from orders.actions.drafts import editing, placing, prices
from orders.actions.drafts.wishes import Wish, WishedLine
from orders.checkout.preview import Preview
from orders.models import TRANSFER, Order
from orders.payments import by_hand
from orders.status import OrderStatus

# What a piece costs by the word of staff, of one draft in two.
AGREED = Decimal("11.00")
WAIT_SECONDS = 20.0
BETWEEN = (0.5, 2.0)


class Taker(threading.Thread):
    """Takes orders until it is told to end; `told` is what it was told, as of the customers that it is about."""

    def __init__(self, seed: int, actor: User, emails: Sequence[str], skus: Sequence[str]) -> None:
        super().__init__()
        self.chance = random.Random(f"{seed} drafts")
        self.actor, self.emails, self.skus = actor, emails, skus
        self.over = threading.Event()
        self.told: list[Told] = []
        self.errors: list[str] = []

    def run(self) -> None:
        try:
            while not self.over.wait(self.chance.uniform(*BETWEEN)):
                self._order()
        except Exception as error:  # noqa: BLE001 whatever ends it is reported, and fails the run
            self.errors.append(f"staff who take orders: {error!r}")
        finally:
            connections.close_all()

    def end(self) -> None:
        self.over.set()
        self.join(300)

    def _order(self) -> None:
        client = self.chance.randrange(len(self.emails))
        wish = self._wish(self.emails[client])
        draft = self._settle(lambda: editing.save_draft(actor=self.actor, wish=wish))
        priced = draft and self._settle(lambda: prices.work_out(draft_id=draft.pk, actor=self.actor))
        if not draft or not priced:
            return
        preview: Preview = priced.preview

        def place() -> Order:
            return placing.place_draft(
                draft_id=draft.pk,
                preview_id=preview.id,
                price_table_id=preview.shipping_options[0].price_table_id,
                actor=self.actor,
            ).order

        promised = {
            "items": {line.sku: line.quantity for line in preview.lines},
            "total": f"{preview.items_total:.2f}",
        }
        note = {"client": client, "act": "place", "order": str(preview.id), **promised}
        placed = [self._settle(place, note) for _time in range(2)]
        if any(placed) and self._wait(preview) == OrderStatus.PAY_REQUIRED:
            self._pay(client, preview)

    def _wish(self, email: str) -> Wish:
        quantity = self.chance.choice((1, 1, 2))
        sku = self.chance.choice(self.skus)
        agreed = self.chance.random() < 0.5
        line = (
            WishedLine(sku, quantity, AGREED, "agreed on the telephone")
            if agreed
            else WishedLine(sku, quantity)
        )
        return Wish(email=email, full_name="Linh Tran", language="en", lines=[line], address=HOME_ADDRESS)

    def _wait(self, preview: Preview) -> str:
        """Until the order is confirmed or refused, but not for longer than it takes."""
        deadline, seen = time.monotonic() + WAIT_SECONDS, ""
        while seen in ("", OrderStatus.PENDING) and time.monotonic() < deadline:
            time.sleep(0.2)
            statuses = Order.objects.filter(pk=preview.id).values_list("status", flat=True)
            seen = self._settle(statuses.first) or ""
        return seen

    def _pay(self, client: int, preview: Preview) -> None:
        order = self._settle(lambda: Order.objects.get(pk=preview.id))
        if order is None:
            return
        reference = f"transfer {order.number}"
        note = {"client": client, "act": "receipt", "order": str(order.pk), "once": reference}
        for _time in range(2):
            self._settle(
                lambda: by_hand.note_received(
                    order_id=order.pk,
                    actor=self.actor,
                    variant=TRANSFER,
                    amount=order.total_amount,
                    reference=reference,
                ),
                note,
            )

    def _settle(self, act: Callable[[], Any], note: dict[str, Any] | None = None) -> Any:
        return settle(act, lambda asked, status: self._note(note, asked, status))

    def _note(self, note: dict[str, Any] | None, asked: float, status: int) -> None:
        if note is not None:
            # A refusal shows no order.
            more = note if status == 200 else {k: v for k, v in note.items() if k not in ("items", "total")}
            self.told.append(Told(asked_at=asked, told_at=time.time(), status=status, **more))
