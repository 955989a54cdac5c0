"""What fits into a place of an address: ids of what is there, of theirs and of others', and odd ones."""

from collections.abc import Callable
from random import Random
from typing import Any

from django.contrib import admin
from django.db.models import Model

from accounts.models import Address, ApiKey, User
from catalog.models import Product
from faults.fuzz.finding.routes import PLACE, Door
from faults.fuzz.sending import odd
from orders.models import CardUse, ChangeRequest, Invoice, Order, OrderDraft, WebhookDelivery, WebhookEndpoint

SOME = 12
# How often a place has what is there, where anything is.
REAL = 0.8
# By the name of a place.
OF: dict[str, Callable[[], list[str]]] = {
    "order_id": lambda: ids(Order),
    "preview_id": lambda: ids(Order),
    "address_id": lambda: ids(Address),
    "pk": lambda: ids(Address),
    "id": lambda: ids(User),
    "draft_id": lambda: ids(OrderDraft),
    "paper_id": lambda: ids(Invoice),
    "use_id": lambda: ids(CardUse),
    "request_id": lambda: ids(ChangeRequest),
    "key_id": lambda: ids(ApiKey),
    "endpoint_id": lambda: ids(WebhookEndpoint),
    "message_id": lambda: [f"msg_{one.replace('-', '')}" for one in ids(WebhookDelivery, "key")],
    "slug": lambda: ids(Product, "slug"),
    "variant": lambda: ["demo", "stripe", "paypal", "transfer"],
    "client": lambda: ["app"],
    "content_type_id": lambda: [str(nth) for nth in range(1, SOME)],
    "number": lambda: ["1", "2"],
}


def ids(model: type[Model], name: str = "pk") -> list[str]:
    """Of the first and the last ones."""
    rows: Any = model._default_manager.order_by("pk")
    found = [
        *rows.values_list(name, flat=True)[:SOME],
        *rows.order_by("-pk").values_list(name, flat=True)[:SOME],
    ]
    return [str(one) for one in dict.fromkeys(found)]


class Things:
    """Read once; what goes meanwhile is one more that is not there."""

    def __init__(self, doors: list[Door]) -> None:
        self.by_place = {name: find() for name, find in OF.items()}
        self.by_model = {
            f"{model._meta.app_label}_{model._meta.model_name}_": ids(model) for model in admin.site._registry
        }
        self.desk = {door.route: self._of_desk(door.name) for door in doors if door.kind == "desk"}

    def _of_desk(self, name: str) -> list[str]:
        return next((some for begin, some in self.by_model.items() if name.startswith(begin)), [])

    def filled(self, chance: Random, door: Door) -> str:
        """Its route with something in each place."""
        return PLACE.sub(lambda place: self._value(chance, door, place[2]), door.route)

    def _value(self, chance: Random, door: Door, name: str) -> str:
        known = self.desk.get(door.route) if name in ("pk", "object_id", "id") else None
        known = known or self.by_place.get(name, [])
        if known and chance.random() < REAL:
            value = chance.choice(known)
            return value if chance.random() < 0.9 else odd.escaped(odd.bent(chance, value)[:900])
        return odd.escaped(odd.text(chance)[:900], chance.choice(("", "/")))
