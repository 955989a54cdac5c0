"""What one customer does, order after order, as a seed has it; every request and its answer is written down."""

import json
import random
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from faults.caller import Caller
from faults.history import NO_ANSWER, Told
from faults.staff import Staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.wire import Answer

# A browser has it from the page with the form; whoever makes the cookie knows it too.
CSRF = "b" * 32
# Seconds that a client waits for an order to be confirmed or paid.
WAIT_SECONDS = 20.0
# So often a request is sent that nobody answered, and the pause between two, unless the answer says a shorter one.
TRIES, PAUSE = 8, 1.0
FORM = "application/x-www-form-urlencoded"
# How often each way of placing, and each ending, is taken.
PLACINGS = {"plain": 6, "twins": 2, "abort": 2}
ENDINGS = {
    "pay": 3,
    "refund": 4,
    "decline": 2,
    "cancel": 3,
    "leave": 2,
    "card": 6,
    "part": 3,
    "sent": 4,
    "exchange": 3,
    "transfer": 2,
    "request": 2,
    "gift": 2,
}
# Which of these ask for the money of all of it in the end, so often.
ASKS_ALL = 0.3
# How often a cart has a code, and an order is fetched.
VOUCHER, FETCHED = 0.5, 0.3
# Nobody has answered this one yet; it is to be sent again, as a 5xx.
IN_PROGRESS = b"request_in_progress"


