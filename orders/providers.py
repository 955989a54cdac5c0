"""What the shop asks of a payment provider, beyond what django-payments asks; and the demo's provider."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponseRedirect
from payments.core import BasicProvider

if TYPE_CHECKING:
    from orders.models import Payment


class ProviderUnreachable(Exception):
    """The provider did not answer, or not clearly: nobody knows yet whether it did what it was asked."""


class RefundRefused(Exception):
    """The provider's definite no; the message is its reason."""


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the provider knows it. Until `is_done` the money is on its way."""

    reference: str
    amount: Decimal
    key: str
    is_done: bool = True


class BadSignature(Exception):
    """What came to the webhook was not signed by the provider."""


class SessionPaid(Exception):
    """A session can't be expired: the customer has paid in it already."""


class NewsKind(StrEnum):
    """What a provider tells; OTHER is for whatever does not concern us."""

    CAPTURED = "captured"
    DECLINED = "declined"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    REFUND_REFUSED = "refund_refused"
    OTHER = "other"


@dataclass(frozen=True)
class News:
    """One event of a provider, read and checked.

    `event_id` is unique at the provider, `token` names our payment, `reference` the provider's charge or refund, `key`
    our idempotency key of a refund; `amount` is in the shop's currency, `note` the provider's reason in words.
    """

    event_id: str
    kind: NewsKind
    token: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    key: str = ""
    note: str = ""


class ShopProvider(BasicProvider):
    """A payment provider as the shop needs it: it tells news, can be asked twice, and knows what it has done."""

    def read_news(self, body: bytes, headers: Mapping[str, str]) -> News:
        """The event in a webhook's raw body, its signature checked. Raises BadSignature."""
        raise NotImplementedError

    def expire(self, payment: "Payment") -> None:
        """Make sure that nothing can be paid any more in the payment's open session, if it has one.

        Raises SessionPaid, ProviderUnreachable. A provider that can't expire sessions does nothing.
        """

    def list_refunds(self, payment: "Payment") -> list[ProviderRefund]:
        """Every refund of this payment that the provider knows. Raises ProviderUnreachable."""
        raise NotImplementedError

    def ask_refund(self, payment: "Payment", amount: Decimal, key: str) -> ProviderRefund:
        """Return money; the same key again is the same refund. Raises RefundRefused, ProviderUnreachable."""
        raise NotImplementedError


class DemoForm(forms.Form):
    outcome = forms.ChoiceField(choices=[(name, name) for name in ("approve", "decline", "late", "twice")])


class DemoProvider(ShopProvider):
    """A provider that asks the customer what it should answer. It is configured in demo mode only.

    What a bank would remember of a payment is kept beside the payment.
    """

    def get_form(self, payment: "Payment", data: Any = None) -> forms.Form:
        """The form of the pay page; `outcome` is what the customer chose."""
        return DemoForm(data)

    def process_data(self, payment: "Payment", request: HttpRequest) -> HttpResponseRedirect:
        return HttpResponseRedirect(payment.get_success_url())

    def read_news(self, body: bytes, headers: Mapping[str, str]) -> News:
        """The demo's news come from its pay page alone; nobody else can sign any."""
        raise BadSignature

    def list_refunds(self, payment: "Payment") -> list[ProviderRefund]:
        return [
            ProviderRefund(hashlib.sha256(key.encode()).hexdigest()[:16], Decimal(amount), key)
            for key, amount in self._remembered(payment).items()
        ]

    def ask_refund(self, payment: "Payment", amount: Decimal, key: str) -> ProviderRefund:
        refunds = self._remembered(payment) | {key: str(amount)}
        payment.extra_data = json.dumps({"refunds": refunds})
        payment.save(update_fields=["extra_data"])
        return next(refund for refund in self.list_refunds(payment) if refund.key == key)

    def _remembered(self, payment: "Payment") -> dict[str, str]:
        payment.refresh_from_db(fields=["extra_data"])
        return json.loads(payment.extra_data or "{}").get("refunds", {})
