"""A customer of the new shop, over nginx and TLS: from the sign-in to an order that can be paid."""

import json
import time
from typing import Any

from faults.guide.root import GuideFailed, Root

SHOP = "https://shop.example"
EMAIL, PASSWORD = "first@example.com", "correct horse battery"
CERTIFICATE = "/etc/letsencrypt/live/shop.example/fullchain.pem"
PATIENCE = 60.0
# What staff enter at the desk, and a customer's account: these take a person at a browser.
GOODS = f"""
from decimal import Decimal
from allauth.account.models import EmailAddress
from accounts.addresses import save_address
from accounts.models import Address, User
from benchmarks import seed
from demo.people import HOME_ADDRESS
from demo.pricing.couriers import hire_couriers
user = User.objects.create_user({EMAIL!r}, {PASSWORD!r}, full_name="First Customer")
EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
save_address(Address(user=user, **HOME_ADDRESS))
hire_couriers()
seed.products(1, prefix="FIRST", stock=3)
"""


class Customer:
    """Asks with curl, as it stands in the root file system."""

    def __init__(self, root: Root) -> None:
        self.root, self.token = root, ""

    def buy(self) -> dict[str, Any]:
        """The order, once it can be paid. Raises GuideFailed."""
        signed_in = self.ask("/api/auth/app/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
        self.token = signed_in["meta"]["session_token"]
        (address,) = self.ask("/api/addresses/")["results"]
        body = {"items": [{"sku": "FIRST-0", "quantity": 1}], "address_id": address["id"]}
        preview = self.ask("/api/orders/previews/", body)
        chosen = {"price_table_id": preview["shipping_options"][0]["price_table_id"]}
        placed = self.ask(f"/api/orders/{preview['id']}/", chosen)
        return self.wait(placed["id"])

    def wait(self, order_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            order = self.ask(f"/api/orders/{order_id}/")
            if order["status"] == "pay_required":
                return order
            time.sleep(0.5)
        raise GuideFailed(f"the order is {order['status']} after {PATIENCE:.0f} s")

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer's body. Raises GuideFailed."""
        words = ["curl", "--silent", "--show-error", "--fail-with-body", f"--cacert {CERTIFICATE}"]
        words += [f"--header 'X-Session-Token: {self.token}'"] if self.token else []
        if body is not None:
            words += ["--header 'Content-Type: application/json'", f"--data '{json.dumps(body)}'"]
        answer: dict[str, Any] = json.loads(self.root.run(" ".join([*words, SHOP + path])))
        return answer
