"""What one customer does, order after order, as a seed has it; every request and its answer is written down."""

import json
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from faults.drivers.client import CSRF, Client
from faults.drivers.staff import Staff

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds that a client waits for an order to be confirmed or paid.
WAIT_SECONDS = 20.0
REFUSED = 400
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
    "difference": 3,
    "wish": 3,
    "transfer": 2,
    "cash": 2,
    "address": 2,
    "request": 2,
    "gift": 2,
}
# Of customers of whom nothing more than an order is wanted.
PLAIN_ENDINGS = {"pay": 4, "decline": 1, "cancel": 2, "leave": 3}
# Which of these ask for the money of all of it in the end, so often.
ASKS_ALL = 0.3
# How often they look for what may be sold out: a refused order is one more to check, and costs as much as one that is taken.
SCARCE = 0.15
# How often a cart has a code, an order is fetched, one is billed to a company, and one that is paid with cards takes credit.
VOUCHER, FETCHED, BILLED, CREDITED = 0.5, 0.3, 0.3, 0.5
COMPANY = {"company": "Boulangerie Martin", "vat_id": "FR40303265045"}
ELSEWHERE = {"line1": "1 rue de Rivoli", "city": "Paris", "postal_code": "75001", "country": "FR"}


class Customer(Client):
    def __init__(self, job: dict[str, Any], who: dict[str, Any]) -> None:
        super().__init__(job, who)
        self.products = job["products"]
        self.codes: list[str] = list(job.get("vouchers", ()))
        self.staff = Staff(self)
        # Gift cards that they know the codes of: those that were given out, and what they bought.
        self.cards: list[str] = list(job.get("cards", ()))

    def run(self, until: float) -> None:
        """Order until that time; the last order is brought to its end."""
        while time.time() < until:
            self.order()

    def order(self) -> None:
        endings = PLAIN_ENDINGS if self.who.get("plain") else ENDINGS
        how, ending = self._choose(PLACINGS), self._choose(endings)
        comes_again = self.chance.random() < 0.5
        preview = self.preview(self._items(ending), self._codes())
        if preview is None:
            return
        order_id: str = preview["id"]
        self.place(order_id, self._way(preview), how, comes_again=comes_again)
        if self._may_be_there(order_id) and self.wait(order_id, {"pending"}) == "pay_required":
            self.end(order_id, ending)

    def _may_be_there(self, order_id: str) -> bool:
        """Whoever orders and nothing more does not ask for what was refused."""
        last = self.told[-1]
        return not (
            self.who.get("plain")
            and last.order == order_id
            and last.act == "place"
            and last.status == REFUSED
        )

    def preview(self, items: list[dict[str, Any]], codes: list[str]) -> dict[str, Any] | None:
        """What it would cost; where a code is used up, without codes. None where it can't be had."""
        where = {"items": items, "address_id": self.who["address"]}
        if not self.who.get("plain") and self.chance.random() < BILLED:
            where["billing"] = COMPANY | self.chance.choice(({}, ELSEWHERE))
        for tried in (codes, []) if codes else ([],):
            cart = where | {"codes": tried}
            made = self.settle(
                "preview", "", self.api, "POST", "/api/orders/previews/", json.dumps(cart).encode()
            )
            if made is not None and made.status == 201:
                return dict(made.json())
            if self.who.get("plain"):
                # It is used up, or will be no more than that: they leave it at home from now on.
                self.codes = [code for code in self.codes if code not in tried]
        return None

    def _way(self, preview: dict[str, Any]) -> int:
        """The price table: mostly the first one, and sometimes that of the place where orders are fetched."""
        tables = [option["price_table_id"] for option in preview["shipping_options"]]
        pickup: int = self.job.get("pickup", 0)
        return pickup if pickup in tables and self.chance.random() < FETCHED else int(tables[0])

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
        elif ending == "cash":
            self.staff.note_cash(order_id)
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
            "difference": self.pay_difference,
            "wish": self.wish,
            "address": self.staff.change_address,
            "request": partial(self.request, kind="cancel"),
            "sent": self._sent,
        }
        if ending in ways:
            ways[ending](order_id)
        if ending in ("part", "exchange", "difference", "wish") and self.chance.random() < ASKS_ALL:
            self.ask_all(order_id)

    def pay_difference(self, order_id: str) -> None:
        """Have a piece exchanged for one that costs more, and pay that, or not; or ask for all the money meanwhile."""
        if pays := self.staff.exchange_for_more(order_id):
            self._end_difference(order_id, pays)

    def _end_difference(self, order_id: str, pays: str) -> None:
        """Pay what a change waits for, or not; or it is ended meanwhile, by the customer or at one moment by staff."""
        if self.wait(pays, {"pending"}) != "pay_required":
            return
        then = self._choose({"approve": 5, "decline": 1, "leave": 1, "ask_all": 2, "ended": 2})
        if then == "ask_all":
            self.ask_all(order_id)
        ending = threading.Thread(target=self.staff.end_waiting, args=(order_id,))
        if then == "ended":
            ending.start()
        if then != "leave":
            self.pay(pays, "decline" if then == "decline" else "approve")
        if then == "ended":
            ending.join()
        self.read(pays)

    def wish(self, order_id: str, kind: str = "cancel") -> None:
        """Ask for another variant in the place of a piece, also for one that costs more; staff answer."""
        if not (sku := self.staff.variant_left(order_id)):
            return
        dearer: str = self.job["dearer"]
        to = self.chance.choice([one for one in (*self.job["variants"], dearer) if one != sku])
        body = {"kind": kind, "lines": [{"sku": sku, "quantity": 1, "exchange_for": to}]}
        path = f"/api/orders/{order_id}/change-requests/"
        asked = self.settle("request", order_id, self.api, "POST", path, json.dumps(body).encode())
        if asked is not None and asked.status == 200:
            pays = self.staff.answer_wish(order_id, sku, costs_more=to == dearer)
            if pays:
                self._end_difference(order_id, pays)

    def _sent(self, order_id: str) -> None:
        """It leaves, and perhaps something of it comes back."""
        self.staff.send(order_id)
        ways: dict[str, Callable[[str], object]] = {
            "keep": self.read,
            "back": self.staff.take_back,
            "request": partial(self.request, kind="withdraw"),
            "exchange": self.staff.exchange,
            "wish": partial(self.wish, kind="return"),
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
        """Take gift cards or store credit, perhaps put one back, and pay the rest; perhaps ask for the money again."""
        path = f"/api/orders/{order_id}/gift-cards/"
        held: list[dict[str, Any]] = []
        wanted: list[dict[str, Any]] = [{"code": code} for code in self.chance.sample(self.cards, 2)]
        if self.chance.random() < CREDITED:
            wanted[0] = {"store_credit": True}
        for one in wanted:
            answer = self.settle("redeem", order_id, self.api, "POST", path, json.dumps(one).encode())
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
    def wait(self, order_id: str, leaving: set[str]) -> str:
        """Look until the order has left these statuses, or the client's patience ends; what it was last."""
        deadline, last = time.monotonic() + WAIT_SECONDS, self.told[-1]
        # What was told just now needs no second question at once.
        seen = last.seen if last.order == order_id and last.seen in leaving else self.read(order_id)
        while seen in leaving and time.monotonic() < deadline:
            time.sleep(0.25)
            seen = self.read(order_id)
        return seen

    def _items(self, ending: str) -> list[dict[str, Any]]:
        """A cart; what is to come of it may want something in it."""
        lasting = (
            self.job.get("lasting") if self.who.get("plain") and self.chance.random() >= SCARCE else None
        )
        skus = self.chance.sample(lasting or self.products, self.chance.choice((1, 1, 2)))
        if ending == "gift" and "card" in self.job:
            skus = [self.job["card"]]
        elif ending in ("exchange", "difference", "wish") and "variants" in self.job:
            skus = [self.job["variants"][0], *skus[1:]]
        elif "variants" in self.job and not lasting and self.chance.random() < 0.2:
            skus[0] = self.chance.choice(self.job["variants"])
        return [{"sku": sku, "quantity": self.chance.choice((1, 1, 2))} for sku in skus]

    def _codes(self) -> list[str]:
        return [self.chance.choice(self.codes)] if self.codes and self.chance.random() < VOUCHER else []

    def _choose(self, ways: dict[str, int]) -> str:
        return self.chance.choices(list(ways), list(ways.values()))[0]
