"""Words of payment providers and of the mail service, signed as theirs, and odd in what they say."""

import base64
import hashlib
import hmac
import json
import time
from random import Random
from typing import TYPE_CHECKING, Any

from faults.fuzz.sending import bodies, odd, words
from tests.stand_ins import postmark
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.stripe import StripeStandIn

if TYPE_CHECKING:
    from collections.abc import Callable

Word = tuple[str, bytes, list[tuple[str, str]]]
# How often a word is signed by somebody else: after ten of them in a minute no more are looked at.
FORGED = 0.02
STRIPE = (
    *("checkout.session.completed", "checkout.session.expired", "checkout.session.async_payment_succeeded"),
    *(
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refunded",
        "charge.dispute.created",
        "odd.kind",
    ),
    *("charge.dispute.closed", "payment_intent.succeeded", "payment_intent.payment_failed", "payout.paid"),
)
PAYPAL = (
    *(
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.DENIED",
    ),
    *("CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.RESOLVED", "PAYMENT.REFUND.PENDING", "ODD.KIND"),
)


class Hooks:
    """`orders` are ids that words may be about; `cursor` is one of the feed's."""

    def __init__(self, stripe: StripeStandIn, paypal: PayPalStandIn, orders: list[str], cursor: str) -> None:
        self.stripe, self.paypal, self.orders, self.cursor = stripe, paypal, orders, cursor

    def word(self, chance: Random) -> Word:
        ways: tuple[Callable[[Random], Word], ...] = (self._stripe, self._stripe, self._paypal, self._mail)
        return chance.choice(ways)(chance)

    def _thing(self, chance: Random) -> dict[str, Any]:
        """What a word is about: as much of anything as some kind has."""
        order = chance.choice(self.orders) if self.orders else words.ZEROS
        money = {"amount": 1250, "currency": "usd", "value": "12.50", "currency_code": "USD"}
        return {
            "id": "cs_1",
            "object": "checkout.session",
            "client_reference_id": order,
            "payment_status": "paid",
            "status": "succeeded",
            "amount_total": 1250,
            "currency": "usd",
            "payment_intent": "pi_1",
            "charge": "ch_1",
            "metadata": {"order": order, "order_id": order},
            "custom_id": order,
            "amount": chance.choice((1250, money)),
            "purchase_units": [
                {"custom_id": order, "amount": money, "payments": {"captures": [{"id": "c1"}]}}
            ],
            "refunds": {"data": [{"id": "re_1", "status": "failed"}]},
            "links": [{"href": "x", "rel": "up"}],
            "dispute_id": "PP-1",
            "disputed_transactions": [{"seller_transaction_id": "c1"}],
            "reason": "fraudulent",
        }

    def _content(self, chance: Random, event: dict[str, Any]) -> bytes:
        content = odd.dumped(bodies.bent_json(chance, event))
        return bodies.spoiled_json(chance, content) if chance.random() < 0.15 else content

    def _stripe(self, chance: Random) -> Word:
        event = self.stripe.event(chance.choice(STRIPE), self._thing(chance))
        event["id"] = f"evt_{chance.getrandbits(64):x}"
        body, stamp = self._content(chance, event), int(time.time())
        key = b"other" if chance.random() < FORGED else self.stripe.webhook_secret.encode()
        signature = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return "/payments/webhooks/stripe/", body, [_JSON, ("Stripe-Signature", f"t={stamp},v1={signature}")]

    def _paypal(self, chance: Random) -> Word:
        """The stand-in signs what can be written as an event; what it says is checked by asking it."""
        event = bodies.bent_json(chance, self.paypal.event(chance.choice(PAYPAL), self._thing(chance)))
        try:
            body, headers = self.paypal.signed(event)
        except (UnicodeEncodeError, ValueError):
            body, headers = self.paypal.signed({"id": words.ZEROS})
        return "/payments/webhooks/paypal/", body, list(headers.items())

    def _mail(self, chance: Random) -> Word:
        sent = {"MessageID": str(words.ZEROS), "Metadata": {"email": "1"}, "To": "fuzz@example.invalid"}
        word = postmark.bounce(sent, chance.choice(("HardBounce", "SoftBounce", "SpamComplaint", "Odd")))
        secret = "x:y" if chance.random() < FORGED else postmark.SECRET
        signed = f"Basic {base64.b64encode(secret.encode()).decode()}"
        return (
            "/emails/webhook/",
            self._content(chance, json.loads(json.dumps(word))),
            [_JSON, ("Authorization", signed)],
        )


_JSON = ("Content-Type", "application/json")
