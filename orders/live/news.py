"""What sockets tell, and by which topics it finds those that hear it."""

import json
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import translation

from orders.events import payloads
from orders.models import FeedEntry, StatusChange

# Everything that happens to orders.
ALL = "all"


def order(order_id: UUID) -> str:
    """What happens to one order."""
    return f"order {order_id.hex}"


def customer(customer_id: int) -> str:
    """What happens to a customer's orders."""
    return f"customer {customer_id}"


class Told(NamedTuple):
    """A message, with its place in the feed."""

    position: int
    text: str
    # Of a change of status: its number in its order's history.
    sequence: int = 0


class News:
    """One entry of the feed, as each kind of socket tells it: written once, however many hear it."""

    def __init__(self, entry: FeedEntry) -> None:
        self.position = entry.position or 0
        self.order_id = entry.order_id
        self.topics = (ALL, customer(entry.customer_id), order(entry.order_id))
        self.change = entry.change
        self.event = json.dumps(payloads.event(entry))
        self._statuses: dict[str, str] = {}

    def of_order(self, language: str) -> Told:
        """As those hear it who watch this order alone: a change of status in their language, else the event."""
        if self.change is None:
            return Told(self.position, self.event)
        if language not in self._statuses:
            self._statuses[language] = status_text(self.change, language)
        return Told(self.position, self._statuses[language], self.change.sequence)


def status_text(change: StatusChange, language: str) -> str:
    """A status change as it goes over the wire."""
    with translation.override(language):
        return json.dumps(message(change))


def message(change: StatusChange) -> dict[str, Any]:
    """What it tells, in the current language."""
    return {
        "type": "status",
        "order": str(change.order_id),
        "status": change.to_status,
        "label": change.get_to_status_display(),
        "sequence": change.sequence,
        "at": payloads.written(change.at),
    }
