"""The parties around a fuzzed shop: payment providers and a mail service, all of them on the loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.stand_ins import postmark
from tests.stand_ins.paypal import PayPalStandIn
from tests.stand_ins.stripe import StripeStandIn

# Whoever reads metrics has it.
TOKEN = "fuzz-metrics"  # noqa: S105 of a shop that lives for a run


class Around(NamedTuple):
    stripe: StripeStandIn
    paypal: PayPalStandIn
    mail: postmark.PostmarkStandIn

    def settings(self) -> dict[str, str]:
        """Where the shop finds them. Limits of signing in are off, as each run signs in by the hundred from one address."""
        return {
            **self.stripe.settings(),
            **self.paypal.settings(),
            "EMAIL_URL": f"postmark://{postmark.TOKEN}@",
            "EMAIL_API_BASE": self.mail.url,
            "EMAIL_WEBHOOK_SECRET": postmark.SECRET,
            "METRICS_TOKEN": TOKEN,
            "SIGN_IN_LIMITS": "off",
            "WEBHOOK_PRIVATE_TARGETS": "127.0.0.1/32",
            "WEBHOOK_RETRY_AFTER": "1",
            "WEBHOOK_TIMEOUT": "2",
            "CODE_TRIES_OF_CUSTOMER": "0",
            "CODE_TRIES_OF_NETWORK": "0",
        }


@contextmanager
def around() -> Iterator[Around]:
    with StripeStandIn() as stripe, PayPalStandIn() as paypal, postmark.PostmarkStandIn() as mail:
        yield Around(stripe, paypal, mail)
