"""Owes events to the endpoints of webhooks, in the transaction that gives them their positions: each once, none missed."""

from collections.abc import Callable, Iterable

from django.db.models import Q

from orders.events.hints import wake
from orders.events.task_names import Task
from orders.models import FeedEntry, WebhookDelivery, WebhookEndpoint
from orders.rights import OrderRights
from staff.rights import may

TypeOf = Callable[[FeedEntry], str]


def owe_to_all(*, entry_ids: list[int], type_of: TypeOf) -> None:
    """Owe these entries to each endpoint that is on and whose owner may see them; a worker sends them after commit."""
    on = WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ON, owner__is_active=True)
    if not on.exists():
        return
    entries = list(
        FeedEntry.objects.filter(pk__in=entry_ids)
        .select_related("change", "money", "edit", "shipment", "notice")
        .order_by("pk")
    )
    may_see_some = Q(owner__is_staff=True) | Q(owner__in={entry.customer_id for entry in entries})
    for endpoint in on.filter(may_see_some).select_related("owner"):
        owe(endpoint=endpoint, entries=entries, type_of=type_of)


def owe(*, endpoint: WebhookEndpoint, entries: Iterable[FeedEntry], type_of: TypeOf) -> None:
    """Owe one endpoint those of the entries that it asked for and its owner may see; what it is owed already stays so."""
    owed = [
        WebhookDelivery(endpoint=endpoint, entry=entry, order_id=entry.order_id, type=type_of(entry))
        for entry in entries
        if sees(endpoint, entry) and (not endpoint.types or type_of(entry) in endpoint.types)
    ]
    if owed:
        WebhookDelivery.objects.bulk_create(owed, batch_size=1000, ignore_conflicts=True)
        wake(Task.SEND_WEBHOOKS)


def sees(endpoint: WebhookEndpoint, entry: FeedEntry) -> bool:
    """Whether the endpoint's owner may see an entry now: of their own order, or all for staff with the right to."""
    owner = endpoint.owner
    return owner.is_active and (entry.customer_id == owner.pk or may(owner, OrderRights.VIEW))
