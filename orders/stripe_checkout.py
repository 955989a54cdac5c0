"""Stripe Checkout as the shop's payment provider: the customer pays on Stripe's page, events tell how that went."""

import json
import logging
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

import stripe
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from payments import PaymentError, RedirectNeeded

from orders.models import IN_PROGRESS, LedgerEntry, Payment
from orders.providers import (
    BadSignature,
    News,
    NewsKind,
    ProviderRefund,
    ProviderUnreachable,
    RefundRefused,
    SessionPaid,
    ShopProvider,
)

log = logging.getLogger(__name__)

# Currencies whose amounts Stripe takes in whole units. ISK and UGX have no decimals either, and go as hundredths.
WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
# Seconds that a session may stay open, by Stripe's rule, with a minute for clocks that differ.
SHORTEST = 30 * 60 + 60
LONGEST = 24 * 60 * 60 - 60
FAILED = ("failed", "canceled")

SESSION_NEWS = {
    "checkout.session.completed": NewsKind.CAPTURED,
    "checkout.session.async_payment_succeeded": NewsKind.CAPTURED,
    "checkout.session.async_payment_failed": NewsKind.DECLINED,
    "checkout.session.expired": NewsKind.EXPIRED,
}
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")


def _decimals(currency: str) -> int:
    code = currency.upper()
    if code in WHOLE:
        return 0
    return 3 if code in THOUSANDTHS else 2


def to_wire(amount: Decimal, currency: str) -> int:
    """The amount as Stripe counts it. Raises ValueError rather than round money."""
    wire = amount.scaleb(_decimals(currency))
    if wire != wire.to_integral_value():
        raise ValueError(f"{amount} {currency} has more decimals than the currency")
    return int(wire)


def from_wire(amount: int, currency: str) -> Decimal:
    """An amount of Stripe's in the currency's own unit."""
    return Decimal(amount).scaleb(-_decimals(currency))


class StripeCheckout(ShopProvider):
    """Payments on Stripe's own page. A request waits for an answer for `timeout` seconds, and is not repeated here."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        api_base: str = "https://api.stripe.com",
        timeout: float = 15,
    ) -> None:
        super().__init__()
        self._webhook_secret = webhook_secret
        self._stripe = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=(min(timeout, 5), timeout)),
            max_network_retries=0,
        )

    # --- paying ----------------------------------------------------------------------------------------------------

    def get_form(self, payment: Payment, data: Any = None) -> NoReturn:
        """Lead to Stripe's page: raises RedirectNeeded with its address, or PaymentError."""
        try:
            url = _open_page(payment) or self._begin(payment)
        except (stripe.StripeError, ValueError) as error:
            log.warning("payment %s: no session: %s", payment.token, error)
            raise PaymentError(str(error)) from error
        raise RedirectNeeded(url)

    def _begin(self, payment: Payment) -> str:
        """The address of a new session's page, or of the one whose making was not noted."""
        try:
            deadline = _agreed_deadline(payment)
            session = self._create(payment, deadline)
        except stripe.InvalidRequestError as refusal:
            if refusal.param != "expires_at":
                raise
            # It was agreed some time ago, Stripe never heard of it, and now it is too near.
            deadline = _agreed_deadline(payment, anew=True)
            session = self._create(payment, deadline)
        if not session.url:
            raise PaymentError("a session without an address")
        _note_session(payment, session.id, deadline, session.url)
        return session.url

    def _create(self, payment: Payment, deadline: int) -> stripe.checkout.Session:
        """Ask for the payment's session. The same deadline again is the same session."""
        order = payment.order
        page = f"{settings.PUBLIC_URL}{order.get_absolute_url()}"
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
                "success_url": page,
                "cancel_url": page,
                # The customer pays the order's amount in the order's currency, not what Stripe converts it to.
                "adaptive_pricing": {"enabled": False},
            },
            options={"idempotency_key": f"{payment.token}-{deadline}"},
        )

    def cancel(self, payment: Payment) -> None:
        """Nothing: whoever gives a payment up calls `expire`, and not while it holds a lock."""

    def expire(self, payment: Payment) -> None:
        payment.refresh_from_db(fields=["transaction_id"])
        if not payment.transaction_id:
            return  # a session that was never noted has a page that nobody knows
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
        if status == "complete":
            raise SessionPaid(session_id)
        if status != "expired":
            raise ProviderUnreachable(f"session {session_id} is {status}, and can't be expired")

    # --- refunds ---------------------------------------------------------------------------------------------------

    def list_refunds(self, payment: Payment) -> list[ProviderRefund]:
        """Every refund of this payment but those that failed. Raises ProviderUnreachable."""
        captured = payment.ledger.filter(kind=LedgerEntry.Kind.CAPTURED)
        try:
            return [
                _as_ours(refund)
                for intent in captured.values_list("reference", flat=True)
                for refund in self._refunds_of(intent)
                if refund.status not in FAILED
            ]
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def _refunds_of(self, intent: str) -> list[stripe.Refund]:
        try:
            page = self._stripe.v1.refunds.list(params={"payment_intent": intent, "limit": 100})
            return list(page.auto_paging_iter())
        except stripe.InvalidRequestError as refusal:
            if refusal.code == "resource_missing":
                return []  # and asking for one will be refused, so that somebody looks at it
            raise

    def ask_refund(self, payment: Payment, amount: Decimal, key: str) -> ProviderRefund:
        try:
            refund = self._present_state(self._ask_refund(payment, amount, key))
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error
        if refund.status in FAILED:
            raise RefundRefused(refund.failure_reason or refund.status)
        return _as_ours(refund)

    def _ask_refund(self, payment: Payment, amount: Decimal, key: str) -> stripe.Refund:
        try:
            return self._stripe.v1.refunds.create(
                params={
                    "payment_intent": _intent_of(payment, key),
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

    # --- news ------------------------------------------------------------------------------------------------------

    def read_news(self, body: bytes, headers: Mapping[str, str]) -> News:
        event = self._checked(body, headers.get("Stripe-Signature", ""))
        thing = event.get("data", {}).get("object", {})
        # Other shops on the account, and refunds made by hand at Stripe, don't carry a token of ours.
        token = (thing.get("metadata") or {}).get("token", "")
        if token and event["type"] in SESSION_NEWS:
            return _session_news(event, thing, token)
        if token and event["type"] in REFUND_EVENTS:
            return _refund_news(event, thing, token)
        return News(event["id"], NewsKind.OTHER, token=token)

    def _checked(self, body: bytes, signature: str) -> dict[str, Any]:
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), signature, self._webhook_secret, stripe.Webhook.DEFAULT_TOLERANCE
            )
            return json.loads(body)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise BadSignature(str(error)) from error


