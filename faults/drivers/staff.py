"""What staff do with a customer's order once it is there: over the API, each thing sent again until it is answered.

What is done once however often it is sent, is sent twice: one after the other, or at one moment.
"""

import json
import threading
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.load.wire import Answer
    from faults.drivers.client import Client

WHY = "as the rig's staff decides"
# Money that is given back without goods.
GIVEN = "1.50"
# In the same zone, so that sending there costs what it cost.
ELSEWHERE = {
    "full_name": "Linh Tran",
    "phone": "+84 263 382 1180",
    "city": "Đà Lạt",
    "region": "Lâm Đồng",
    "postal_code": "66000",
    "country": "VN",
}
ANSWERS = ("acceptance", "refusal")


class Staff:
    """One member of staff, who looks after the orders of one customer."""

    def __init__(self, customer: "Client") -> None:
        self.customer, self.chance = customer, customer.chance

    # --- before it leaves ---
    def note_transfer(self, order_id: str) -> None:
        """Note that the money came, twice, by the bank's one name of it."""
        self._note_received(order_id, "transfer")

    def note_cash(self, order_id: str) -> None:
        """The courier has brought it, or the customer has paid where the goods are fetched; noted twice too."""
        order = self.shown(order_id)
        if order:
            self._note_received(order_id, "cash_at_pickup" if order["is_pickup"] else "cash_on_delivery")

    def _note_received(self, order_id: str, variant: str) -> None:
        order = self.shown(order_id)
        if not order:
            return
        reference = f"{variant} {order['number']}"
        body = {"variant": variant, "amount": order["amount_due"], "reference": reference}
        self._twice("receipt", order_id, "receipts", body, once=reference)

    def change_address(self, order_id: str) -> None:
        """The customer has moved to another house: a preview of it, and the change, twice."""
        house = f"{self.chance.randrange(1, 10_000)} Faults Street"
        wish = {"address": {**ELSEWHERE, "line1": house}, "waive": True, "why": WHY}
        shown = self._ask("address-preview", order_id, "details-previews", wish)
        if shown is not None:
            body = {**wish, "id": shown["id"], "based_on": shown["based_on"]}
            more = {"once": shown["id"], "promised": in_cents(shown["amount"]), "house": house}
            self._twice("address", order_id, "details", body, **more)

    def give_back(self, order_id: str) -> None:
        """A part of the money, without goods."""
        self.change(order_id, {"kind": "refund", "amount": GIVEN})

    def cancel_piece(self, order_id: str) -> None:
        """One piece; where it was the only one, the order ends."""
        if line := self._line(order_id):
            self.change(order_id, {"kind": "cancel", "lines": [{"sku": line["sku"], "quantity": 1}]})

    def change(self, order_id: str, wish: dict[str, Any]) -> None:
        """Preview a change, and make it twice."""
        wish = {**wish, "note": WHY}
        shown = self._ask("change-preview", order_id, "change-previews", wish)
        if shown is None:
            return
        body = {**wish, "id": shown["id"], "based_on": shown["based_on"]}
        self._twice("change", order_id, "changes", body, once=shown["id"], promised=in_cents(shown["amount"]))

    def exchange(self, order_id: str) -> None:
        """A piece of a variant for the other one, which has few."""
        if not (sku := self.variant_left(order_id)):
            return
        other = next(one for one in self.customer.job["variants"] if one != sku)
        wish = {"sku": sku, "to": other, "quantity": 1, "waive": True, "restocked": True, "note": WHY}
        made = self._swap("exchange", order_id, wish)
        if made is not None and made.status == 200:
            self.customer.read(made.json()["id"])

    def variant_left(self, order_id: str) -> str:
        """The SKU of a piece that may be exchanged; "" where none is left."""
        variants = self.customer.job["variants"]
        return next((str(one["sku"]) for one in self._left(order_id) if one["sku"] in variants), "")

    def exchange_for_more(self, order_id: str) -> str:
        """A piece for the variant that costs more: the order that pays the difference; "" where there is none."""
        if not (sku := self.variant_left(order_id)):
            return ""
        to = self.customer.job["dearer"]
        wish = {"sku": sku, "to": to, "quantity": 1, "pay": True, "restocked": True, "note": WHY}
        made = self._swap("difference", order_id, wish)
        return str(made.json()["id"]) if made is not None and made.status == 200 else ""

    def _swap(self, act: str, order_id: str, wish: dict[str, Any]) -> "Answer | None":
        shown = self._ask("exchange-preview", order_id, "exchange-previews", wish)
        if shown is None:
            return None
        body = {**wish, "id": shown["id"], "based_on": shown["based_on"]}
        price = in_cents(shown["price"])
        return self._twice(act, order_id, "exchanges", body, once=shown["id"], promised=price)

    # --- sending ---
    def send(self, order_id: str) -> None:
        """In two parcels where there is more than one piece; what is fetched is told ready first."""
        order = self.shown(order_id)
        if not order or not order["needs_parcel"]:
            return
        if order["is_pickup"]:
            self._settle("ready", order_id, "readiness", {})
        pieces = {one["sku"]: one["quantity"] for one in order["pieces_left"]}
        first = next(iter(pieces))
        if sum(pieces.values()) > 1:
            self._parcel(order_id, {first: 1})
            pieces[first] -= 1
        self._parcel(order_id, {sku: quantity for sku, quantity in pieces.items() if quantity})

    def _parcel(self, order_id: str, pieces: dict[str, int]) -> None:
        key = str(UUID(int=self.chance.getrandbits(128)))
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]
        self._twice("parcel", order_id, "parcels", {"lines": lines, "note": WHY}, once=key, key=key)

    def take_back(self, order_id: str) -> None:
        """One piece of a done order."""
        if line := self._line(order_id):
            lines = [{"sku": line["sku"], "quantity": 1, "restocked": self.chance.random() < 0.5}]
            self.change(order_id, {"kind": "return", "lines": lines})

    # --- what customers ask for ---
    def answer_request(self, order_id: str) -> None:
        """Say yes or no to what the customer has asked for."""
        order = self.shown(order_id)
        if not order:
            return
        how = self.chance.choice(ANSWERS)
        body: dict[str, Any] = {"note": WHY}
        if how == "acceptance":
            change_id = str(UUID(int=self.chance.getrandbits(128), version=4))
            body |= {"id": change_id, "based_on": len(order["changes"])}
            self._settle("change", order_id, f"change-requests/{how}", body, once=change_id)
        else:
            self._settle("refusal", order_id, f"change-requests/{how}", body)

    def answer_wish(self, order_id: str, sku: str, *, costs_more: bool) -> str:
        """Exchange the piece, twice, give its money, or decline; the order that pays the difference, "" where none does."""
        order, how = self.shown(order_id), self.chance.choice(("exchange", "exchange", "money", "no"))
        if not order:
            return ""
        if how == "no":
            self._settle("refusal", order_id, "change-requests/refusal", {"note": WHY})
            return ""
        change_id = str(UUID(int=self.chance.getrandbits(128), version=4))
        body: dict[str, Any] = {"id": change_id, "based_on": len(order["changes"]), "note": WHY}
        body |= {"restocked": [sku], "plain": how == "money", "waive": not costs_more}
        act = "change" if how == "money" else "difference" if costs_more else "exchange"
        self._twice(act, order_id, "change-requests/acceptance", body, once=change_id)
        waiting = self.shown(order_id).get("waiting") or {}
        return str(waiting["order"]) if waiting.get("id") == change_id else ""

    def end_waiting(self, order_id: str) -> None:
        """No change waits any more, whether its difference is just being paid or not."""
        self._settle("end-waiting", order_id, "waiting-change/cancellation", {"note": WHY})

    # --- asking ---
    def shown(self, order_id: str) -> dict[str, Any]:
        """The order as staff see it; empty without an answer."""
        path = f"/api/orders/{order_id}/"
        answer = self.customer.settle("read", order_id, self.customer.staff_api, "GET", path)
        return dict(answer.json()) if answer is not None and answer.status == 200 else {}

    def _left(self, order_id: str) -> list[dict[str, Any]]:
        return [one for one in self.shown(order_id).get("pieces_left", ()) if one["quantity"]]

    def _line(self, order_id: str) -> dict[str, Any] | None:
        return next(iter(self._left(order_id)), None)

    def _ask(self, act: str, order_id: str, where: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """What is answered; None for a refusal, and where there was no answer."""
        answer = self._settle(act, order_id, where, body)
        return dict(answer.json()) if answer is not None and answer.status == 200 else None

    def _settle(
        self, act: str, order_id: str, where: str, body: dict[str, Any], **more: Any
    ) -> "Answer | None":
        return self._sending(act, order_id, where, body, more)(self.customer.staff_api)

    def _sending(
        self, act: str, order_id: str, where: str, body: dict[str, Any], more: dict[str, Any]
    ) -> "Callable[[Any], Answer | None]":
        request = ("POST", f"/api/orders/{order_id}/{where}/", json.dumps(body).encode())
        return lambda caller: self.customer.settle(act, order_id, caller, *request, **more)

    def _twice(
        self, act: str, order_id: str, where: str, body: dict[str, Any], **more: Any
    ) -> "Answer | None":
        """The same request twice: at one moment, or one after the other; the last answer."""
        send = self._sending(act, order_id, where, body, more)
        if self.chance.random() < 0.5:
            other = threading.Thread(target=send, args=(self.customer.staff_twin,))
            other.start()
            answer = send(self.customer.staff_api)
            other.join()
            return answer
        send(self.customer.staff_api)
        return send(self.customer.staff_api)


def in_cents(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole) * 100 + int(f"{part}00"[:2])
