"""schemathesis against the running shop: what the schema allows, what it forbids, and what nobody would send.

With FUZZ_SECONDS (`make fuzz`) it goes on that long with another seed each time; else it sends the same few each time.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orders.models import Order
from orders.webhooks import endpoints
from tests import contract
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, new_session
from tests.stand_ins.webhook_receiver import HOST

SECONDS = os.environ.get("FUZZ_SECONDS", "")
PHASES = {"nobody": "examples,fuzzing", "a customer": "examples,coverage,fuzzing"}
# What a short run is parted into.
PARTS = [
    ["--include-path-regex", "^/api/orders/"],
    ["--exclude-path-regex", "^/api/orders/"],
]
# A preview that is refused for what is in it (no such SKU, somebody else's address) is valid all the same.
# So is a change, a parcel or an exchange that names lines which the order does not have, and another address of an order.
# So is a tracking code of other signs than couriers use, and an amount without a digit, which the pattern of DRF allows.
# So is the address of a webhook whose name nobody knows here, and one without what its country's addresses need.
# A cursor of another list is a 400: no schema can say that it has to be one that was given out.
# 412 says that what was read has changed since: no schema can say which If-Match is the present one.
# 422 says that another request had the same Idempotency-Key: no schema can say that keys have to be new.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "5xx"]
[[operations]]
include-path-regex = "/orders/.order_id.*"
parameters = {{ order_id = "{order}" }}
[[operations]]
include-path-regex = "/orders/previews/.preview_id.*"
parameters = {{ preview_id = "{preview}" }}
[[operations]]
include-operation-id = "change_address"
parameters = {{ id = {address} }}
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-operation-id = "add_address"
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-path-regex = "/webhooks/.endpoint_id.*"
exclude-method = "DELETE"
parameters = {{ endpoint_id = "{endpoint}", message_id = "{message}" }}
[[operations]]
include-operation-id = ["list_addresses", "list_categories", "list_orders", "list_products"]
checks = {{ positive_data_acceptance = {{ expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "429"] }} }}
[[operations]]
include-operation-id = "make_preview"
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-operation-id = ["preview_change", "change_order", "request_change", "accept_request", "send_parcel"]
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-operation-id = ["preview_exchange", "make_exchange", "preview_details", "change_details"]
checks = {{ positive_data_acceptance = {{ enabled = false }} }}
[[operations]]
include-operation-id = ["correct_tracking_code", "note_money", "make_draft", "change_draft"]
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
def config(shop, buyer, tmp_path, to_receivers) -> Path:
    """Names of things that are there, so that not all is a 404."""
    product = make_product(stock=1000)
    api = Client(shop, buyer.user)
    preview = api.preview({product.sku: 1}, buyer.address.pk)
    order = api.place(api.preview({product.sku: 1}, buyer.address.pk)).json()
    endpoint = endpoints.register(owner=buyer.user, url=f"http://{HOST}:9999/nobody-there")
    message = endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user).message_id
    names = {"order": order["id"], "preview": preview["id"], "address": buyer.address.pk}
    names |= {"endpoint": endpoint.pk, "message": message}
    file = tmp_path / "schemathesis.toml"
    file.write_text(CONFIG.format(**names))
    return file


def commands(shop, config: Path, who: str) -> list[list[str]]:
    """Short runs are parted, to go at once: most of their time they wait for the shop."""
    run = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    run += [f"{shop.url}/api/schema/", "--no-color", "--suppress-health-check", "all"]
    if SECONDS:
        return [[*run, "--continue-on-failure", "--max-time", SECONDS]]
    run += ["--phases", PHASES[who], "--max-examples", "4", "--seed", "9457"]
    return [[*run, *part] for part in PARTS]


@pytest.mark.parametrize("who", PHASES)
def test_whatever_is_sent_the_answer_is_in_the_schema(shop, buyer, config, who, tmp_path):
    before = Order.objects.exclude(customer=buyer.user).count()
    signed_in = ["--header", f"X-Session-Token: {new_session(buyer.user)}"] if who == "a customer" else []

    begun = [
        subprocess.Popen(
            [*command, *signed_in],
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands(shop, config, who)
    ]
    with ThreadPoolExecutor(len(begun)) as readers:
        said = list(readers.map(lambda process: process.communicate()[0], begun))

    for process, text in zip(begun, said, strict=True):
        assert process.returncode == 0, text
    assert Order.objects.exclude(customer=buyer.user).count() == before
    selected = [re.search(r"Selected: (\d+)/(\d+)", text).groups() for text in said]
    described = len(contract.operations())
    assert {int(of) for _some, of in selected} == {described}
    assert sum(int(some) for some, _of in selected) == described
