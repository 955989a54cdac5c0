"""The staff of a shop with restless providers: refused refunds are tried anew or settled by hand, some parcels leave.

Of some orders a part of the money goes back before that: pieces are canceled, or money is given without goods.
"""

import random
from collections import Counter
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from faults.providers.chaos import Chaotic, StandIns
from orders.actions.changes.changes import Wish, apply_change, preview_change
from orders.actions.steps import take_step
from orders.errors import OrderError
from orders.models import Dispute, Order, OrderChange, OrderLine, Refund
from orders.payments import refunds
from orders.reports.attention import refused_refunds
from orders.status import OrderStatus, Step

SETTLED = 0.2
# Of the orders that are paid at one moment, each is sent with this chance, once looked at.
SENT = 0.15
# Or a part of it goes back, with this chance: so much money, or one piece.
CHANGED, PART = 0.2, Decimal("1.50")


class Staff:
    def __init__(self, seed: int, providers: StandIns) -> None:
        self.providers: dict[str, Chaotic] = {one.variant: one for one in providers}
        self.chance = random.Random(f"staff {seed}")
        self.who = User.objects.create(
            email=f"staff-{seed}@example.com",
            password="!",  # noqa: S106 unusable
            is_staff=True,
            is_superuser=True,
        )
        self._looked_at: set[UUID] = set()
        self.happened: Counter[str] = Counter()

    def work(self) -> None:
        """One look at the desk. Of what is in dispute nothing is asked for until its end."""
        undecided = refused_refunds().exclude(capture__disputes__state=Dispute.State.OPEN)
        for refund in undecided.select_related("capture", "payment"):
            self._decide(refund)
        for order_id in Order.objects.filter(status=OrderStatus.PAID).values_list("pk", flat=True):
            if order_id not in self._looked_at:
                self._look_at(order_id)
            self._looked_at.add(order_id)

    def _look_at(self, order_id: UUID) -> None:
        if self.chance.random() < CHANGED:
            self._change(order_id)
        if self.chance.random() < SENT:
            self._send(order_id)

    def _decide(self, refund: Refund) -> None:
        """Who settles by hand has looked at the provider, and does not return it there as well."""
        is_settled = self.chance.random() < SETTLED and self.providers[refund.payment.variant].settle(
            refund.capture.reference
        )
        decide = refunds.settle_by_hand if is_settled else refunds.retry
        try:
            decide(refund_id=refund.pk, actor=self.who, note="as the rig's staff decides")
        except OrderError:
            pass  # it moved on meanwhile

    def _change(self, order_id: UUID) -> None:
        """Give a part back: as money alone, or for a piece that is canceled."""
        line = OrderLine.objects.filter(order=order_id).earliest("position")
        if self.chance.random() < 0.5:
            wish = Wish(kind=OrderChange.Kind.REFUND, amount=PART, note="as the rig's staff decides")
        else:
            wish = Wish(
                kind=OrderChange.Kind.CANCEL, quantities={line.sku: 1}, note="as the rig's staff decides"
            )
        try:
            shown = preview_change(order_id=order_id, actor=self.who, wish=wish)
            apply_change(
                order_id=order_id, actor=self.who, change_id=shown.id, based_on=shown.based_on, wish=wish
            )
        except OrderError:
            return  # it moved on meanwhile, or it would be all of it
        self.happened[f"part: {wish.kind}"] += 1

    def _send(self, order_id: UUID) -> None:
        try:
            take_step(order_id=order_id, step=Step.COMPLETE, actor=self.who)
        except OrderError:
            pass  # it moved on meanwhile, or is in dispute
