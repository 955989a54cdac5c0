"""Which providers are on is said by the environment, and a mistake there is a sentence at the start."""

import json
import subprocess
import sys

import pytest

STRIPE = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
PAYPAL = {"PAYPAL_CLIENT_ID": "id", "PAYPAL_SECRET": "secret", "PAYPAL_WEBHOOK_ID": "WH-1"}
DEMO, REAL = {"DEMO": "1"}, {"DEMO": "0"}
TRANSFER = {"TRANSFER_ACCOUNT": "12345", "TRANSFER_NAME": "Shop Ltd"}
# Environments, and what is on with them (the one that is taken unasked, and all), or a part of the refusal.
CASES = [
    (DEMO, "demo: demo transfer"),
    (DEMO | {"PAYMENT_VARIANTS": "demo"}, "demo: demo"),
    (REAL, ":"),
    (REAL | STRIPE, "stripe: stripe"),
    (REAL | PAYPAL, "paypal: paypal"),
    (DEMO | STRIPE, ": demo stripe transfer"),
    (REAL | TRANSFER, "transfer: transfer"),
    (REAL | TRANSFER | STRIPE, "stripe: stripe transfer"),
    (REAL | TRANSFER | {"CASH_ON_DELIVERY": "1", "CASH_AT_PICKUP": "0"}, ": transfer cash_on_delivery"),
    (REAL | TRANSFER | {"CURRENCY": "EUR"}, "no IBAN"),
    (
        REAL | TRANSFER | {"CURRENCY": "EUR", "TRANSFER_ACCOUNT": "DE89 3704 0044 0532 0130 00"},
        "transfer: transfer",
    ),
    (REAL | TRANSFER | {"CURRENCY": "VND", "TRANSFER_BANK_BIN": "VCB"}, "six digits"),
    (REAL | {"TRANSFER_ACCOUNT": "1"}, "TRANSFER_NAME is not set"),
    (REAL | STRIPE | PAYPAL, ": stripe paypal"),
    (REAL | STRIPE | PAYPAL | {"PAYMENT_VARIANT": "paypal"}, "paypal: stripe paypal"),
    (REAL | STRIPE | PAYPAL | {"PAYMENT_VARIANTS": "paypal, stripe"}, ": paypal stripe"),
    (REAL | STRIPE | PAYPAL | {"PAYMENT_VARIANTS": "stripe"}, "stripe: stripe"),
    (REAL | {"CURRENCY": "VND"} | STRIPE, "stripe: stripe"),
    (REAL | {"CURRENCY": "VND", "PAYMENT_VARIANTS": "stripe"} | STRIPE | PAYPAL, "stripe: stripe"),
    (REAL | {"CURRENCY": "VND"} | PAYPAL, "PayPal takes no VND"),
    (REAL | {"STRIPE_SECRET_KEY": "sk"}, "STRIPE_WEBHOOK_SECRET is not"),
    (REAL | {"PAYPAL_CLIENT_ID": "id"}, "PAYPAL_SECRET and PAYPAL_WEBHOOK_ID is not"),
    (REAL | STRIPE | {"PAYMENT_VARIANTS": "stripe,paypal"}, "paypal is on, and PAYPAL_CLIENT_ID"),
    (REAL | STRIPE | {"PAYMENT_VARIANTS": "stripe,cash"}, "PAYMENT_VARIANTS names cash"),
    (REAL | {"PAYMENT_VARIANTS": "demo"}, "demo is for DEMO=1 only"),
    (REAL | STRIPE | {"PAYMENT_VARIANT": "paypal"}, "not one of the providers that are on: stripe"),
]
# A process for each, which begins where the slow imports are done.
READ = """
import json, os, sys
import config.celery
for given in json.load(sys.stdin):
    if not os.fork():
        os.environ.update(given)
        try:
            from config.settings import PAYMENT_VARIANT, PAYMENT_VARIANTS
            print(json.dumps(["on", " ".join([f"{PAYMENT_VARIANT}:", *PAYMENT_VARIANTS])]), flush=True)
        except Exception as error:
            print(json.dumps(["refused", str(error)]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def starts() -> list[list[str]]:
    """How the shop starts in each case."""
    environments = json.dumps([given for given, _expected in CASES])
    run = subprocess.run(
        [sys.executable, "-c", READ], input=environments, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize(("nth", "expected"), list(enumerate(expected for _given, expected in CASES)))
def test_providers_are_switched_on_by_their_keys_and_names(starts, nth, expected):
    how, said = starts[nth]
    assert said == expected if how == "on" else expected in said
