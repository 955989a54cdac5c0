"""Steps of a payment at the stand-in for Stripe that several tests take."""

from orders.models import Order
from orders.payments import keeping, provider_events
from orders.payments.providers.registry import provider_of


def address_of(payment) -> str:
    return provider_of(payment).begin_session(payment)


def only_session(stand_in) -> dict:
    (session,) = stand_in.sessions.values()
    return session


def read(stand_in, payment, event, **how):
    return provider_of(payment).read_event(*stand_in.signed(event, **how))


def paid(stand_in, payment) -> Order:
    """The payment, paid at Stripe and noted here."""
    address_of(payment)
    notification = read(stand_in, payment, stand_in.pay(payment.transaction_id))
    event = keeping.keep(variant="stripe", notification=notification)
    provider_events.act(event_id=event.pk)
    return Order.objects.get(pk=payment.order_id)