class Customer:
    def __init__(self, job: dict[str, Any], who: dict[str, Any]) -> None:
        self.job = job
        self.port, self.who, self.products = job["port"], who, job["products"]
        self.chance = random.Random(f"{job['seed']} customer {who['client']}")
        self.told: list[Told] = []
        key = {"Authorization": f"Bearer {who['key']}", "Accept": "application/json"}
        cookies = {"Cookie": f"sessionid={who['session']}; csrftoken={CSRF}"}
        self.api, self.twin = Caller(self.port, key), Caller(self.port, key)
        self.browser = Caller(self.port, cookies)
        manage = key | {"Authorization": f"Bearer {job.get('staff', '')}"}
        self.staff_api, self.staff_twin = Caller(self.port, manage), Caller(self.port, manage)
        self.staff = Staff(self)
        # Gift cards that they know the codes of: those that were given out, and what they bought.
        self.cards: list[str] = list(job.get("cards", ()))

    def run(self, until: float) -> None:
        """Order until that time; the last order is brought to its end."""
        while time.time() < until:
            self.order()

    def order(self) -> None:
        how, ending = self._choose(PLACINGS), self._choose(ENDINGS)
        comes_again = self.chance.random() < 0.5
        preview = self.preview(self._items(ending), self._codes())
        if preview is None:
            return
        order_id: str = preview["id"]
        self.place(order_id, self._way(preview), how, comes_again=comes_again)
        if self.wait(order_id, {"pending"}) == "pay_required":
            self.end(order_id, ending)

    def preview(self, items: list[dict[str, Any]], codes: list[str]) -> dict[str, Any] | None:
        """What it would cost; where a code is used up, without codes. None where it can't be had."""
        for tried in (codes, []) if codes else ([],):
            cart = {"items": items, "address_id": self.who["address"], "codes": tried}
            made = self.settle(
                "preview", "", self.api, "POST", "/api/orders/previews/", json.dumps(cart).encode()
            )
            if made is not None and made.status == 201:
                return dict(made.json())
        return None

    def _way(self, preview: dict[str, Any]) -> int:
        """The price table: mostly the first one, and sometimes that of the place where orders are fetched."""
        tables = [option["price_table_id"] for option in preview["shipping_options"]]
        pickup = self.job.get("pickup")
        return int(pickup if pickup in tables and self.chance.random() < FETCHED else tables[0])

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
        if ending == "cancel":
            self.settle("cancel", order_id, self.api, "POST", f"/api/orders/{order_id}/cancellation/", b"{}")
        elif ending == "transfer":
            self.staff.note_transfer(order_id)
        elif ending == "card":
            self.spend(order_id)
        elif ending != "leave":
            self.pay(order_id, "decline" if ending == "decline" else "approve")
            if self.wait(order_id, {"pay_required"} if ending != "decline" else set()) == "paid":
                self.go_on(order_id, ending)
        self.read(order_id)

    def go_on(self, order_id: str, ending: str) -> None:
        """What becomes of an order that is paid."""
        part = self.chance.choice((self.staff.give_back, self.staff.cancel_piece))
        ways: dict[str, Callable[[str], object]] = {
            "refund": self.ask_all,
            "gift": self._keep_codes,
            "part": part,
            "exchange": self.staff.exchange,
            "request": partial(self.request, kind="cancel"),
            "sent": self._sent,
        }
        if ending in ways:
            ways[ending](order_id)
        if ending in ("part", "exchange") and self.chance.random() < ASKS_ALL:
            self.ask_all(order_id)

    def _sent(self, order_id: str) -> None:
        """It leaves, and perhaps something of it comes back."""
        self.staff.send(order_id)
        ways: dict[str, Callable[[str], object]] = {
            "keep": self.read,
            "back": self.staff.take_back,
            "request": partial(self.request, kind="withdraw"),
            "exchange": self.staff.exchange,
        }
        ways[self.chance.choice(list(ways))](order_id)

    def ask_all(self, order_id: str) -> None:
        self.settle("refund", order_id, self.api, "POST", f"/api/orders/{order_id}/refund/", b"{}")

    def request(self, order_id: str, kind: str) -> None:
        """Ask staff for a change of one piece; they answer."""
        self.read(order_id)
        if items := self.told[-1].items:
            body = {"kind": kind, "lines": [{"sku": next(iter(items)), "quantity": 1}]}
            path = f"/api/orders/{order_id}/change-requests/"
            self.settle("request", order_id, self.api, "POST", path, json.dumps(body).encode())
            self.staff.answer_request(order_id)

    def spend(self, order_id: str) -> None:
        """Take one or two gift cards, perhaps put one back, and pay what is left; perhaps ask for the money again."""
        path = f"/api/orders/{order_id}/gift-cards/"
        held: list[dict[str, Any]] = []
        for code in self.chance.sample(self.cards, 2):
            body = json.dumps({"code": code}).encode()
            answer = self.settle("redeem", order_id, self.api, "POST", path, body)
            if answer is not None and answer.status == 200:
                held = [one for one in answer.json()["gift_cards"] if one["state"] == "held"]
        if held and self.chance.random() < 0.5:
            self.settle("put-back", order_id, self.api, "DELETE", f"{path}{held[0]['id']}/")
        if self.read(order_id) == "pay_required":
            then = self._choose({"approve": 3, "cancel": 1, "leave": 1})
            if then == "cancel":
                self.settle(
                    "cancel", order_id, self.api, "POST", f"/api/orders/{order_id}/cancellation/", b"{}"
                )
            elif then == "approve":
                self.pay(order_id, then)
        if self.wait(order_id, {"pay_required"} if not held else set()) == "paid":
            self.go_on(order_id, self._choose({"refund": 2, "part": 2, "sent": 1, "keep": 1}))

    def _keep_codes(self, order_id: str) -> None:
        """The codes of cards that were bought, which may be spent from now on."""
        answer = self.settle("read", order_id, self.api, "GET", f"/api/orders/{order_id}/")
        if answer is not None and answer.status == 200:
            self.cards += [code for line in answer.json()["lines"] for code in line["numbers"]]

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

    def settle(
        self,
        act: str,
        order_id: str,
        caller: Caller,
        *request: Any,
        key: str = "",
        once: str = "",
        promised: int | None = None,
    ) -> "Answer | None":
        """Ask until there is an answer that is none of a fault's, so often at most; the last answer."""
        for _try in range(TRIES):
            asked = time.time()
            answer = caller.ask(*request, key=key)
            self._note(act, order_id, asked, answer, once=once, promised=promised)
            if answer is not None and answer.status < 500 and IN_PROGRESS not in answer.body:
                return answer
            time.sleep(PAUSE)
        return None

    def _note(self, act: str, order_id: str, asked: float, answer: "Answer | None", **more: Any) -> None:
        shown = _shown(answer)
        # An exchange answers with the order of the new pieces.
        if order_id and shown.get("id") != order_id:
            shown = {}
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
            why=_why(answer),
            **more,
        )
        self.told.append(one)

    def _items(self, ending: str) -> list[dict[str, Any]]:
        """A cart; what is to come of it may want something in it."""
        skus = self.chance.sample(self.products, self.chance.choice((1, 1, 2)))
        if ending == "gift" and "card" in self.job:
            skus = [self.job["card"]]
        elif ending == "exchange" and "variants" in self.job:
            skus = [self.job["variants"][0], *skus[1:]]
        elif "variants" in self.job and self.chance.random() < 0.2:
            skus[0] = self.chance.choice(self.job["variants"])
        return [{"sku": sku, "quantity": self.chance.choice((1, 1, 2))} for sku in skus]

    def _codes(self) -> list[str]:
        known = self.job.get("vouchers", ())
        return [self.chance.choice(known)] if known and self.chance.random() < VOUCHER else []

    def _choose(self, ways: dict[str, int]) -> str:
        return self.chance.choices(list(ways), list(ways.values()))[0]


def _shown(answer: "Answer | None") -> dict[str, Any]:
    """The order or preview that an answer shows; a problem document has a `status` too, which is none of an order."""
    if answer is None or answer.status not in (200, 201) or b"application/json" not in answer.head:
        return {}
    shown = answer.json()
    return shown if isinstance(shown, dict) and "lines" in shown else {}


def _why(answer: "Answer | None") -> str:
    """What a problem document says: its code, and the rest of it in short."""
    if answer is None or b"problem+json" not in answer.head:
        return ""
    problem = answer.json()
    return f"{problem.get('code', '')}: {problem.get('errors') or problem.get('detail', '')}"[:300]
