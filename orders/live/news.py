"""What sockets tell, and by which topics it finds those that hear it."""

import json
from typing import Any
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


class News:
    """One entry of the feed, as each kind of socket tells it: written once, however many hear it."""

    def __init__(self, entry: FeedEntry) -> None:
        self.position = entry.position or 0
        self.order_id = entry.order_id
        self.topics = (ALL, customer(entry.customer_id), order(entry.order_id))
        self.change = entry.change
        self.event = json.dumps(payloads.event(entry))
        self._statuses: dict[str, str] = {}

    def status(self, language: str) -> str:
        """The change of status in a language."""
        if language not in self._statuses:
            assert self.change, "only a change of status is told as one"
            self._statuses[language] = status_text(self.change, language)
        return self._statuses[language]


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
