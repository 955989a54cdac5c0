"""A client of the running shop: the API and its WebSocket, and the few pages a payment needs."""

import json
import re
from contextlib import contextmanager

import httpx
from django.test import Client as InProcessClient
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from catalog.models import Product
from orders.models import Order
from tests.confirmed import sign_in
from tests.factories import Buyer
from tests.waiting import SECONDS


class Listener:
    """The statuses that one WebSocket told, in the order they came."""

    def __init__(self, socket: ClientConnection):
        self.socket = socket
        self.heard: list[dict] = []

    def next(self) -> dict:
        """The next status; what else happens to the order is told between them."""
        while (message := json.loads(self.socket.recv(timeout=SECONDS)))["type"] != "status":
            pass
        self.heard.append(message)
        return message

    def until(self, status: str) -> list[str]:
        """The statuses heard up to and with this one."""
        while not self.heard or self.heard[-1]["status"] != status:
            self.next()
        return [message["status"] for message in self.heard]


class Client:
    """One customer (or member of staff) over HTTP, signed in by session token."""

    def __init__(self, shop, user: User, language: str = "en"):
        self.shop = shop
        self.user = user
        self.language = language
        self.token = new_session(user)
        headers = {"Accept-Language": language, "X-Session-Token": self.token}
        self.http = httpx.Client(base_url=shop.url, timeout=SECONDS, headers=headers)

    def get(self, path: str, **query) -> httpx.Response:
        return self.http.get(path, params=query)

    def post(self, path: str, body: dict | None = None) -> httpx.Response:
        return self.http.post(path, json=body or {})

    def preview(self, items: dict[str, int], address_id: int) -> dict:
        body = {"items": [{"sku": sku, "quantity": n} for sku, n in items.items()], "address_id": address_id}
        answer = self.post("/api/orders/previews/", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def place(self, preview: dict, **body) -> httpx.Response:
        chosen = preview["shipping_options"][0]["price_table_id"]
        return self.post(f"/api/orders/{preview['id']}/", {"price_table_id": chosen} | body)

    def order(self, order_id: str) -> dict:
        return self.get(f"/api/orders/{order_id}/").json()

    def history(self, order_id: str) -> list[dict]:
        return self.get(f"/api/orders/{order_id}/history/").json()["results"]

    def step(self, order_id: str, noun: str) -> httpx.Response:
        return self.post(f"/api/orders/{order_id}/{noun}/")

    @contextmanager
    def listen(self, order_id: str):
        headers = {"X-Session-Token": self.token, "Accept-Language": self.language}
        with connect(f"{self.shop.ws_url}/ws/orders/{order_id}/", additional_headers=headers) as socket:
            yield Listener(socket)

    def answer_payment(self, payment_url: str, outcome: str) -> httpx.Response:
        """Open the pay page as the customer's browser would, and press a button."""
        with httpx.Client(
            timeout=SECONDS, follow_redirects=True, cookies={"sessionid": self.token}
        ) as browser:
            page = browser.get(payment_url)
            form = {"outcome": outcome, "csrfmiddlewaretoken": hidden_token(page.text)}
            return browser.post(payment_url, data=form)


def new_session(user: User) -> str:
    """The key of a session in which the user is signed in: cookie of the pages and token of the API alike.

    Signing in by password is slow on purpose; tests/accounts/test_signing_in.py does it through both doors.
    """
    signed_in = InProcessClient()
    sign_in(signed_in, user)
    return signed_in.session.session_key


def hidden_token(html: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html).group(1)


def place(client: Client, buyer: Buyer, product: Product) -> str:
    """Place an order for one piece; its id."""
    answer = client.place(client.preview({product.sku: 1}, buyer.address.pk))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def status_of(order_id: str) -> str:
    return Order.objects.values_list("status", flat=True).get(pk=order_id)
