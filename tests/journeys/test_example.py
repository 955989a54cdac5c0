"""The example that clients begin with buys at the running shop."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from orders.models import Order
from tests.factories import PASSWORD, make_product

pytestmark = pytest.mark.flow
EXAMPLE = settings.PROJECT / "examples" / "buy.py"


def run(shop, email: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLE), shop.url, email, password],
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("has_address", [True, False])
def test_the_example_buys_and_prints_each_event(shop, buyer, has_address):
    make_product(stock=3)
    if not has_address:
        buyer.address.delete()

    ended = run(shop, buyer.user.email)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    order = Order.objects.get(customer=buyer.user)
    assert order.status == "paid"
    events = [line.split()[-1] for line in ended.stdout.splitlines() if " order." in line]
    assert events == ["order.placed", "order.pay_required", "order.paid"]
    assert f"Order {order.number} is Paid" in ended.stdout


def test_the_example_says_what_went_wrong(shop, buyer):
    ended = run(shop, buyer.user.email, "wrong")

    assert ended.returncode == 1
    assert "400" in ended.stderr and "Traceback" not in ended.stderr


def test_the_example_is_short():
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 100
