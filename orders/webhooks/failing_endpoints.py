"""An endpoint whose receiver fails rests, longer each time; after three days of it, it is switched off and its owner told.

What it is owed is given up then, until its owner switches it on again (orders/webhooks/endpoints.py).
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from orders.events import feed
from orders.events.hints import wake
from orders.events.task_names import Task
from orders.models import WebhookDelivery, WebhookEndpoint
from orders.webhooks.owner_notices import tell_owner
from outbox import queue
from outbox.queue import Policy

log = logging.getLogger(__name__)
On, State = WebhookEndpoint.State, WebhookDelivery.State

GIVE_UP_AFTER = timedelta(days=3)
# How long an endpoint rests at most after a failure, whichever event it failed with.
MAX_REST = timedelta(minutes=10)
# And after answers that came, but took more than half of WEBHOOK_TIMEOUT.
MAX_REST_OF_SLOW = timedelta(minutes=1)
GONE = 410


def policy(max_pause: timedelta) -> Policy:
    """A delivery is given up with its endpoint alone."""
    return Policy(
        first_pause=timedelta(seconds=settings.WEBHOOK_RETRY_AFTER),
        max_pause=max_pause,
        # An attempt is over after WEBHOOK_TIMEOUT in any case; the rest is room for a busy machine.
        lease=3 * timedelta(seconds=settings.WEBHOOK_TIMEOUT),
    )


def note_arrived(endpoint: WebhookEndpoint, now: datetime, took: timedelta) -> None:
    """A receiver that took long has the event, and rests like one that failed, though it is never switched off for that."""
    is_slow = took > timedelta(seconds=settings.WEBHOOK_TIMEOUT) / 2
    if not is_slow and not endpoint.failures:
        return
    endpoint.failures = endpoint.failures + 1 if is_slow else 0
    endpoint.failing_since = None
    rest = policy(MAX_REST_OF_SLOW).pause_after(endpoint.failures)
    endpoint.rests_until = now + rest if is_slow else None
    endpoint.save(update_fields=["failures", "failing_since", "rests_until"])


def note_failing(endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> None:
    """The endpoint is locked, and the delivery has noted its failure."""
    log.info("webhook %s to %s: %s %s", delivery.message_id, endpoint.pk, delivery.failure, delivery.status)
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = now + policy(MAX_REST).pause_after(endpoint.failures)
    since = min(endpoint.failing_since, delivery.failing_since or now)
    if endpoint.is_on and (delivery.status == GONE or now - since >= GIVE_UP_AFTER):
        _switch_off(endpoint, now)
    endpoint.save()


def _switch_off(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Give up what it is owed, and tell the owner.

    What the feed owes it at this very moment waits like what an owner's own switching off leaves, and is sent with the rest.
    """
    endpoint.state, endpoint.state_at = On.FAILED, now
    endpoint.resume_after = feed.last_position()
    tell_owner(endpoint)
    queue.give_up(endpoint.deliveries.filter(state=State.WAITING))
    wake(Task.SEND_WEBHOOKS)
