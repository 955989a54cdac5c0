"""Steps of a payment at the stand-in for PayPal that several tests take."""

from django.urls import reverse

from orders.models import Order, ProviderEvent
from orders.payments import provider_events
from orders.payments.providers.registry import provider_of


def page_of(payment) -> str:
    return provider_of(payment).begin_session(payment)


def tell(paypal, client, event, **how) -> int:
    """PayPal sends an event, and the shop acts on it; the status that it was answered with."""
    body, headers = paypal.signed(event, **how)
    answer = client.post(
        reverse("payment-webhook", args=["paypal"]), body, content_type="application/json", headers=headers
    )
    for kept in ProviderEvent.objects.filter(acted_at=None):
        provider_events.act(event_id=kept.pk)
    return answer.status_code


def state(order) -> tuple[str, list[str]]:
    found = Order.objects.get(pk=order.pk)
    return found.status, [entry.kind for entry in found.ledger.all()]
