"""Sends events to the endpoints of webhooks: at least once, each order's in their order, for three days.

A delivery waits in its row until it has arrived (outbox/queue.py says how), so no row is locked while a receiver takes its
time. An endpoint that fails for three days is switched off, and what it is owed is given up until it is on again.
"""

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from standardwebhooks import Webhook

from orders.events import feed
from orders.events.fan_out import sees
from orders.events.hints import send_webhooks_soon
from orders.faults import fault_point
from orders.models import WebhookDelivery, WebhookEndpoint
from orders.webhooks import http
from orders.webhooks.owner_notices import tell_owner
from outbox import queue
from outbox.queue import Policy
from outbox.turns import Turns

log = logging.getLogger(__name__)
On, State = WebhookEndpoint.State, WebhookDelivery.State
TEST_TYPE = "webhook.test"

GIVE_UP_AFTER = timedelta(days=3)
MAX_PAUSE = timedelta(hours=6)
# How long an endpoint rests at most after a failure, whichever event it failed with.
MAX_REST = timedelta(minutes=10)
GONE = 410
# Sent to one endpoint in a row before the others have their turn.
IN_A_ROW = 10
# Seconds after which a round ends; the next one goes on.
ROUND_SECONDS = 60
# At most so many threads of one process wait for receivers: these may hang, and other work of the worker's
# other threads (an order to confirm, say) must not notice. config/runtime/processes.py says how many threads there are.
SENDERS = 1
_senders = Turns(SENDERS)


def policy(max_pause: timedelta) -> Policy:
    """A delivery is given up with its endpoint alone."""
    return Policy(
        first_pause=timedelta(seconds=settings.WEBHOOK_RETRY_AFTER),
        max_pause=max_pause,
        # An attempt is over after WEBHOOK_TIMEOUT in any case; the rest is room for a busy machine.
        lease=3 * timedelta(seconds=settings.WEBHOOK_TIMEOUT),
    )


# --- whose turn it is ----------------------------------------------------------------------------------------------


def send_due() -> None:
    """The round: send what is due, unless all senders of this process are busy with it already.

    Endpoints take turns, the well ones first; after a failure an endpoint rests, and the others go on.
    """
    with _senders.take() as is_free:
        until = time.monotonic() + ROUND_SECONDS
        while is_free and time.monotonic() < until and (endpoints := _endpoints_with_work()):
            for endpoint in endpoints:
                _send_some(endpoint)


def _endpoints_with_work() -> list[WebhookEndpoint]:
    work = queue.due(_ready().filter(endpoint=OuterRef("pk")))
    endpoints = WebhookEndpoint.objects.filter(Exists(work), state=On.ON)
    return list(endpoints.order_by(F("failing_since").asc(nulls_first=True), "created_at"))


def _send_some(endpoint: WebhookEndpoint) -> None:
    due = queue.due(_ready().filter(endpoint=endpoint))
    for delivery_id in list(due.values_list("pk", flat=True)[:IN_A_ROW]):
        try:
            if not deliver(delivery_id=delivery_id):
                return
        except Exception:
            # One event that can't be told must not keep the round from all others; its lease says when it is tried again.
            log.exception("webhook delivery %s failed", delivery_id)


def _ready() -> QuerySet[WebhookDelivery]:
    """What may be sent once it is due. An event waits until all earlier ones of its order have got to the endpoint."""
    earlier = WebhookDelivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        order=OuterRef("order"),
        entry__lt=OuterRef("entry"),
        state=State.WAITING,
    )
    is_awake = Q(endpoint__rests_until__isnull=True) | Q(endpoint__rests_until__lte=timezone.now())
    return WebhookDelivery.objects.filter(~Exists(earlier), is_awake, endpoint__state=On.ON)


# --- one delivery --------------------------------------------------------------------------------------------------


def deliver(*, delivery_id: int) -> bool:
    """Send one event that is due, and note what came of it; False if the endpoint failed.

    One that is not due, or in the hands of another worker, is left alone.
    """
    ready = _ready().select_related("endpoint").filter(pk=delivery_id)
    delivery = queue.claim(ready, policy(MAX_PAUSE))
    if delivery is None:
        return True
    fault_point("webhook taken")
    if delivery.entry and not sees(delivery.endpoint, delivery.entry):
        # Its owner may no longer see it: it is not sent, and holds up nothing.
        queue.note_done(delivery, state=State.WITHHELD)
        return True
    began = time.monotonic()
    answer = _send(delivery)
    fault_point("webhook sent")
    _note(delivery, answer, took=timedelta(seconds=time.monotonic() - began))
    return answer.failure is None


def _send(delivery: WebhookDelivery) -> http.Answer:
    body = body_of(delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"{settings.SHOP_NAME.encode('ascii', 'ignore').decode() or 'Shop'} webhooks",
        **signed(delivery.endpoint, delivery.message_id, timezone.now(), body),
    }
    return http.post(url=delivery.endpoint.url, body=body.encode(), headers=headers)


def body_of(delivery: WebhookDelivery) -> str:
    """The event as the feed tells it, the same at each attempt."""
    if delivery.entry:
        event = feed.event(delivery.entry)
    else:
        event = {"type": TEST_TYPE, "timestamp": feed.written(delivery.created_at), "data": {}}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def signed(endpoint: WebhookEndpoint, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks; for a day after a change of secrets both sign."""
    at = at.astimezone(UTC).replace(microsecond=0)
    secrets = [endpoint.secret]
    if endpoint.old_secret_until and endpoint.old_secret_until > at:
        secrets.append(endpoint.old_secret)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets),
    }


# --- what came of it -----------------------------------------------------------------------------------------------


@transaction.atomic
def _note(delivery: WebhookDelivery, answer: http.Answer, *, took: timedelta) -> None:
    """Into the delivery, if the claim still holds, and into its endpoint, which is locked first."""
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id).first()
    if endpoint is None:
        return  # its owner closed the account
    now = timezone.now()
    said: dict[str, Any] = {
        "attempted_at": now - took,
        "status": answer.status,
        "answer": answer.text,
        "duration_ms": took // timedelta(milliseconds=1),
    }
    if not answer.failure:
        if queue.note_done(delivery, state=State.DONE, done_at=now, failing_since=None, **said):
            _note_well(endpoint)
        return
    said["failing_since"] = delivery.failing_since or now
    if queue.note_failure(delivery, policy(MAX_PAUSE), answer.failure, **said):
        _note_failing(endpoint, delivery, now)


def _note_well(endpoint: WebhookEndpoint) -> None:
    if endpoint.failures:
        endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
        endpoint.save(update_fields=["failures", "failing_since", "rests_until"])


def _note_failing(endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> None:
    log.info("webhook %s to %s: %s %s", delivery.message_id, endpoint.pk, delivery.failure, delivery.status)
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = now + policy(MAX_REST).pause_after(endpoint.failures)
    since = min(endpoint.failing_since, delivery.failing_since or now)
    if endpoint.is_on and (delivery.status == GONE or now - since >= GIVE_UP_AFTER):
        _switch_off(endpoint, now)
    endpoint.save()


def _switch_off(endpoint: WebhookEndpoint, now: datetime) -> None:
    """What it is owed is given up; the owner is told, and may switch it on again (orders/webhooks/endpoints.py).

    What the feed owes it at this very moment waits like what an owner's own switching off leaves, and is sent with the rest.
    """
    endpoint.state, endpoint.state_at = On.FAILED, now
    endpoint.resume_after = feed.last_position()
    tell_owner(endpoint)
    queue.give_up(endpoint.deliveries.filter(state=State.WAITING))
    send_webhooks_soon()
