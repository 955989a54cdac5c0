"""The progress track: where an order has been, where it is, and what can come next, drawn from the code's own steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orders.models import Order, StatusChange
from orders.status import STEPS, OrderStatus


@dataclass(frozen=True)
class Stop:
    """One status on the track. `when` is "been", "now" or "ahead"."""

    status: OrderStatus
    when: str
    at: datetime | None = None

    @property
    def label(self) -> str:
        return str(self.status.label)


def track(order: Order, history: Iterable[StatusChange]) -> list[Stop]:
    """Every status so far with its time, then the usual way ahead."""
    been = [Stop(OrderStatus(c.to_status), "been", c.at) for c in history if c.to_status != order.status]
    now = Stop(OrderStatus(order.status), "now", order.status_since)
    return [*been, now, *(Stop(status, "ahead") for status in way_ahead(order.status))]


def next_of(status: str) -> list[OrderStatus]:
    """The statuses that can follow, the usual one first."""
    return [edge.target for edge in STEPS.values() if edge.source == status]


def way_ahead(status: str) -> list[OrderStatus]:
    """The statuses that follow when all goes as usual."""
    ahead: list[OrderStatus] = []
    while (following := next_of(ahead[-1] if ahead else status)) and len(ahead) < len(OrderStatus):
        ahead.append(following[0])
    return ahead
