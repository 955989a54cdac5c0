"""A client that openapi-python-client makes from the served schema drives the whole order flow, typed from end to end."""

import importlib
import subprocess
import sys
import uuid
from decimal import Decimal
from types import ModuleType

import pytest

from accounts.access.keys import make_key
from rest.scopes import Scope
from tests.factories import Buyer, make_product, make_staff
from tests.journeys.client import Client
from tests.waiting import wait_until

# The generator takes files by one name alone.
CONFIG = """
post_hooks: []
content_type_overrides:
  application/pdf: application/octet-stream
  application/xml: application/octet-stream
"""


class Generated:
    """The generated package: its operations, its models, and a client that carries an API key."""

    def __init__(self, shop, name: str):
        self.shop = shop
        self.package = importlib.import_module(name)

    def signed(self, user, scope: Scope):
        secret = make_key(user=user, name="generated", scope=scope).secret
        return self.package.AuthenticatedClient(
            base_url=self.shop.url, token=secret, raise_on_unexpected_status=True
        )

    def operation(self, path: str) -> ModuleType:
        return importlib.import_module(f"{self.package.__name__}.api.{path}")

    def model(self, name: str, **values):
        return getattr(importlib.import_module(f"{self.package.__name__}.models"), name)(**values)


@pytest.fixture(scope="module")
def package(running_shop, tmp_path_factory):
    """The name of a package made from what /api/schema/ answers, importable while these tests run."""
    folder, name = tmp_path_factory.mktemp("generated"), f"shop_{uuid.uuid4().hex[:8]}"
    (folder / "config.yml").write_text(CONFIG)
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--fail-on-warning",
        "--meta",
        "none",
    ]
    command += ["--url", f"{running_shop.url}/api/schema/", "--config", str(folder / "config.yml")]
    ended = subprocess.run(
        [*command, "--output-path", str(folder / name)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    sys.path.insert(0, str(folder))
    yield name
    sys.path.remove(str(folder))


@pytest.fixture
def generated(shop, package) -> Generated:
    return Generated(shop, package)


def test_a_generated_client_drives_the_whole_order_flow(shop, generated):
    buyer, product = Buyer(), make_product(stock=3)
    client = generated.signed(buyer.user, Scope.ORDER)

    preview, order_id = buy(generated, client, product)
    read = generated.operation("orders.read_order").sync
    wait_until(lambda: read(order_id, client=client).status.value == "pay_required", "confirmed")
    payment = generated.operation("orders.start_payment").sync(order_id, client=client)
    Client(shop, buyer.user).answer_payment(payment.payment_url, "approve")
    paid = read(order_id, client=client)
    desk = generated.signed(make_staff(), Scope.MANAGE)
    done = generated.operation("orders.complete_order").sync(
        order_id, client=desk, body=generated.model("CompletionInputRequest", tracking_code="SP1")
    )

    assert order_id == preview.id
    assert paid.status.value == "paid"
    assert Decimal(paid.total_amount) == Decimal(paid.items_total) + Decimal(paid.shipping_fee)
    assert (done.status.value, done.tracking_code) == ("done", "SP1")
    history = generated.operation("orders.read_history").sync(order_id, client=client)
    assert [change.to_status for change in history.results] == ["pending", "pay_required", "paid", "done"]
    events = generated.operation("events.read_events").sync(client=client)
    assert [event.type_.value for event in events.results][-1] == "order.done"


def buy(generated: Generated, client, product):
    """Preview and place one piece, each with the key of a retry and sent twice."""
    address = generated.operation("addresses.list_addresses").sync(client=client).results[0]
    item = generated.model("ItemInputRequest", sku=product.sku, quantity=1)
    wanted = generated.model("PreviewInputRequest", items=[item], address_id=address.id)
    previews = [
        generated.operation("orders.make_preview").sync(client=client, body=wanted, idempotency_key="one")
        for _twice in range(2)
    ]
    assert previews[0] == previews[1]
    chosen = previews[0].shipping_options[0].price_table_id
    body = generated.model("PlacementInputRequest", price_table_id=chosen)
    placed = [
        generated.operation("orders.place_preview").sync_detailed(previews[0].id, client=client, body=body)
        for _twice in range(2)
    ]
    assert [answer.status_code for answer in placed] == [201, 200]
    return previews[0], placed[0].parsed.id


def test_a_refusal_comes_to_a_generated_client_as_a_problem_with_its_code(generated):
    buyer = Buyer()
    client = generated.signed(buyer.user, Scope.READ)

    answer = generated.operation("addresses.delete_address").sync_detailed(buyer.address.pk, client=client)

    assert (answer.status_code, answer.parsed.code.value) == (403, "insufficient_scope")
