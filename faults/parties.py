"""Parties around a shop that can be silent: a Stripe, a PayPal and a mail server that take connections and say nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from faults.mail import MailServer
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.server import Answer, Call, StandIn
from tests.stand_ins.stripe import StripeStandIn

# An order's time to pay: unpaid ones are asked about at their provider while the run goes on.
WINDOW = 30


class Silenced(StandIn):
    """`talks` is cleared for silence: also who asks for a sign of life hears nothing."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.talks = threading.Event()
        self.talks.set()

    def turn_away(self, call: Call) -> Answer | None:
        self.talks.wait(600)
        return super().turn_away(call)


class SilentStripe(Silenced, StripeStandIn):
    """A Stripe that may say nothing."""


class SilentPayPal(Silenced, PayPalStandIn):
    """A PayPal that may say nothing."""


@dataclass
class Parties:
    stripe: SilentStripe
    paypal: SilentPayPal
    mail: MailServer

    def settings(self) -> dict[str, str]:
        return {
            "PAYMENT_VARIANTS": "stripe,paypal",
            "STRIPE_SECRET_KEY": self.stripe.secret_key,
            "STRIPE_WEBHOOK_SECRET": self.stripe.webhook_secret,
            "STRIPE_API_BASE": self.stripe.url,
            "PAYPAL_CLIENT_ID": self.paypal.client_id,
            "PAYPAL_SECRET": self.paypal.secret,
            "PAYPAL_WEBHOOK_ID": self.paypal.webhook_id,
            "PAYPAL_API_BASE": self.paypal.url,
            "ORDER_PAYMENT_WINDOW": str(WINDOW),
            "EMAIL_URL": self.mail.url,
        }


@contextmanager
def parties() -> Iterator[Parties]:
    with SilentStripe() as stripe, SilentPayPal() as paypal, MailServer() as mail:
        yield Parties(stripe, paypal, mail)
