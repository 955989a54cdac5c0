"""Tells owners by email that their endpoint was switched off."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from orders.emails.messages import Words
from orders.emails.queue import write_message
from orders.models import EmailKind, WebhookEndpoint


def tell_owner(endpoint: WebhookEndpoint) -> None:
    """Owe the owner an email, in the caller's transaction, in the language in which the endpoint was registered."""
    with translation.override(endpoint.language):
        words = _words(endpoint)
        write_message(kind=EmailKind.WEBHOOK_OFF, user=endpoint.owner, to=endpoint.owner.email, words=words)


def _words(endpoint: WebhookEndpoint) -> Words:
    context = {
        "endpoint": endpoint,
        "last": endpoint.deliveries.exclude(failure="").order_by("-attempted_at").first(),
        "url": f"{settings.PUBLIC_URL}{reverse('webhook', args=[endpoint.pk])}",
        "shop": settings.SHOP_NAME,
    }
    subject, _newline, text = render_to_string("orders/webhook_off.txt", context).strip().partition("\n")
    return Words(subject, text.strip() + "\n")
