"""Money that no machine tells of: a bank transfer, and cash. Staff say that it came, and that it went back.

Nothing is asked of anybody here, so no call can fail: what these know stands in the shop's own books
(orders/payments/by_hand.py).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from orders.payments.providers.base import BadSignature, Notification, PaymentProvider, ProviderRefund

if TYPE_CHECKING:
    from orders.models import Order, Payment


class ByHand(PaymentProvider):
    """Its customers read how to pay, on our own pages."""

    is_by_hand = True

    def begin_session(self, payment: "Payment") -> str:
        """No address: our own pay page says how to pay."""
        return ""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Nobody sends events."""
        raise BadSignature

    def expire(self, payment: "Payment") -> None:
        """Nothing: what comes all the same is late, and staff see to it."""

    def list_refunds(self, payment: "Payment") -> list[ProviderRefund]:
        """None but those in the books."""
        return []

    def ask_refund(self, payment: "Payment", amount: Decimal, key: str) -> ProviderRefund:
        """It waits for staff, who return the money and say so (refunds.settle_by_hand)."""
        return ProviderRefund(reference="", amount=amount, key=key, is_done=False, needs_action=True)


class BankTransfer(ByHand):
    label = _("Bank transfer")


class CashOnDelivery(ByHand):
    """The courier takes the money, and brings it: not of what pays a difference, which is paid before anything is sent."""

    label = _("Cash on delivery")

    def takes(self, order: "Order") -> bool:
        return order.needs_parcel and not order.is_pickup and not order.is_supplement


class CashAtPickup(ByHand):
    """The customer pays where the goods are fetched."""

    label = _("Cash at pickup")

    def takes(self, order: "Order") -> bool:
        return order.is_pickup and not order.is_fee


class InExchange(ByHand):
    """What pieces of another order gave back has paid this one; nobody pays so by choice."""

    label = _("In exchange")

    def takes(self, order: "Order") -> bool:
        return False
