"""The log of what was sent to webhooks: kept for a while, never without what is still owed, and gone with its owner."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.events import feed
from orders.models import WebhookDelivery, WebhookEndpoint

State = WebhookDelivery.State
# Rows of one transaction: few enough that no request waits long for them, nor a sweep.
BATCH_SIZE = 1000


@transaction.atomic
def forget_old() -> int:
    """Delete some of what has been over for KEEP_WEBHOOK_DELIVERIES days; how many. What is owed stays, however old."""
    old = list(
        _old().select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH_SIZE]
    )
    return WebhookDelivery.objects.filter(pk__in=old).delete()[0] if old else 0


def _old() -> QuerySet[WebhookDelivery]:
    """Deliveries that arrived, or were withheld, before that moment."""
    before = timezone.now() - timedelta(days=settings.KEEP_WEBHOOK_DELIVERIES)
    over = WebhookDelivery.objects.filter(state__in=(State.DONE, State.WITHHELD))
    return (
        over.alias(over_at=Coalesce("done_at", "created_at")).filter(over_at__lt=before).order_by("over_at")
    )


def withhold(endpoint: WebhookEndpoint) -> None:
    """Owe the endpoint nothing any more of what it was owed until now."""
    waiting = endpoint.deliveries.filter(state=State.WAITING)
    waiting.update(state=State.WITHHELD, next_attempt_at=None, leased_until=None, given_up_at=None)


def forget_owner(*, owner_id: int) -> None:
    """Delete a user's endpoints and all that was sent or owed to them, in the caller's transaction.

    The feed stands still for that, so nothing is owed to an endpoint that goes away.
    """
    feed.hold_still()
    endpoints = WebhookEndpoint.objects.filter(owner_id=owner_id).order_by("pk")
    for endpoint in endpoints.select_for_update():
        withhold(endpoint)
        endpoint.deliveries.all().delete()
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state=WebhookEndpoint.State.REMOVED)
        endpoint.delete()
