"""Tells owners by mail that their endpoint was switched off. The time of the mail is a column, so it is not forgotten."""

import logging
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from orders.models import WebhookEndpoint

log = logging.getLogger(__name__)
# Longer than any mail server takes; whoever died while sending is followed up after it.
PAUSE = timedelta(minutes=15)


def tell_owners() -> None:
    """Send the mails that are due. After a failure the rest waits: most likely the mail server is away."""
    due = WebhookEndpoint.objects.filter(tell_at__lte=timezone.now()).order_by("tell_at")
    for endpoint_id in list(due.values_list("pk", flat=True)[:100]):
        if not tell_owner(endpoint_id=endpoint_id):
            return


def tell_owner(*, endpoint_id: UUID) -> bool:
    """Send one mail, if it is due and in nobody else's hands; False if that failed, and is to be tried again."""
    endpoint = _take(endpoint_id)
    if endpoint is None:
        return True
    try:
        message_of(endpoint).send()
    except (SMTPException, OSError) as error:
        log.warning("the owner of webhook %s was not told: %r", endpoint_id, error)
        return False
    WebhookEndpoint.objects.filter(pk=endpoint_id, tell_at=endpoint.tell_at).update(tell_at=None)
    return True


@transaction.atomic
def _take(endpoint_id: UUID) -> WebhookEndpoint | None:
    due = WebhookEndpoint.objects.filter(tell_at__lte=timezone.now(), pk=endpoint_id)
    endpoint = due.select_for_update(no_key=True, skip_locked=True).first()
    if endpoint is not None:
        endpoint.tell_at = timezone.now() + PAUSE
        endpoint.save(update_fields=["tell_at"])
    return endpoint


def message_of(endpoint: WebhookEndpoint) -> EmailMessage:
    """The mail, in the language in which the endpoint was registered."""
    context = {
        "endpoint": endpoint,
        "last": endpoint.deliveries.exclude(failure="").order_by("-attempted_at").first(),
        "waiting": endpoint.deliveries.filter(state="waiting").count(),
        "url": f"{settings.PUBLIC_URL}{reverse('webhook', args=[endpoint.pk])}",
        "shop": settings.SHOP_NAME,
    }
    with translation.override(endpoint.language):
        words = render_to_string("orders/webhook_off.txt", context).strip()
    subject, _newline, body = words.partition("\n")
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body.strip() + "\n", to=[endpoint.owner.email], headers=headers)
