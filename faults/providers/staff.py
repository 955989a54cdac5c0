"""The staff of a shop with restless providers: refused refunds are tried anew or settled by hand, some parcels leave."""

import random
from uuid import UUID

from accounts.models import User
from faults.providers.chaos import Chaotic, StandIns
from orders.actions.steps import take_step
from orders.errors import OrderError
from orders.models import Dispute, Order, Refund
from orders.payments import refunds
from orders.reports.attention import refused_refunds
from orders.status import OrderStatus, Step

SETTLED = 0.2
# Of the orders that are paid at one moment, each is sent with this chance, once looked at.
SENT = 0.15


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

    def work(self) -> None:
        """One look at the desk. Of what is in dispute nothing is asked for until its end."""
        undecided = refused_refunds().exclude(capture__disputes__state=Dispute.State.OPEN)
        for refund in undecided.select_related("capture", "payment"):
            self._decide(refund)
        for order_id in Order.objects.filter(status=OrderStatus.PAID).values_list("pk", flat=True):
            if order_id not in self._looked_at and self.chance.random() < SENT:
                self._send(order_id)
            self._looked_at.add(order_id)

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

    def _send(self, order_id: UUID) -> None:
        try:
            take_step(order_id=order_id, step=Step.COMPLETE, actor=self.who)
        except OrderError:
            pass  # it moved on meanwhile, or is in dispute
