"""What payment providers tell, as tests tell it, and what is then known of an order."""

from decimal import Decimal

from orders.models import Order, Payment, ProviderEvent, Refund
from orders.payments import keeping, provider_events, returning
from orders.payments.providers.base import Notification
from orders.status import OrderStatus
from tests.factories import make_numbered

S = OrderStatus


def order_with_payment(buyer, status) -> tuple[Order, Payment]:
    """An order in a status with the payment it has then; one that never needed to be paid gets a stray one."""
    order = buyer.order_in(status, (make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 1), 1))
    payment = order.payments.first() or Payment.objects.create(
        order=order, variant="demo", total=order.total_amount, currency=order.currency
    )
    return order, payment


def tell(payment, kind, event_id="evt-1", **facts) -> ProviderEvent:
    """What happens when a provider tells something: it is kept and acted on."""
    facts = {"token": payment.token, "amount": payment.total, "currency": payment.currency} | facts
    notification = Notification(event_id=event_id, kind=kind, **facts)
    event = keeping.keep(variant="demo", notification=notification)
    return provider_events.act(event_id=event.pk)


def status_of(order) -> str:
    return Order.objects.get(pk=order.pk).status


def unexplained(order) -> Decimal:
    """What the shop holds beyond what the status entitles it to, less what is on its way back."""
    entitled = order.total_amount if status_of(order) in (S.PAID, S.DONE) else 0
    going = sum(one.amount for one in Refund.objects.filter(payment__order=order).exclude(state="done"))
    return returning.balance(order) - entitled - going
