"""Sends events to the endpoints of webhooks: at least once, each order's in their order, for three days.

The row is the truth and the queue. Whoever takes a delivery moves the time of its next attempt before the request, so
nobody else sends it meanwhile, no row is locked while a receiver takes its time, and one whose sender died is found again.
"""

import json
import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

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

log = logging.getLogger(__name__)
On, State = WebhookEndpoint.State, WebhookDelivery.State
TEST_TYPE = "webhook.test"

GIVE_UP_AFTER = timedelta(days=3)
LONGEST_PAUSE = timedelta(hours=6)
# How long an endpoint rests at most after a failure, whichever event it failed with.
LONGEST_REST = timedelta(minutes=10)
GONE = 410
# Sent to one endpoint in a row before the others have their turn.
IN_A_ROW = 10
# Seconds after which a round ends; the next one goes on.
ROUND_SECONDS = 60
# So many threads of one process wait for receivers at one moment: these may hang, and whoever has work for the worker's
# other threads (an order to confirm, say) must not notice. config/runtime/processes.py says how many threads there are.
SENDERS = 1
_senders = threading.BoundedSemaphore(SENDERS)


# --- whose turn it is ----------------------------------------------------------------------------------------------


def send_due() -> None:
    """The round: send what is due, unless all senders of this process are busy with it already.

    Endpoints take turns, the well ones first; after a failure an endpoint rests, and the others go on.
    """
    with _a_sender() as is_free:
        until = time.monotonic() + ROUND_SECONDS
        while is_free and time.monotonic() < until and (endpoints := _endpoints_with_work()):
            for endpoint in endpoints:
                _send_some(endpoint)


@contextmanager
def _a_sender() -> Iterator[bool]:
    """Whether this thread may send webhooks now; it never waits for its turn."""
    is_free = _senders.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _senders.release()


def _endpoints_with_work() -> list[WebhookEndpoint]:
    work = _due().filter(endpoint=OuterRef("pk"))
    endpoints = WebhookEndpoint.objects.filter(Exists(work), state=On.ON)
    return list(endpoints.order_by(F("failing_since").asc(nulls_first=True), "created_at"))


def _send_some(endpoint: WebhookEndpoint) -> None:
    due = _due().filter(endpoint=endpoint).order_by("next_attempt_at", "pk")
    for delivery_id in list(due.values_list("pk", flat=True)[:IN_A_ROW]):
        try:
            if not deliver(delivery_id=delivery_id):
                return
        except Exception:
            # One event that can't be told must not keep the round from all others; its lease says when it is tried again.
            log.exception("webhook delivery %s failed", delivery_id)


def _due() -> QuerySet[WebhookDelivery]:
    """What may be sent now. An event waits until all earlier ones of its order have got to the endpoint."""
    now = timezone.now()
    earlier = WebhookDelivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        order=OuterRef("order"),
        entry__lt=OuterRef("entry"),
        state=State.WAITING,
    )
    is_awake = Q(endpoint__rests_until__isnull=True) | Q(endpoint__rests_until__lte=now)
    due = WebhookDelivery.objects.filter(state=State.WAITING, next_attempt_at__lte=now)
    return due.filter(~Exists(earlier), is_awake, endpoint__state=On.ON)


# --- one delivery --------------------------------------------------------------------------------------------------


def deliver(*, delivery_id: int) -> bool:
    """Send one event that is due, and note what came of it; False if the endpoint failed.

    One that is not due, or in the hands of another worker, is left alone.
    """
    delivery = _take(delivery_id)
    if delivery is None:
        return True
    fault_point("webhook taken")
    if delivery.entry and not sees(delivery.endpoint, delivery.entry):
        _withhold(delivery)
        return True
    began = time.monotonic()
    answer = _send(delivery)
    fault_point("webhook sent")
    _note(delivery, answer, duration_ms=int((time.monotonic() - began) * 1000))
    return answer.failure is None


@transaction.atomic
def _take(delivery_id: int) -> WebhookDelivery | None:
    """The delivery, for one attempt: until its lease is over nobody else takes it."""
    due = _due().select_for_update(no_key=True, skip_locked=True, of=("self",))
    delivery = due.filter(pk=delivery_id).select_related("endpoint").first()
    if delivery is None:
        return None
    now = timezone.now()
    delivery.attempts += 1
    delivery.attempted_at = now
    # Whatever happens, an attempt is over after WEBHOOK_TIMEOUT; the rest is room for a busy machine.
    delivery.next_attempt_at = now + 3 * timedelta(seconds=settings.WEBHOOK_TIMEOUT)
    delivery.save(update_fields=["attempts", "attempted_at", "next_attempt_at"])
    return delivery


def _withhold(delivery: WebhookDelivery) -> None:
    """The owner may no longer see it: it is not sent, and holds up nothing."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(state=State.WITHHELD, next_attempt_at=None)


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
def _note(delivery: WebhookDelivery, answer: http.Answer, *, duration_ms: int) -> None:
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=delivery.endpoint_id).first()
    now_there = WebhookDelivery.objects.select_for_update(no_key=True).filter(pk=delivery.pk).first()
    if endpoint is None or now_there is None:
        return  # its owner closed the account
    taken_anew = now_there.attempts != delivery.attempts
    if now_there.state != State.WAITING or (answer.failure and taken_anew):
        return
    now_there.failure = answer.failure or ""
    now_there.status, now_there.answer, now_there.duration_ms = answer.status, answer.text, duration_ms
    if answer.failure:
        _note_failure(endpoint, now_there)
    else:
        _note_success(endpoint, now_there)


def _note_success(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    delivery.state, delivery.done_at = State.DONE, timezone.now()
    delivery.next_attempt_at = delivery.failing_since = None
    delivery.save()
    if endpoint.failures:
        endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
        endpoint.save(update_fields=["failures", "failing_since", "rests_until"])


def _note_failure(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> None:
    now = timezone.now()
    log.info("webhook %s to %s: %s %s", delivery.message_id, endpoint.pk, delivery.failure, delivery.status)
    delivery.failing_since = delivery.failing_since or now
    delivery.next_attempt_at = now + pause_after(delivery.attempts, LONGEST_PAUSE)
    delivery.save()
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.rests_until = now + pause_after(endpoint.failures, LONGEST_REST)
    since = min(endpoint.failing_since, delivery.failing_since)
    if endpoint.is_on and (delivery.status == GONE or now - since >= GIVE_UP_AFTER):
        _switch_off(endpoint, now)
    endpoint.save()


def _switch_off(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Its deliveries wait; the owner is told, and may switch it on again (orders/webhooks/endpoints.py)."""
    endpoint.state, endpoint.state_at = On.FAILED, now
    endpoint.resume_after = feed.last_position()
    endpoint.tell_at = now
    send_webhooks_soon()


def pause_after(failures: int, longest: timedelta) -> timedelta:
    """How long to wait after so many failures: twice as long each time, and never quite the same."""
    pause = timedelta(seconds=settings.WEBHOOK_RETRY_AFTER) * 2 ** min(failures - 1, 20)
    return min(pause, longest) * random.uniform(0.8, 1.2)  # noqa: S311 spreads attempts, hides nothing
