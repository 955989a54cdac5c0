"""Stripe Checkout as the shop's payment provider: the customer pays on Stripe's page, events tell how that went."""

import json
import logging
import time
from collections.abc import Mapping
from decimal import Decimal

import stripe
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import LedgerEntry, Order, Payment
from orders.payments.providers.base import (
    BadSignature,
    NoLists,
    Notification,
    ProviderRefund,
    ProviderUnreachable,
    RefundRefused,
    SessionPaid,
    SessionRefused,
    understood,
)
from orders.payments.providers.line import Line
from orders.payments.providers.sessions import agreed_deadline, note_session, open_page
from orders.payments.providers.stripe.client import Calls
from orders.payments.providers.stripe.endpoint import API_VERSION, complaints, other_version
from orders.payments.providers.stripe.events import (
    FAILED,
    Thing,
    as_ours,
    notification_of,
    outcome_of,
    to_wire,
)
from orders.payments.providers.stripe.lists import StripeLists
from orders.pricing import payable

log = logging.getLogger(__name__)

# Otherwise the package leaves an id in the home directory, and tells Stripe of the machine.
stripe.enable_telemetry = False
# Seconds that a session may stay open, by Stripe's rule, with a minute for clocks that differ.
MIN_SESSION_SECONDS = 30 * 60 + 60
MAX_SESSION_SECONDS = 24 * 60 * 60 - 60


