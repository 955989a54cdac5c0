"""Steps of a payment at the stand-in for Stripe that several tests take."""

from orders.models import Order
from orders.payments.providers.registry import provider_of
from orders.payments.recording import record_capture


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
    record_capture(payment_id=payment.pk, amount=notification.amount, reference=notification.reference)
    return Order.objects.get(pk=payment.order_id)
