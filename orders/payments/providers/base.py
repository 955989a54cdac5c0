"""What the shop asks of a payment provider, beyond what django-payments asks; and the demo's provider."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from payments.core import BasicProvider

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from orders.models import Payment


class ProviderUnreachable(Exception):
    """The provider did not answer, or not clearly: nobody knows yet whether it did what it was asked."""


class RefundRefused(Exception):
    """The provider's definite no; the message is its reason."""


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the provider knows it, of the charge with the reference `charge`.

    Until `is_done` the money is on its way. One without a `key` of ours was made by hand at the provider.
    """

    reference: str
    amount: Decimal
    key: str
    is_done: bool = True
    charge: str = ""


class UnknownProvider(Exception):
    """No provider of this name is configured."""


class BadSignature(Exception):
    """What came to the webhook was not signed by the provider."""


class SessionPaid(Exception):
    """A session can't be expired: the customer has paid in it already."""


class NewsKind(StrEnum):
    """What a provider tells; OTHER is for whatever does not concern us.

    AUTHORISED: the customer's bank or wallet approved the amount, and no money has moved yet.
    """

    AUTHORISED = "authorised"
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
    our idempotency key of a refund, `charge` the charge that a refund returns; `amount` is in the shop's currency,
    `note` the provider's reason in words.
    """

    event_id: str
    kind: NewsKind
    token: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    key: str = ""
    note: str = ""
    charge: str = ""


class Told(NamedTuple):
    """News that come by another way than the webhook, to be acted on after so many seconds."""

    news: News
    seconds: int = 0


class ShopProvider(BasicProvider):
    """A payment provider as the shop needs it: it tells news, can be asked twice, and knows what it has done.

    `label` is what customers read where they choose between several.
    """

    label: "str | StrPromise" = ""

    def read_news(self, body: bytes, headers: Mapping[str, str]) -> News:
        """The event in a webhook's raw body, its signature checked. Raises BadSignature."""
        raise NotImplementedError

    def answers(self, payment: "Payment", data: Mapping[str, Any]) -> list[Told]:
        """What the customer's form on our own pay page tells; nothing where the provider has a page of its own."""
        return []

    def take(self, payment: "Payment") -> News | None:
        """Take the money that the customer approved, and tell what came of it; None if nothing is known yet.

        May be asked again and beside itself: the money is taken once. Providers that take it by themselves do
        nothing. Raises ProviderUnreachable.
        """
        return None

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


# How long the demo provider takes when it is asked to answer late.
DEMO_LATE = 20


class DemoForm(forms.Form):
    outcome = forms.ChoiceField(choices=[(name, name) for name in ("approve", "decline", "late", "twice")])


class DemoProvider(ShopProvider):
    """A provider that asks the customer what it should answer. It is configured in demo mode only.

    What a bank would remember of a payment is kept beside the payment.
    """

    label = _("Demo payment")

    def get_form(self, payment: "Payment", data: Any = None) -> forms.Form:
        """The form of the pay page; `outcome` is what the customer chose."""
        return DemoForm(data)

    def answers(self, payment: "Payment", data: Mapping[str, Any]) -> list[Told]:
        """The customer's choice as news: now, twice, or approved now and captured late."""
        form = DemoForm(data)
        if not form.is_valid():
            return []
        outcome = form.cleaned_data["outcome"]
        ending = self._news(
            payment, NewsKind.DECLINED if outcome == "decline" else NewsKind.CAPTURED, outcome
        )
        if outcome == "late":
            return [Told(self._news(payment, NewsKind.AUTHORISED, "approved")), Told(ending, DEMO_LATE)]
        again = [replace(ending, event_id=f"{ending.event_id}-again")] if outcome == "twice" else []
        return [Told(news) for news in (ending, *again)]

    @staticmethod
    def _news(payment: "Payment", kind: NewsKind, name: str) -> News:
        return News(
            event_id=f"{payment.token}-{name}",
            kind=kind,
            token=payment.token,
            amount=payment.total,
            currency=payment.currency,
            reference=f"demo-{payment.token}",
        )

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
