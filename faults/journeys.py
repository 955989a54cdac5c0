"""What one customer does, order after order, as a seed has it; every request and its answer is written down."""

import json
import random
import threading
import time
from typing import Any
from urllib.parse import urlencode

from benchmarks.wire import Answer, Connection
from faults.history import NO_ANSWER, Told

# A browser has it from the page with the form; whoever makes the cookie knows it too.
CSRF = "b" * 32
# Seconds that a client waits for an answer, and for an order to be confirmed or paid.
ANSWER_SECONDS, WAIT_SECONDS = 12.0, 20.0
# So often a request is sent that nobody answered, and the pause between two, unless the answer says a shorter one.
TRIES, PAUSE = 8, 1.0
FORM = "application/x-www-form-urlencoded"
# How often each way of placing, and each ending, is taken.
PLACINGS = {"plain": 6, "twins": 2, "abort": 2}
ENDINGS = {"pay": 8, "refund": 5, "decline": 3, "cancel": 4, "leave": 2}
WRONG = (OSError, RuntimeError, ValueError)


class Caller:
    """One connection of a client, made anew when it breaks."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.port, self.headers = port, headers
        self.connection: Connection | None = None

    def ask(self, *request: Any) -> Answer | None:
        """The answer; None when there is none."""
        try:
            return self._connected().ask(*request)
        except WRONG:
            self.drop()
            return None

    def abort(self, *request: Any) -> None:
        """Send, and be gone."""
        try:
            self._connected().send(*request)
        except WRONG:
            pass
        self.drop()

    def drop(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def _connected(self) -> Connection:
        if self.connection is None:
            self.connection = Connection(self.port, self.headers, timeout=ANSWER_SECONDS)
        return self.connection


class Customer:
    def __init__(self, job: dict[str, Any], who: dict[str, Any]) -> None:
        self.port, self.who, self.products = job["port"], who, job["products"]
        self.chance = random.Random(f"{job['seed']} customer {who['client']}")
        self.told: list[Told] = []
        key = {"Authorization": f"Bearer {who['key']}", "Accept": "application/json"}
        cookies = {"Cookie": f"sessionid={who['session']}; csrftoken={CSRF}"}
        self.api, self.twin = Caller(self.port, key), Caller(self.port, key)
        self.browser = Caller(self.port, cookies)

    def run(self, until: float) -> None:
        """Order until that time; the last order is brought to its end."""
        while time.time() < until:
            self.order()

    def order(self) -> None:
        cart = self._cart()
        how, ending = self._choose(PLACINGS), self._choose(ENDINGS)
        comes_again = self.chance.random() < 0.5
        made = self.settle("preview", "", self.api, "POST", "/api/orders/previews/", cart)
        if made is None or made.status != 201:
            return
        preview = made.json()
        order_id: str = preview["id"]
        self.place(order_id, preview["shipping_options"][0]["price_table_id"], how, comes_again=comes_again)
        if self.wait(order_id, {"pending"}) == "pay_required":
            self.end(order_id, ending)

    # --- placing ---
    def place(self, order_id: str, price_table_id: int, how: str, *, comes_again: bool) -> None:
        """Place a preview: once, twice at one moment, or gone before the answer, and perhaps once more then."""
        path, body = f"/api/orders/{order_id}/", json.dumps({"price_table_id": price_table_id}).encode()
        request = ("POST", path, body)
        if how == "abort":
            asked = time.time()
            self.api.abort(*request)
            self._note("place", order_id, asked, None)
            if not comes_again:
                return
        if how == "twins":
            other = threading.Thread(target=self.settle, args=("place", order_id, self.twin, *request))
            other.start()
            self.settle("place", order_id, self.api, *request)
            other.join()
        else:
            self.settle("place", order_id, self.api, *request)

    # --- endings ---
    def end(self, order_id: str, ending: str) -> None:
        if ending in ("pay", "refund", "decline"):
            self.pay(order_id, "decline" if ending == "decline" else "approve")
        if ending == "refund" and self.wait(order_id, {"pay_required"}) == "paid":
            self.settle("refund", order_id, self.api, "POST", f"/api/orders/{order_id}/refund/", b"{}")
        if ending == "cancel":
            self.settle("cancel", order_id, self.api, "POST", f"/api/orders/{order_id}/cancellation/", b"{}")
        self.read(order_id)

    def pay(self, order_id: str, outcome: str) -> None:
        act = "pay" if outcome == "approve" else "decline"
        self.settle("payment", order_id, self.api, "POST", f"/api/orders/{order_id}/payment/", b"{}")
        form = urlencode({"outcome": outcome, "csrfmiddlewaretoken": CSRF}).encode()
        self.settle(act, order_id, self.browser, "POST", f"/orders/{order_id}/pay/", form, FORM)

    # --- asking ---
    def read(self, order_id: str) -> str:
        """The order's status; "" if there is no such order, or no answer."""
        self.settle("read", order_id, self.api, "GET", f"/api/orders/{order_id}/")
        return self.told[-1].seen

    def wait(self, order_id: str, leaving: set[str]) -> str:
        """Look until the order has left these statuses, or the client's patience ends; what it was last."""
        deadline, seen = time.monotonic() + WAIT_SECONDS, self.read(order_id)
        while seen in leaving and time.monotonic() < deadline:
            time.sleep(0.25)
            seen = self.read(order_id)
        return seen

    def settle(self, act: str, order_id: str, caller: Caller, *request: Any) -> Answer | None:
        """Ask until there is an answer that is none of a fault's, so often at most; the last answer."""
        for _try in range(TRIES):
            asked = time.time()
            answer = caller.ask(*request)
            self._note(act, order_id, asked, answer)
            if answer is not None and answer.status < 500:
                return answer
            time.sleep(PAUSE)
        return None

    def _note(self, act: str, order_id: str, asked: float, answer: Answer | None) -> None:
        shown = _shown(answer)
        one = Told(
            client=self.who["client"],
            act=act,
            order=order_id or shown.get("id", ""),
            asked_at=asked,
            told_at=time.time(),
            status=answer.status if answer else NO_ANSWER,
            comes_back=bool(answer and b"\r\nretry-after:" in answer.head),
            seen=shown.get("status", ""),
            items={line["sku"]: line["quantity"] for line in shown.get("lines", ())},
            total=shown.get("items_total", ""),
        )
        self.told.append(one)

    def _cart(self) -> bytes:
        skus = self.chance.sample(self.products, self.chance.choice((1, 1, 2)))
        items = [{"sku": sku, "quantity": self.chance.choice((1, 1, 2))} for sku in skus]
        return json.dumps({"items": items, "address_id": self.who["address"]}).encode()

    def _choose(self, ways: dict[str, int]) -> str:
        return self.chance.choices(list(ways), list(ways.values()))[0]


def _shown(answer: Answer | None) -> dict[str, Any]:
    """The order or preview that an answer shows; a problem document has a `status` too, which is none of an order."""
    if answer is None or answer.status not in (200, 201) or b"application/json" not in answer.head:
        return {}
    shown = answer.json()
    return shown if isinstance(shown, dict) and "lines" in shown else {}
