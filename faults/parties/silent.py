"""Parties around a shop that can take connections and say nothing: a Stripe, a PayPal, a mail server, a broker."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from faults.parties.mail import MailServer
from faults.parties.proxy import SilentLine
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
    broker: SilentLine
    broker_path: Path

    def settings(self) -> dict[str, str]:
        return {
            "PAYMENT_VARIANTS": "stripe,paypal",
            **self.stripe.settings(),
            **self.paypal.settings(),
            "ORDER_PAYMENT_WINDOW": str(WINDOW),
            "EMAIL_URL": self.mail.url,
            "CELERY_BROKER_URL": f"redis+socket://{self.broker_path}?virtual_host=3",
        }


@contextmanager
def parties(valkey: Callable[[], Path]) -> Iterator[Parties]:
    """The broker is the shop's Valkey, by a line of its own."""
    with (
        TemporaryDirectory(prefix="orderly-line-", dir="/tmp") as folder,
        SilentStripe() as stripe,
        SilentPayPal() as paypal,
        MailServer() as mail,
        closing(SilentLine(path := Path(folder) / "broker", valkey)) as broker,
    ):
        yield Parties(stripe, paypal, mail, broker, path)
