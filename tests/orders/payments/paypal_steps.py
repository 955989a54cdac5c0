"""Steps of a payment at the stand-in for PayPal that several tests take."""

import pytest
from django.urls import reverse
from payments import RedirectNeeded

from orders.models import Order, ProviderEvent
from orders.payments import provider_events


def page_of(payment) -> str:
    with pytest.raises(RedirectNeeded) as led:
        payment.get_form()
    return str(led.value)


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
