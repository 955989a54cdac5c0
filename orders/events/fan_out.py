"""Owes events to the endpoints of webhooks, in the transaction that gives them their positions: each once, none missed."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db.models import Q

from orders.events.hints import wake
from orders.events.task_names import Task
from orders.models import FeedEntry, WebhookDelivery, WebhookEndpoint
from orders.rights import OrderRights
from staff.rights import may, who_may

TypeOf = Callable[[FeedEntry], str]


def owe_to_all(*, entry_ids: list[int], type_of: TypeOf) -> None:
    """Owe these entries to each endpoint that is on and whose owner may see them; a worker sends them after commit.

    The feed stands still meanwhile, so it takes as many statements for many endpoints as for one.
    """
    entries = list(
        FeedEntry.objects.filter(pk__in=entry_ids)
        .select_related("change", "money", "edit", "shipment", "notice")
        .order_by("pk")
    )
    own = defaultdict(list)
    for entry in entries:
        own[entry.customer_id].append(entry)
    may_see_some = Q(owner__is_staff=True) | Q(owner__in=own)
    on = WebhookEndpoint.objects.filter(may_see_some, state=WebhookEndpoint.State.ON, owner__is_active=True)
    endpoints = list(on.select_related("owner"))
    see_all = who_may((endpoint.owner for endpoint in endpoints), OrderRights.VIEW)
    seen = (
        (endpoint, entry)
        for endpoint in endpoints
        for entry in (entries if endpoint.owner_id in see_all else own[endpoint.owner_id])
    )
    _owe(seen, type_of)


def owe(*, endpoint: WebhookEndpoint, entries: Iterable[FeedEntry], type_of: TypeOf) -> None:
    """Owe one endpoint those of the entries that it asked for and its owner may see; what it is owed already stays so."""
    _owe(((endpoint, entry) for entry in entries if sees(endpoint, entry)), type_of)


def _owe(seen: Iterable[tuple[WebhookEndpoint, FeedEntry]], type_of: TypeOf) -> None:
    owed = [
        WebhookDelivery(endpoint=endpoint, entry=entry, order_id=entry.order_id, type=type_of(entry))
        for endpoint, entry in seen
        if not endpoint.types or type_of(entry) in endpoint.types
    ]
    if owed:
        WebhookDelivery.objects.bulk_create(owed, batch_size=1000, ignore_conflicts=True)
        wake(Task.SEND_WEBHOOKS)


def sees(endpoint: WebhookEndpoint, entry: FeedEntry) -> bool:
    """Whether the endpoint's owner may see an entry now: of their own order, or all for staff with the right to."""
    owner = endpoint.owner
    return owner.is_active and (entry.customer_id == owner.pk or may(owner, OrderRights.VIEW))
