"""Customers who buy over HTTP alone, as any release of the shop knows it, and write down what came of each request."""

import random
import re
import ssl
import threading
import time
from dataclasses import dataclass

import httpx

from tests.waiting import SECONDS

# How often each ending of an order is taken.
ENDINGS = {"pay": 4, "refund": 2, "cancel": 2, "leave": 1}
# Seconds that a customer reads before the next request: what is tried is the upgrade, not how much the shop can take.
READS = 0.1
PAGES = ("/", "/products/", "/cart/", "/orders/", "/accounts/", "/checkout/")


@dataclass(frozen=True)
class Asked:
    """One request; `status` is 0 where nobody answered. `phase` is what happened to the shop meanwhile."""

    phase: str
    act: str
    status: int
    seconds: float
    said: str

    @property
    def failed(self) -> bool:
        return not (200 <= self.status < 400 or self.is_made_anew)

    @property
    def is_made_anew(self) -> bool:
        """A preview that the other version made: CHANGELOG.md says that these are made anew."""
        return self.act == "place" and self.status == 404 and '"preview_expired"' in self.said

    @property
    def is_cut(self) -> bool:
        """The proxy had no answer to a change that it had sent, and may send none again."""
        return self.status == 503 and self.said.startswith("The shop does not answer at this moment")


@dataclass
class Door:
    """Where all come in, and what the shop goes through at this moment."""

    base: str
    name: str
    tls: ssl.SSLContext
    phase: str = ""

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.base,
            verify=self.tls,
            trust_env=False,
            timeout=SECONDS,
            headers={"Host": self.name, "Referer": f"https://{self.name}/"} | headers,
        )


class Customer(threading.Thread):
    """Orders until `over` is set, and brings the last order to its end. `who` has key, session and address."""

    def __init__(
        self, door: Door, nth: int, who: dict[str, str], skus: list[str], over: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self.door, self.nth, self.who, self.skus, self.over = door, nth, who, skus, over
        self.chance = random.Random(nth)
        self.asked: list[Asked] = []
        # The statuses that orders were last seen in, by their ids.
        self.orders: dict[str, str] = {}
        self.error = ""
        self.api = door.client(Authorization=f"Bearer {who['key']}")
        self.browser = door.client()
        self.browser.cookies.set("sessionid", who["session"])

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.look()
                self.order()
                self.sign_up()
        except Exception as error:  # noqa: BLE001 whatever ends a customer is reported
            self.error = f"customer {self.nth}: {error!r}"

    def has_placed(self, phase: str) -> bool:
        """Whether an order was accepted that was placed in this phase."""
        return any(one.phase == phase and one.act == "place" and not one.failed for one in list(self.asked))

    # --- what customers do ---
    def look(self) -> None:
        self.ask("page", self.browser, "GET", self.chance.choice(PAGES))
        self.ask("product", self.browser, "GET", f"/products/{self.chance.choice(self.skus).lower()}/")
        form = {"sku": self.chance.choice(self.skus), "quantity": 1}
        self.send_form("cart", "/cart/", "/cart/add/", form)

    def order(self) -> None:
        items = [
            {"sku": sku, "quantity": self.chance.choice((1, 2))} for sku in self.chance.sample(self.skus, 2)
        ]
        body = {"items": items, "address_id": self.who["address"]}
        preview = self.ask("preview", self.api, "POST", "/api/orders/previews/", json=body)
        if preview is None:
            return
        order_id = preview.json()["id"]
        chosen = {"price_table_id": preview.json()["shipping_options"][0]["price_table_id"]}
        if self.ask("place", self.api, "POST", f"/api/orders/{order_id}/", json=chosen) is None:
            return
        self.orders[order_id] = "pending"
        if self.wait(order_id, "pending") == "pay_required":
            self.end(order_id, self.chance.choices(list(ENDINGS), list(ENDINGS.values()))[0])

    def end(self, order_id: str, ending: str) -> None:
        if ending in ("pay", "refund"):
            self.ask("payment", self.api, "POST", f"/api/orders/{order_id}/payment/", json={})
            pay = f"/orders/{order_id}/pay/"
            self.send_form("pay", pay, pay, {"outcome": "approve"})
            self.wait(order_id, "pay_required")
        if ending in ("cancel", "refund"):
            noun = "cancellation" if ending == "cancel" else "refund"
            self.ask(noun, self.api, "POST", f"/api/orders/{order_id}/{noun}/", json={})
        self.ask("page", self.browser, "GET", f"/orders/{order_id}/")

    def sign_up(self) -> None:
        """As somebody new."""
        password = "correct horse battery"
        email = f"new-{self.nth}-{len(self.asked)}@example.com"
        form = {"email": email, "password1": password, "password2": password}
        with self.door.client() as stranger:
            self.send_form("sign up", "/accounts/signup/", "/accounts/signup/", form, stranger)

    # --- asking ---
    def wait(self, order_id: str, leaving: str) -> str:
        """Look until the order has left this status; what it is then."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            answer = self.ask("read", self.api, "GET", f"/api/orders/{order_id}/")
            if answer is not None:
                self.orders[order_id] = answer.json()["status"]
            if self.orders[order_id] != leaving:
                break
            time.sleep(0.3)
        return self.orders[order_id]

    def send_form(
        self, act: str, page: str, to: str, form: dict[str, object], browser: httpx.Client | None = None
    ) -> None:
        browser = browser or self.browser
        shown = self.ask(act, browser, "GET", page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.text) if shown else None
        if token:
            self.ask(act, browser, "POST", to, data=form | {"csrfmiddlewaretoken": token[1]})

    def ask(
        self, act: str, client: httpx.Client, method: str, path: str, **more: object
    ) -> httpx.Response | None:
        """The answer; None for one that failed, which nobody asks for again."""
        time.sleep(READS)
        phase, began = self.door.phase, time.monotonic()
        try:
            answer = client.request(method, path, **more)
            status, said = answer.status_code, answer.text[:500]
        except httpx.HTTPError as error:
            answer, status, said = None, 0, repr(error)
        one = Asked(phase, act, status, time.monotonic() - began, said)
        self.asked.append(one)
        return answer if 200 <= status < 400 else None
