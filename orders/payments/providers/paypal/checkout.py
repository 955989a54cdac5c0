"""PayPal as the shop's payment provider, by its Orders v2 API: the customer approves on PayPal's page, then we capture.

Paths, fields and codes used here are those of PayPal's published OpenAPI documents; what they leave open, and has not been
tried against PayPal itself, is: for how long an order can be approved (OPEN_FOR keeps well inside the three hours that
PayPal's guides name), for how long an order that was paid can be read (a list of refunds that can't be had is then no
answer, not an empty one), and how a capture that PayPal reverses is told.

PayPal can't expire an order. What is approved after its payment ended is not captured; money that was captured while
it ended goes back by itself.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.utils import timezone

from orders.models import LedgerEntry, Payment
from orders.payments.providers.base import (
    BadSignature,
    NoLists,
    Notification,
    NotificationKind,
    PaymentProvider,
    ProviderRefund,
    ProviderUnreachable,
    RefundRefused,
    SessionRefused,
    understood,
)
from orders.payments.providers.movements import Balance, Movement, Report
from orders.payments.providers.paypal import report
from orders.payments.providers.paypal.client import PayPalApi, Refused
from orders.payments.providers.paypal.events import (
    FAILED,
    Thing,
    as_ours,
    notification_of,
    of_dispute,
    of_refund,
    order_of,
    refunds_of,
    to_wire,
)
from orders.payments.providers.paypal.movements import PAGE_SIZE, movement_of, pieces
from orders.payments.providers.paypal.orders import (
    ALREADY_CAPTURED,
    GONE,
    not_captured,
    outcome_of,
    page_of,
    wanted,
)
from orders.payments.providers.sessions import agreed_deadline, note_session, open_page

# Seconds that an order's page is led to before another order is made.
OPEN_FOR = 150 * 60
SIGNED = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")


class PayPal(PaymentProvider):
    """Payments on PayPal's own page. A request waits for an answer for `timeout` seconds, and is not repeated here."""

    label = "PayPal"
    has_lists = True

    def __init__(
        self,
        client_id: str,
        secret: str,
        webhook_id: str,
        api_base: str = "https://api-m.paypal.com",
        timeout: float = 15,
    ) -> None:
        self._webhook_id = webhook_id
        self._api = PayPalApi(client_id=client_id, secret=secret, base=api_base, timeout=timeout)

    # --- paying ----------------------------------------------------------------------------------------------------

    def begin_session(self, payment: Payment) -> str:
        """The address of PayPal's page. Raises SessionRefused, ProviderUnreachable."""
        try:
            return open_page(payment) or self._begin(payment)
        except (Refused, ValueError) as refusal:
            raise SessionRefused(str(refusal)) from refusal

    def _begin(self, payment: Payment) -> str:
        """The address of a new order's page, or of the one whose making was not noted: the same key is the same order."""
        deadline = agreed_deadline(payment, int(time.time()) + OPEN_FOR)
        key = f"{payment.token}-{deadline}"
        order = self._api.post("/v2/checkout/orders", json.dumps(wanted(payment)), key=key)
        url = page_of(order)
        note_session(payment, order["id"], deadline, url)
        return url

    def look(self, payment: Payment) -> Notification | None:
        """What came of the order's capture, without capturing anything."""
        if not payment.transaction_id:
            return None
        try:
            order = self._api.get(f"/v2/checkout/orders/{payment.transaction_id}")
        except Refused as refusal:
            return not_captured(payment, refusal)
        return outcome_of(payment, order)

    def take(self, payment: Payment) -> Notification | None:
        """Capture what was approved; asked again it tells of the same capture."""
        if not payment.transaction_id:
            return None
        try:
            order = self._captured(payment.transaction_id)
        except Refused as refusal:
            return not_captured(payment, refusal)
        outcome = outcome_of(payment, order)
        # A repeated key may be answered as it was the first time.
        is_settled = outcome is None or outcome.kind != NotificationKind.AUTHORISED
        return outcome if is_settled else self.look(payment)

    def _captured(self, order_id: str) -> Thing:
        try:
            return self._api.post(f"/v2/checkout/orders/{order_id}/capture", "{}", key=f"{order_id}-capture")
        except Refused as refusal:
            if refusal.issue not in ALREADY_CAPTURED:
                raise
            return self._api.get(f"/v2/checkout/orders/{order_id}")

    def expire(self, payment: Payment) -> None:
        """Nothing: PayPal has no call for it. What is approved later is not captured (see the module)."""

    # --- refunds ---------------------------------------------------------------------------------------------------

    def list_refunds(self, payment: Payment) -> list[ProviderRefund]:
        """Every refund of this payment but those that failed. Raises ProviderUnreachable."""
        captured = payment.ledger.filter(kind=LedgerEntry.Kind.CAPTURED)
        return [
            refund
            for capture_id in captured.values_list("reference", flat=True)
            for refund in self._refunds_of(capture_id)
        ]

    def _refunds_of(self, capture_id: str) -> list[ProviderRefund]:
        try:
            capture = self._api.get(f"/v2/payments/captures/{capture_id}")
        except Refused:
            return []  # and asking for one will be refused, so that staff look at it
        try:
            return refunds_of(self._api.get(f"/v2/checkout/orders/{order_of(capture)}"), capture_id)
        except Refused as refusal:
            if capture["status"] == "COMPLETED":
                return []  # nothing of it went back
            raise ProviderUnreachable(f"the refunds of {capture_id} can't be read: {refusal}") from refusal

    def ask_refund(self, payment: Payment, amount: Decimal, key: str) -> ProviderRefund:
        body = json.dumps({"amount": to_wire(amount, payment.currency), "custom_id": key})
        try:
            path = f"/v2/payments/captures/{payment.charge_of(key)}/refund"
            refund = self._api.post(path, body, key=key)
            if refund["status"] == "PENDING":
                # A repeated key may be answered as it was the first time.
                refund = self._api.get(f"/v2/payments/refunds/{refund['id']}")
        except Refused as refusal:
            raise RefundRefused(str(refusal)) from refusal
        if refund["status"] in FAILED:
            raise RefundRefused(refund.get("status_details", {}).get("reason") or refund["status"])
        return as_ours(refund)

    # --- lists -----------------------------------------------------------------------------------------------------

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """The account's transactions, as PayPal reports them: some only after hours. Raises NoLists, ProviderUnreachable."""
        for begin, end in pieces(since, min(until, timezone.now())):
            page, pages = 1, 1
            while page <= pages:
                told = self._report(
                    "transactions",
                    start_date=begin.isoformat(timespec="seconds"),
                    end_date=end.isoformat(timespec="seconds"),
                    fields="transaction_info",
                    page_size=PAGE_SIZE,
                    page=page,
                )
                moved = map(movement_of, told.get("transaction_details", []))
                yield from (one for one in moved if one is not None and since <= one.at < until)
                page, pages = page + 1, told.get("total_pages", 1)

    def look_at_refund(self, reference: str) -> Notification | None:
        try:
            refund = self._api.get(f"/v2/payments/refunds/{reference}")
        except Refused as refusal:
            if refusal.issue in GONE:
                return None
            raise NoLists(str(refusal)) from refusal
        kind = NotificationKind.REFUND_REFUSED if refund["status"] in FAILED else NotificationKind.REFUNDED
        return of_refund(f"looked at {reference} {refund['status']}", kind, refund)

    def look_at_dispute(self, reference: str) -> Notification | None:
        try:
            dispute = self._api.get(f"/v1/customer/disputes/{reference}")
        except Refused as refusal:
            if refusal.issue in GONE:
                return None
            raise NoLists(str(refusal)) from refusal
        return of_dispute(f"looked at {reference} {dispute['status']}", dispute)

    def balance(self, at: datetime) -> Balance:
        """What the account held then: what was moved since may not be in the list yet."""
        at = at.replace(microsecond=0)
        # With what moved in the second that is named.
        told = self._report("balances", as_of_time=(at - timedelta(seconds=1)).isoformat())
        held = {one["currency"]: Decimal(one["total_balance"]["value"]) for one in told["balances"]}
        return Balance(held, at)

    def read_report(self, lines: Iterable[str]) -> Report:
        return report.read(lines)

    def _report(self, what: str, **asked: object) -> Thing:
        """A report. The account has to allow our keys to read it."""
        try:
            return self._api.get(f"/v1/reporting/{what}?{urlencode(asked)}")
        except Refused as refusal:
            raise NoLists(str(refusal)) from refusal

    # --- events ----------------------------------------------------------------------------------------------------

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """The event in a webhook's raw body; PayPal itself checks its signature.

        Raises BadSignature, ProviderUnreachable.
        """
        given = {
            name.lower().removeprefix("paypal-").replace("-", "_"): text for name, text in headers.items()
        }
        try:
            question = {name: given[name] for name in SIGNED} | {"webhook_id": self._webhook_id}
            raw = body.decode()
            event = json.loads(raw)
        except (KeyError, ValueError, RecursionError) as error:
            raise BadSignature(f"not an event of PayPal's: {error}") from error
        self._check(json.dumps(question), raw)
        return understood(event, body, notification_of)

    def _check(self, question: str, raw: str) -> None:
        # What was signed are the event's very letters, so they are not written anew.
        asked = f'{question[:-1]}, "webhook_event": {raw}}}'
        try:
            answer = self._api.post("/v1/notifications/verify-webhook-signature", asked)
        except Refused as refusal:
            raise BadSignature(str(refusal)) from refusal
        if answer.get("verification_status") != "SUCCESS":
            raise BadSignature("PayPal did not sign this")