class StripeCheckout(StripeLists):
    """Payments on Stripe's own page. A request waits for an answer for `timeout` seconds at most, and is not repeated."""

    label = gettext_lazy("Card")
    name = "Stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        api_base: str = "https://api.stripe.com",
        timeout: float = 15,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._stripe = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=Calls(Line("stripe", address=api_base, timeout=timeout)),
            max_network_retries=0,
        )

    # --- paying ----------------------------------------------------------------------------------------------------

    def takes(self, order: Order) -> bool:
        return payable.takes(payable.STRIPE, order.amount_due, order.currency)

    def begin_session(self, payment: Payment) -> str:
        """The address of Stripe's page. Raises SessionRefused, ProviderUnreachable."""
        try:
            return open_page(payment) or self._begin(payment)
        except (stripe.CardError, stripe.InvalidRequestError, ValueError) as refusal:
            raise SessionRefused(str(refusal)) from refusal
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def _begin(self, payment: Payment) -> str:
        """The address of a new session's page, or of the one whose making was not noted."""
        try:
            deadline = agreed_deadline(payment, _wished_deadline(payment))
            session = self._create(payment, deadline)
        except stripe.InvalidRequestError as refusal:
            if refusal.param != "expires_at":
                raise
            # It was agreed some time ago, Stripe never heard of it, and now it is too near.
            deadline = agreed_deadline(payment, _wished_deadline(payment), anew=True)
            session = self._create(payment, deadline)
        if not session.url:
            raise ProviderUnreachable("a session without an address")
        note_session(payment, session.id, deadline, session.url)
        return session.url

    def _create(self, payment: Payment, deadline: int) -> stripe.checkout.Session:
        """Ask for the payment's session. The same deadline again is the same session."""
        order = payment.order
        page, back = order.get_absolute_url(), reverse("order-pay-back", args=[order.pk])
        with translation.override(order.language):
            name = _("Order %(number)s") % {"number": order.number}
        return self._stripe.v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": payment.currency.lower(),
                            "unit_amount": to_wire(payment.total, payment.currency),
                            "product_data": {"name": name},
                        },
                    }
                ],
                "client_reference_id": payment.token,
                "metadata": {"token": payment.token},
                "payment_intent_data": {"metadata": {"token": payment.token}},
                "customer_email": payment.billing_email,
                "expires_at": deadline,
                "success_url": f"{settings.PUBLIC_URL}{back}",
                "cancel_url": f"{settings.PUBLIC_URL}{page}",
                # The customer pays the order's amount in the order's currency, not what Stripe converts it to.
                "adaptive_pricing": {"enabled": False},
            },
            options={"idempotency_key": f"{payment.token}-{deadline}"},
        )

    def look(self, payment: Payment) -> Notification | None:
        """What became of the session: Stripe takes the money itself, and its event may come late, or never."""
        if not payment.transaction_id:
            return None
        try:
            session = self._stripe.v1.checkout.sessions.retrieve(
                payment.transaction_id, params={"expand": ["payment_intent"]}
            )
        except stripe.StripeError as error:
            if error.code == "resource_missing":
                return None  # of another account: nothing comes from it
            raise ProviderUnreachable(str(error)) from error
        return outcome_of(session.to_dict(), payment.token)

    def expire(self, payment: Payment) -> None:
        payment.refresh_from_db(fields=["transaction_id"])
        if not payment.transaction_id:
            return  # the page of a session that was never noted is known to no customer
        try:
            self._expire(payment.transaction_id)
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def _expire(self, session_id: str) -> None:
        try:
            self._stripe.v1.checkout.sessions.expire(session_id)
        except stripe.InvalidRequestError as refusal:
            if refusal.code == "resource_missing":
                log.warning("session %s is not one of this Stripe account", session_id)
                return
            self._must_be_expired(session_id)

    def _must_be_expired(self, session_id: str) -> None:
        status = self._stripe.v1.checkout.sessions.retrieve(session_id).status
        if status != "expired":
            raise SessionPaid(f"session {session_id} is {status}, and can't be expired")

    # --- refunds ---------------------------------------------------------------------------------------------------

    def list_refunds(self, payment: Payment) -> list[ProviderRefund]:
        """Every refund of this payment but those that failed. Raises ProviderUnreachable."""
        captured = payment.ledger.filter(kind=LedgerEntry.Kind.CAPTURED)
        try:
            return [
                as_ours(refund)
                for intent in captured.values_list("reference", flat=True)
                for refund in self._refunds_of(intent)
                if refund["status"] not in FAILED
            ]
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def _refunds_of(self, intent: str) -> list[Thing]:
        try:
            page = self._stripe.v1.refunds.list(params={"payment_intent": intent, "limit": 100})
            return [refund.to_dict() for refund in page.auto_paging_iter()]
        except stripe.InvalidRequestError as refusal:
            if refusal.code == "resource_missing":
                return []  # and asking for one will be refused, so that staff look at it
            raise

    def ask_refund(self, payment: Payment, amount: Decimal, key: str) -> ProviderRefund:
        try:
            refund = self._present_state(self._ask_refund(payment, amount, key)).to_dict()
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error
        if refund["status"] in FAILED:
            raise RefundRefused(refund.get("failure_reason") or refund["status"])
        return as_ours(refund)

    def _ask_refund(self, payment: Payment, amount: Decimal, key: str) -> stripe.Refund:
        try:
            return self._stripe.v1.refunds.create(
                params={
                    "payment_intent": payment.charge_of(key),
                    "amount": to_wire(amount, payment.currency),
                    "metadata": {"key": key, "token": payment.token},
                },
                options={"idempotency_key": key},
            )
        except (stripe.CardError, stripe.InvalidRequestError) as refusal:
            raise RefundRefused(refusal.user_message or refusal.code or "refused") from refusal

    def _present_state(self, refund: stripe.Refund) -> stripe.Refund:
        """The refund as it is now: to a key that it knows, Stripe repeats what it answered the first time."""
        answer = refund.last_response
        if answer is None or answer.headers.get("Idempotent-Replayed") != "true":
            return refund
        return self._stripe.v1.refunds.retrieve(refund.id)

    # --- events ----------------------------------------------------------------------------------------------------

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        event = self._checked(body, headers.get("Stripe-Signature", ""))
        return understood(event, body, notification_of)

    def other_version(self, body: bytes) -> str:
        return other_version(body)

    def complaints_about_webhook(self, url: str) -> list[str]:
        try:
            page = self._stripe.v1.webhook_endpoints.list(params={"limit": 100})
            return list(complaints((one.to_dict() for one in page.auto_paging_iter()), url=url))
        except stripe.PermissionError as refusal:
            raise NoLists(f"the key may not read the account's webhook endpoints: {refusal}") from refusal
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def _checked(self, body: bytes, signature: str) -> object:
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), signature, self._webhook_secret, stripe.Webhook.DEFAULT_TOLERANCE
            )
            event: object = json.loads(body)
        except (stripe.SignatureVerificationError, ValueError, RecursionError) as error:
            raise BadSignature(str(error)) from error
        return event


def _wished_deadline(payment: Payment) -> int:
    """The end of the order's time to pay, as near as Stripe allows."""
    now = int(time.time())
    pay_by = payment.order.pay_by
    wished = int(pay_by.timestamp()) if pay_by else now
    return min(max(wished, now + MIN_SESSION_SECONDS), now + MAX_SESSION_SECONDS)
