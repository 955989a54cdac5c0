"""A whole order by pages, as a browser asks for them: cart, checkout, the order's page with its socket, paying."""

import re
import time
from typing import Any
from urllib.parse import urlencode

from benchmarks.load.tally import Tally, timed
from benchmarks.load.wire import Answer, Connection

# A browser has it from the page with the form; whoever makes the cookie knows it too.
CSRF = "b" * 32
FORM = "application/x-www-form-urlencoded"
CHOICE = re.compile(rb'name="price_table_id"\s+value="(\d+)"')
LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)\r\n")


class Browser:
    """One customer, signed in. Pictures, scripts and styles it has already."""

    def __init__(self, job: dict[str, Any], tally: Tally, who: dict[str, Any]) -> None:
        self.port, self.tally, self.who = job["port"], tally, who
        self.cookies = {"Cookie": f"sessionid={who['session']}; csrftoken={CSRF}"}
        self.connection = Connection(self.port, self.cookies)

    def get(self, path: str) -> Answer:
        return self._followed(timed(self.tally, "page", self.connection, "GET", path))

    def post(self, name: str, path: str, **fields: object) -> Answer:
        body = urlencode(fields | {"csrfmiddlewaretoken": CSRF}).encode()
        return self._followed(timed(self.tally, name, self.connection, "POST", path, body, FORM))

    def _followed(self, answer: Answer) -> Answer:
        """The page that an answer leads to. Raises RuntimeError where it is none."""
        if answer.status in (302, 303):
            return self.get(place_of(answer))._replace(place=place_of(answer))
        if answer.status != 200:
            raise RuntimeError(f"answered with {answer.status}")
        return answer

    def listens(self, order: str) -> Connection:
        """The socket that an order's page opens."""
        origin = {"Origin": f"http://127.0.0.1:{self.port}"}
        listener = Connection(self.port, self.cookies | origin)
        listener.upgrade(f"/ws{order}")
        return listener


def place_of(answer: Answer) -> str:
    found = LOCATION.search(answer.head)
    if found is None:
        raise RuntimeError("it leads nowhere")
    return found[1].decode()


def pages(job: dict[str, Any], tally: Tally, who: dict[str, Any]) -> None:
    """Whole orders, one after the other."""
    browser = Browser(job, tally, who)
    for items in who["carts"]:
        begun = time.perf_counter()
        buy(browser, items)
        tally.note("order", "paid", time.perf_counter() - begun)


def buy(browser: Browser, items: dict[str, int]) -> None:
    for sku, quantity in items.items():
        browser.post("add to cart", "/cart/add/", sku=sku, quantity=quantity)
    checkout = browser.get("/checkout/")
    choice = CHOICE.search(checkout.body)
    if choice is None:
        raise RuntimeError("the checkout page offers no way to send")
    chosen = {"price_table_id": choice[1].decode(), "address": browser.who["address"]}
    order = browser.post("place", checkout.place, intent="place", **chosen).place
    if not order:
        raise RuntimeError("not placed: the form was shown again")
    listener = browser.listens(order)
    until(listener, "pay_required")
    browser.get(f"{order}live/")
    browser.get(f"{order}pay/")
    browser.post("pay", f"{order}pay/", outcome="approve")
    until(listener, "paid")
    listener.close()


def until(listener: Connection, status: str) -> None:
    while listener.message()["status"] != status:
        pass
