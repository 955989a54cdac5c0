"""The demo's payment provider: it asks the customer what the bank should answer, and moves no money."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.payments.providers.base import (
    BadSignature,
    Notification,
    NotificationKind,
    PaymentProvider,
    ProviderRefund,
    Scheduled,
)

if TYPE_CHECKING:
    from orders.models import Payment

# Seconds that the demo's bank takes when it is asked to answer late.
LATE_SECONDS = 20


class DemoForm(forms.Form):
    """The buttons of the pay page; `outcome` is what the customer chose."""

    outcome = forms.ChoiceField(choices=[(name, name) for name in ("approve", "decline", "late", "twice")])


class DemoProvider(PaymentProvider):
    """Configured in demo mode only. What a bank would remember of a payment is kept beside the payment."""

    label = _("Demo payment")

    def begin_session(self, payment: "Payment") -> str:
        """No address: the customer answers for the bank on our own pay page."""
        return ""

    def read_form(self, payment: "Payment", data: Mapping[str, Any]) -> list[Scheduled]:
        """The customer's choice as notifications: now, twice, or approved now and captured late."""
        form = DemoForm(data)
        if not form.is_valid():
            return []
        outcome = form.cleaned_data["outcome"]
        ending = self._notification(
            payment, NotificationKind.DECLINED if outcome == "decline" else NotificationKind.CAPTURED, outcome
        )
        if outcome == "late":
            approved = self._notification(payment, NotificationKind.AUTHORISED, "approved")
            return [Scheduled(approved), Scheduled(ending, LATE_SECONDS)]
        again = [replace(ending, event_id=f"{ending.event_id}-again")] if outcome == "twice" else []
        return [Scheduled(notification) for notification in (ending, *again)]

    @staticmethod
    def _notification(payment: "Payment", kind: NotificationKind, name: str) -> Notification:
        return Notification(
            event_id=f"{payment.token}-{name}",
            kind=kind,
            token=payment.token,
            amount=payment.total,
            currency=payment.currency,
            reference=f"demo-{payment.token}",
        )

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """The demo has notifications from its pay page alone; its events can't be signed."""
        raise BadSignature

    def expire(self, payment: "Payment") -> None:
        """Nothing: the form of our own pay page takes no answer for a payment that has ended."""

    def list_refunds(self, payment: "Payment") -> list[ProviderRefund]:
        return [
            ProviderRefund(hashlib.sha256(key.encode()).hexdigest()[:16], Decimal(amount), key)
            for key, amount in self._remembered(payment).items()
        ]

    def ask_refund(self, payment: "Payment", amount: Decimal, key: str) -> ProviderRefund:
        """Under the payment's lock: several workers may return parts of it at once, as a bank would let them."""
        with transaction.atomic():
            type(payment).objects.select_for_update(no_key=True).get(pk=payment.pk)
            refunds = self._remembered(payment) | {key: str(amount)}
            payment.extra_data = json.dumps({"refunds": refunds})
            payment.save(update_fields=["extra_data"])
        return next(refund for refund in self.list_refunds(payment) if refund.key == key)

    def _remembered(self, payment: "Payment") -> dict[str, str]:
        payment.refresh_from_db(fields=["extra_data"])
        refunds: dict[str, str] = json.loads(payment.extra_data or "{}").get("refunds", {})
        return refunds
