"""Customers who pay at Stripe and PayPal: in time or late, twice, never, and what happens to their money afterwards."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from faults.drivers.caller import Caller
from faults.drivers.journeys import Customer
from faults.providers.afterwards import Afterwards
from faults.providers.chaos import ChaoticPayPal, ChaoticStripe
from tests.stand_ins.server import Thing

# What a customer does at the provider.
FATES = {
    "pay": 50,
    "bank": 12,
    "leave": 6,
    "expire": 6,
    "cancel": 6,
    "late": 8,
    "both": 7,
    "contradicted": 5,
}
COMES_BACK = 0.5
# Seconds until the bank answers, and after the order's time to pay when a customer is late.
BANK, LATE = (0.5, 8.0), (0.0, 6.0)
PAGE_TRIES = 6


class Orders:
    """So many orders are to be placed, by all customers together."""

    def __init__(self, count: int) -> None:
        self._left, self._lock = count, threading.Lock()

    def take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


class Payer(Customer):
    """`window` is the order's time to pay, in seconds."""

    def __init__(
        self,
        job: dict[str, Any],
        who: dict[str, Any],
        stand_ins: tuple[ChaoticStripe, ChaoticPayPal],
        afterwards: Afterwards,
    ) -> None:
        super().__init__(job, who)
        self.stripe, self.paypal = stand_ins
        self.afterwards, self.window = afterwards, job["window"]

    def run_through(self, orders: Orders) -> None:
        while orders.take():
            self.order()

    def end(self, order_id: str, ending: str) -> None:
        """What comes after the order's confirmation, in place of what the demo's customers do."""
        fate, first = self._choose(FATES), self._choose({"stripe": 1, "paypal": 1})
        session = self.page(order_id, first)
        if not session:
            return
        ways: dict[str, Callable[[str, str, str], None]] = {
            "pay": self._pay,
            "bank": self._bank,
            "leave": lambda *_: None,
            "expire": self._expire,
            "cancel": self._cancel,
            "late": self._late,
            "both": self._both,
            "contradicted": self._contradicted,
        }
        ways[fate](order_id, first, session)
        if self.chance.random() < COMES_BACK:
            self.settle("back", order_id, self.browser, "GET", f"/orders/{order_id}/pay/back/")
        self.read(order_id)

    def ask_refund(self, order_id: str) -> str:
        """Ask for the money of a paid order, from any thread; the status that the order had, "" if nobody answered."""
        caller = Caller(self.doors, self.api.headers)
        try:
            seen = self._status(order_id, caller)
            if seen == "paid":
                self.settle("refund", order_id, caller, "POST", f"/api/orders/{order_id}/refund/", b"{}")
            return seen
        finally:
            caller.drop()

    def _status(self, order_id: str, caller: Caller) -> str:
        answer = self.settle("read", order_id, caller, "GET", f"/api/orders/{order_id}/")
        return str(answer.json().get("status", "")) if answer and answer.status == 200 else ""

    # --- ways to pay ---
    def page(self, order_id: str, variant: str) -> str:
        """The session to whose page the customer is led; "" if none of several tries leads to one."""
        for _try in range(PAGE_TRIES):
            answer = self.settle(
                "payment", order_id, self.browser, "GET", f"/orders/{order_id}/pay/?with={variant}"
            )
            if answer and (session := self._session(variant, answer.head)):
                return session
            time.sleep(1)
        return ""

    def _session(self, variant: str, head: bytes) -> str:
        """The session that an answer leads to. Its letters are small in the answer's head."""
        place = head.partition(b"\r\nlocation: ")[2].partition(b"\r\n")[0].decode()
        known = self.stripe.sessions if variant == "stripe" else self.paypal.orders
        return next((one for one in list(known) if place.endswith(one.lower())), "")

    def _pay(self, order_id: str, variant: str, session: str) -> None:
        """Pay at once; what becomes of the money is decided then."""
        if variant == "stripe":
            self._paid_at_stripe(order_id, session, self.stripe.pay)
        else:
            self.paypal.tell(self.paypal.approve(session))
            self.afterwards.follow(partial(self.ask_refund, order_id), self.paypal, session)

    def _paid_at_stripe(self, order_id: str, session: str, pay: Callable[[str], Thing]) -> None:
        with self.stripe.lock:
            if self.stripe.sessions[session]["status"] == "open" or pay != self.stripe.pay:
                self.stripe.tell(pay(session))
            else:
                return
        self.afterwards.follow(partial(self.ask_refund, order_id), self.stripe, session)

    def _bank(self, order_id: str, variant: str, session: str) -> None:
        """The bank takes its time. Of what PayPal captures some is pending anyway."""
        if variant == "paypal":
            return self._pay(order_id, variant, session)
        succeeds = self.chance.random() < 0.7
        with self.stripe.lock:
            self.stripe.tell(self.stripe.pay(session, status="unpaid"))
        answers = lambda: self.stripe.tell(self.stripe.bank_answers(session, succeeded=succeeds))  # noqa: E731
        self.stripe.post.later(self.chance.uniform(*BANK), answers)
        if succeeds:
            self.afterwards.follow(partial(self.ask_refund, order_id), self.stripe, session)
        return None

    def _expire(self, order_id: str, variant: str, session: str) -> None:
        """The provider ends the session; the customer begins another and pays in that, or goes."""
        if variant == "stripe":
            with self.stripe.lock:
                if self.stripe.sessions[session]["status"] == "open":
                    self.stripe.tell(self.stripe.expire(session))
        if self.chance.random() < 0.5:
            self.settle("back", order_id, self.browser, "GET", f"/orders/{order_id}/pay/back/")
            if anew := self.page(order_id, variant):
                self._pay_if_open(order_id, variant, anew)

    def _cancel(self, order_id: str, variant: str, session: str) -> None:
        """Cancel, and pay all the same where the provider lets one."""
        path = f"/api/orders/{order_id}/cancellation/"
        self.settle("cancel", order_id, self.api, "POST", path, b"{}")
        self._in_spite(order_id, variant, session)

    def _late(self, order_id: str, variant: str, session: str) -> None:
        """Pay when the order's time is over, also in a session that was said to be expired."""
        time.sleep(self.window + self.chance.uniform(*LATE))
        self._in_spite(order_id, variant, session)

    def _in_spite(self, order_id: str, variant: str, session: str) -> None:
        if variant == "paypal":
            return self._pay_if_open(order_id, variant, session)
        with self.stripe.lock:
            if self.stripe.sessions[session]["status"] == "complete":
                return None
        return self._paid_at_stripe(order_id, session, self.stripe.pay_in_spite)

    def _pay_if_open(self, order_id: str, variant: str, session: str) -> None:
        known = self.stripe.sessions if variant == "stripe" else self.paypal.orders
        if known[session]["status"] in ("open", "PAYER_ACTION_REQUIRED"):
            self._pay(order_id, variant, session)

    def _both(self, order_id: str, first: str, session: str) -> None:
        """Two pages are open, one at each provider, and both are paid in."""
        second = "paypal" if first == "stripe" else "stripe"
        other = self.page(order_id, second)
        for variant, one in ((first, session), (second, other)):
            if one:
                self._in_spite(order_id, variant, one)

    def _contradicted(self, order_id: str, variant: str, session: str) -> None:
        """Pay, and the provider tells besides that nothing was paid."""
        self._pay(order_id, variant, session)
        if variant == "stripe":
            gone = self.stripe.sessions[session] | {"status": "expired", "payment_status": "unpaid"}
            self.stripe.tell(self.stripe.event("checkout.session.expired", gone | {"payment_intent": None}))
            return
        taken = self.paypal.orders[session]["purchase_units"][0].get("payments", {}).get("captures")
        for capture in taken or []:
            self.paypal.tell(self.paypal.event("PAYMENT.CAPTURE.DENIED", capture))
