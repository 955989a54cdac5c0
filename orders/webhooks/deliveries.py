"""One event to one endpoint of webhooks: at least once, each order's in their order, for three days.

A delivery waits in its row until it has arrived (outbox/queue.py says how), so no row is locked while a receiver takes its
time. What becomes of an endpoint that fails: orders/webhooks/failing_endpoints.py.
"""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from standardwebhooks import Webhook

from database import fetch
from orders.events import payloads
from orders.events.fan_out import sees
from orders.faults import fault_point
from orders.models import Failure, WebhookDelivery, WebhookEndpoint
from orders.webhooks import http
from orders.webhooks.failing_endpoints import note_arrived, note_failing, policy
from outbox import queue

On, State = WebhookEndpoint.State, WebhookDelivery.State
TEST_TYPE = "webhook.test"

MAX_PAUSE = timedelta(hours=6)


# --- what is due ---------------------------------------------------------------------------------------------------


# Whatever else is asked of it. Mostly nothing is, and this is asked after each thing that happens to an order.
ANY_DUE = "SELECT EXISTS (SELECT FROM orders_webhookdelivery WHERE next_attempt_at <= %(now)s)"


def endpoints_with_work() -> list[WebhookEndpoint]:
    """The endpoints that are owed something that may be sent now; after a failure an endpoint rests."""
    if not fetch(ANY_DUE, {"now": timezone.now()})[0][0]:
        return []
    work = queue.due(_ready().filter(endpoint=OuterRef("pk")))
    return list(WebhookEndpoint.objects.filter(Exists(work), state=On.ON).order_by("created_at"))


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


class Request(NamedTuple):
    """What is sent, made of all that the database has to say of it."""

    delivery: WebhookDelivery
    body: bytes
    headers: Mapping[str, str]
    may_be_private: bool


class Outcome(NamedTuple):
    answer: http.Answer
    took: timedelta


def take(*, endpoint: WebhookEndpoint) -> Request | None:
    """Claim the event that the endpoint is owed longest, to be sent now; None without one that is in no other hands."""
    ready = _ready().select_related("endpoint__owner").filter(endpoint=endpoint)
    while delivery := queue.claim(ready, policy(MAX_PAUSE)):
        fault_point("webhook taken")
        if not delivery.entry or sees(delivery.endpoint, delivery.entry):
            return _request(delivery)
        # Its owner may no longer see it: it is not sent, and holds up nothing.
        queue.note_done(delivery, state=State.WITHHELD)
    return None


def _request(delivery: WebhookDelivery) -> Request:
    body = body_of(delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"{settings.SHOP_NAME.encode('ascii', 'ignore').decode() or 'Shop'} webhooks",
        **signed(delivery.endpoint, delivery.message_id, timezone.now(), body),
    }
    return Request(delivery, body.encode(), headers, delivery.endpoint.owner.is_staff)


def send(request: Request) -> Outcome:
    """Send it, and wait for the answer, WEBHOOK_TIMEOUT seconds at most. Asks no database."""
    began = time.monotonic()
    answer = http.post(
        url=request.delivery.endpoint.url,
        body=request.body,
        headers=request.headers,
        may_be_private=request.may_be_private,
    )
    return Outcome(answer, timedelta(seconds=time.monotonic() - began))


def body_of(delivery: WebhookDelivery) -> str:
    """The event as the feed tells it, the same at each attempt."""
    if delivery.entry:
        event = payloads.event(delivery.entry)
    else:
        event = {"type": TEST_TYPE, "timestamp": payloads.written(delivery.created_at), "data": {}}
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
def note(request: Request, outcome: Outcome) -> None:
    """Into the delivery, if the claim still holds, and into its endpoint, which is locked first."""
    fault_point("webhook sent")
    delivery, (answer, took) = request.delivery, outcome
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id).first()
    if endpoint is None:
        return  # its owner closed the account
    now = timezone.now()
    said: dict[str, Any] = {
        "attempted_at": now - took,
        "status": answer.status,
        "answer": answer.text,
        # How long a look-up takes tells whether a name is known within the shop's own network.
        "duration_ms": None if answer.failure == Failure.UNKNOWN_NAME else took // timedelta(milliseconds=1),
    }
    if not answer.failure:
        if queue.note_done(delivery, state=State.DONE, done_at=now, failing_since=None, **said):
            note_arrived(endpoint, now, took)
        return
    said["failing_since"] = delivery.failing_since or now
    if queue.note_failure(delivery, policy(MAX_PAUSE), answer.failure, **said):
        note_failing(endpoint, delivery, now)
