"""Webhooks in tests: an endpoint at a receiver, and time that has passed."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from orders.events import feed
from orders.models import WebhookDelivery, WebhookEndpoint
from orders.webhooks import deliveries, endpoints, senders


def endpoint_at(url: str, owner: User, **more) -> WebhookEndpoint:
    return endpoints.register(owner=owner, url=url, **more)


def events_sent() -> None:
    """What the workers do in one round."""
    feed.give_positions()
    senders.send_due()


def sent_once(endpoint: WebhookEndpoint) -> None:
    """What a worker does with the event that the endpoint is owed longest."""
    if request := deliveries.take(endpoint=endpoint):
        deliveries.note(request, deliveries.send(request))


def pauses_over() -> None:
    """The pauses after failures, and leases, have passed."""
    WebhookEndpoint.objects.update(rests_until=None)
    waiting = WebhookDelivery.objects.filter(next_attempt_at__isnull=False)
    waiting.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def failing_for(days: float) -> None:
    """What fails has failed for so long."""
    ago = timezone.now() - timedelta(days=days)
    WebhookEndpoint.objects.filter(failing_since__isnull=False).update(failing_since=ago)
    WebhookDelivery.objects.filter(failing_since__isnull=False).update(failing_since=ago)


def states(endpoint: WebhookEndpoint) -> list[str]:
    """The states of its deliveries, the oldest first."""
    return list(endpoint.deliveries.order_by("pk").values_list("state", flat=True))
