"""schemathesis against the running shop: what the schema allows, what it forbids, and what nobody would send.

With FUZZ_SECONDS (`make fuzz`) it goes on that long with another seed each time; else it sends the same few each time.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orders.models import Order
from tests import contract
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, new_session

pytestmark = pytest.mark.flow

SECONDS = os.environ.get("FUZZ_SECONDS", "")
PHASES = {"nobody": "examples,fuzzing", "a customer": "examples,coverage,fuzzing"}
# A quote that is refused for what is in it (no such SKU, somebody else's address) is valid all the same.
# So is the address of a webhook whose name nobody knows here.
# 422 says that another request had the same Idempotency-Key: no schema can say that keys have to be new.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
[[operations]]
include-path-regex = "/orders/.order_id.*"
parameters = {{ order_id = "{order}" }}
[[operations]]
include-path-regex = "/orders/previews/.preview_id.*"
parameters = {{ preview_id = "{preview}" }}
[[operations]]
include-operation-id = "change_address"
parameters = {{ id = {address} }}
[[operations]]
include-operation-id = "make_preview"
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-operation-id = "add_webhook"
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-operation-id = "change_webhook"
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
"""


@pytest.fixture
def buyer(shop) -> Buyer:
    """One that the running shop knows."""
    return Buyer()


@pytest.fixture
def config(shop, buyer, tmp_path) -> Path:
    """Names of things that are there, so that not all is a 404."""
    product = make_product(stock=1000)
    api = Client(shop, buyer.user)
    preview = api.preview({product.sku: 1}, buyer.address.pk)
    order = api.place(api.preview({product.sku: 1}, buyer.address.pk)).json()
    names = {"order": order["id"], "preview": preview["id"], "address": buyer.address.pk}
    file = tmp_path / "schemathesis.toml"
    file.write_text(CONFIG.format(**names))
    return file


def command(shop, config: Path, who: str) -> list[str]:
    run = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    run += [f"{shop.url}/api/schema/", "--no-color", "--suppress-health-check", "all"]
    if SECONDS:
        return [*run, "--continue-on-failure", "--max-time", SECONDS]
    return [*run, "--phases", PHASES[who], "--max-examples", "4", "--seed", "9457"]


@pytest.mark.parametrize("who", PHASES)
def test_whatever_is_sent_the_answer_is_in_the_schema(shop, buyer, config, who, tmp_path):
    before = Order.objects.exclude(customer=buyer.user).count()
    signed_in = ["--header", f"X-Session-Token: {new_session(buyer.user)}"] if who == "a customer" else []

    ended = subprocess.run(
        [*command(shop, config, who), *signed_in],
        cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert Order.objects.exclude(customer=buyer.user).count() == before
    described = len(contract.operations())
    assert f"Selected: {described}/{described}" in ended.stdout
