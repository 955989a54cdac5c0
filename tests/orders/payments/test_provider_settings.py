"""Which providers are on is said by the environment, and a mistake there is a sentence at the start."""

import os
import subprocess
import sys

import pytest

STRIPE = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
PAYPAL = {"PAYPAL_CLIENT_ID": "id", "PAYPAL_SECRET": "secret", "PAYPAL_WEBHOOK_ID": "WH-1"}
DEMO, REAL = {"DEMO": "1"}, {"DEMO": "0"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (DEMO, "demo: demo"),
        (REAL, ":"),
        (REAL | STRIPE, "stripe: stripe"),
        (REAL | PAYPAL, "paypal: paypal"),
        (DEMO | STRIPE, ": demo stripe"),
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
    ],
)
def test_providers_are_switched_on_by_their_keys_and_names(given, expected):
    code = "from config.settings import *; print(f'{PAYMENT_VARIANT}:', *PAYMENT_VARIANTS)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | given, capture_output=True, text=True, check=False
    )
    said = (run.stdout or run.stderr).strip().splitlines()[-1]
    assert said == expected if run.stdout else expected in said
