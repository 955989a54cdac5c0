"""Steps of a payment at the stand-in for Stripe that several tests take."""

import pytest
from payments import RedirectNeeded

from orders.models import Order
from orders.payments import recording


def address_of(payment) -> str:
    with pytest.raises(RedirectNeeded) as led:
        payment.get_form()
    return str(led.value)


def only_session(stand_in) -> dict:
    (session,) = stand_in.sessions.values()
    return session


def read(stand_in, payment, event, **how):
    return payment.provider.read_news(*stand_in.signed(event, **how))


def paid(stand_in, payment) -> Order:
    """The payment, paid at Stripe and noted here."""
    address_of(payment)
    news = read(stand_in, payment, stand_in.pay(payment.transaction_id))
    recording.capture(payment_id=payment.pk, amount=news.amount, reference=news.reference)
    return Order.objects.get(pk=payment.order_id)
