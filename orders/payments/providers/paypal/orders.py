"""An order at PayPal: what it is asked for, and what it says of the payment."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Payment
from orders.payments.providers.base import Notification, NotificationKind, ProviderUnreachable
from orders.payments.providers.paypal.client import Refused
from orders.payments.providers.paypal.events import CAME, Thing, captures_of, of_capture, to_wire

ALREADY_CAPTURED = ("ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_COMPLETED", "ORDER_COMPLETED_OR_VOIDED")
GONE = ("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "ORDER_EXPIRED")
DECLINED = ("INSTRUMENT_DECLINED", "TRANSACTION_REFUSED", "PAYER_CANNOT_PAY", "PAYER_ACCOUNT_RESTRICTED")


def wanted(payment: Payment) -> Thing:
    """The order as PayPal is asked for it: amount and currency are the shop's own order's."""
    order = payment.order
    with translation.override(order.language):
        name = _("Order %(number)s") % {"number": order.number}
    unit = {
        "custom_id": payment.token,
        "description": name[:127],
        "amount": to_wire(payment.total, payment.currency),
    }
    experience = {
        "brand_name": settings.SHOP_NAME[:127],
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "return_url": f"{settings.PUBLIC_URL}{reverse('order-pay-back', args=[order.pk])}",
        "cancel_url": f"{settings.PUBLIC_URL}{order.get_absolute_url()}",
    }
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": experience}},
    }


def page_of(order: Thing) -> str:
    """Where the customer approves an order. Raises ProviderUnreachable."""
    links: list[dict[str, str]] = order.get("links", [])
    for link in links:
        if link.get("rel") in ("payer-action", "approve"):
            return link["href"]
    raise ProviderUnreachable("an order without a page to approve it")


def outcome_of(payment: Payment, order: Thing) -> Notification | None:
    """What an order's capture tells, if there is one."""
    for capture in captures_of(order):
        kind = _kind_of(capture)
        event_id = f"{kind} {capture['id']}"
        return of_capture(event_id, kind, capture, payment.transaction_id, token=payment.token)
    return None


def _kind_of(capture: Thing) -> NotificationKind:
    """What a capture's status tells; of one that PayPal still looks at the money may come."""
    if capture["status"] in CAME:
        return NotificationKind.CAPTURED
    is_lost = capture["status"] in ("DECLINED", "FAILED")
    return NotificationKind.DECLINED if is_lost else NotificationKind.AUTHORISED


def not_captured(payment: Payment, refusal: Refused) -> Notification | None:
    """What a refused capture means for the payment. Raises ProviderUnreachable where it means nothing certain."""
    if refusal.issue in ("ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"):
        return None
    if refusal.issue in DECLINED or refusal.issue in GONE:
        kind = NotificationKind.DECLINED if refusal.issue in DECLINED else NotificationKind.EXPIRED
        event_id = f"{kind} {payment.transaction_id}"
        return Notification(
            event_id, kind, token=payment.token, reference=payment.transaction_id, note=str(refusal)
        )
    raise ProviderUnreachable(f"order {payment.transaction_id}: {refusal.issue} {refusal}")