# --- what is noted of a session beside its payment -----------------------------------------------------------------


def _noted(payment: Payment) -> dict[str, Any]:
    return json.loads(payment.extra_data or "{}")


def _open_page(payment: Payment) -> str:
    """The address of the session that was begun, as long as it is open."""
    noted = _noted(payment)
    return noted.get("url", "") if noted.get("deadline", 0) > time.time() else ""


def _agreed_deadline(payment: Payment, *, anew: bool = False) -> int:
    """When the payment's session ends (Unix time): one answer for all clicks, of which the first decides."""
    if anew or _noted(payment).get("deadline", 0) <= time.time():
        before = Payment.objects.filter(pk=payment.pk, extra_data=payment.extra_data)
        before.update(extra_data=json.dumps({"deadline": _wished_deadline(payment)}))
        payment.refresh_from_db(fields=["extra_data"])
    return _noted(payment)["deadline"]


def _wished_deadline(payment: Payment) -> int:
    """The end of the order's time to pay, as near as Stripe allows."""
    now = int(time.time())
    pay_by = payment.order.pay_by
    wished = int(pay_by.timestamp()) if pay_by else now
    return min(max(wished, now + SHORTEST), now + LONGEST)


def _note_session(payment: Payment, session_id: str, deadline: int, url: str) -> None:
    """Note the session, unless the payment was given up meanwhile: then nobody learns the page's address."""
    payment.transaction_id = session_id
    payment.extra_data = json.dumps({"deadline": deadline, "url": url})
    in_progress = Payment.objects.filter(pk=payment.pk, status__in=IN_PROGRESS)
    if not in_progress.update(transaction_id=session_id, extra_data=payment.extra_data):
        raise PaymentError("the payment ended while its session was begun")


# --- Stripe's words into ours --------------------------------------------------------------------------------------


def _intent_of(payment: Payment, key: str) -> str:
    """The charge that the attempt of this key returns: a payment may have been charged twice."""
    attempts = payment.refunds.select_related("capture")
    return next(attempt.capture.reference for attempt in attempts if attempt.key == key)


def _as_ours(refund: stripe.Refund) -> ProviderRefund:
    return ProviderRefund(
        reference=refund.id,
        amount=from_wire(refund.amount, refund.currency),
        key=(refund.metadata or {}).get("key", ""),
        is_done=refund.status == "succeeded",
    )


def _session_news(event: dict[str, Any], session: dict[str, Any], token: str) -> News:
    kind = SESSION_NEWS[event["type"]]
    is_captured = kind == NewsKind.CAPTURED
    if is_captured and session["payment_status"] != "paid":
        kind = NewsKind.OTHER  # the bank takes its time; another event will tell
    return News(
        event_id=event["id"],
        kind=kind,
        token=token,
        amount=from_wire(session["amount_total"], session["currency"]),
        currency=session["currency"].upper(),
        reference=session["payment_intent"] if is_captured else session["id"],
    )


def _refund_news(event: dict[str, Any], refund: dict[str, Any], token: str) -> News:
    kind = NewsKind.OTHER
    if refund["status"] == "succeeded":
        kind = NewsKind.REFUNDED
    elif refund["status"] in FAILED:
        kind = NewsKind.REFUND_REFUSED
    return News(
        event_id=event["id"],
        kind=kind,
        token=token,
        amount=from_wire(refund["amount"], refund["currency"]),
        currency=refund["currency"].upper(),
        reference=refund["id"],
        key=refund["metadata"].get("key", ""),
        note=(refund.get("failure_reason") or refund["status"]) if kind == NewsKind.REFUND_REFUSED else "",
    )
