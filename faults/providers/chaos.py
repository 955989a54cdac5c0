"""The stand-ins of Stripe and PayPal with a will of their own: calls that go wrong, and outcomes that change later."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from faults.providers.post import Post
from tests.stand_ins import paypal, stripe
from tests.stand_ins.server import StandIn, Thing

# How often a call goes wrong, and in which way.
SHARE = 0.12
WRONG = {"silent": 1, "dropped": 2, "lost": 4, "done": 4, "500": 2, "429": 1, "409": 1}
# Seconds that a silent call is kept waiting; a worker waits for longer, a customer for less.
SILENCE = 6.0
# What becomes of a refund that is asked for, and of a capture.
REFUNDS = {"succeeded": 70, "pending": 12, "requires_action": 2, "refused": 6, "failing": 10}
CAPTURES = {"COMPLETED": 80, "PENDING": 14, "refused": 6}
SOON = (0.5, 6.0)
# An order's time to pay, and until a provider is asked again, in seconds.
WINDOW, RETRY = 25, 2


class Chaotic(StandIn):
    """`unsettle` it before it is asked, and `calm` it for the rest."""

    variant = ""

    def unsettle(self, chance: random.Random, post: Post) -> None:
        self.chance, self.post = chance, post
        self.is_calm = False
        # Charges that are disputed, or were lost so; and those that staff have returned in another way.
        self.disputed: set[str] = set()
        self.settled: set[str] = set()
        self.went_wrong: Counter[str] = Counter()
        self.silence = SILENCE

    def calm(self) -> None:
        self.is_calm = True

    def next_wrong(self) -> str:
        with self.lock:
            if self.is_calm or self.chance.random() >= SHARE:
                return ""
            wrong = self.choose(WRONG)
            self.went_wrong[wrong] += 1
        return wrong

    def choose(self, ways: dict[str, int]) -> str:
        return self.chance.choices(list(ways), list(ways.values()))[0]

    def gone(self, charge: str) -> bool:
        """Whether something of a charge went back, or is going to."""
        raise NotImplementedError

    def settle(self, charge: str) -> bool:
        """Whether staff may return it in another way; nobody returns or disputes it here then, or it would go twice."""
        with self.lock:
            if charge in self.disputed or self.gone(charge):
                return False
            self.settled.add(charge)
            return True

    def tell(self, event: Thing, *, after: float = 0.0) -> None:
        self.post.send(self, self.variant, event, after=after)

    def soon(self) -> float:
        return self.chance.uniform(*SOON)


class ChaoticStripe(Chaotic, stripe.StripeStandIn):
    """Tells of each refund in the words of both versions. What is disputed can't be refunded."""

    variant = "stripe"

    def _create_refund(self, form: Thing) -> Thing:
        if form["payment_intent"] in self.disputed:
            raise stripe.Refusal("The charge is disputed.", code="charge_disputed", kept=True)
        if form["payment_intent"] in self.settled and "metadata" not in form:
            raise stripe.Refusal("Staff have returned it already.")
        fate = "succeeded" if self.is_calm else self.choose(REFUNDS)
        if fate == "refused":
            raise stripe.Refusal("The bank of the card takes nothing back.", kept=True)
        self.controls.refund_status = "succeeded" if fate == "failing" else fate
        refund = super()._create_refund(form)
        self._tell_of_refund("refund.created", refund)
        if fate == "failing":
            self.post.later(self.soon(), lambda: self._end(refund, "failed"))
        elif fate != "succeeded":
            end = self.choose({"succeeded": 3, "failed": 1})
            self.post.later(self.soon(), lambda: self._end(refund, end))
        return refund

    def _end(self, refund: Thing, status: str) -> None:
        with self.lock:
            self.end_refund(refund["id"], status, reason="lost_or_stolen_card" if status == "failed" else "")
            self._tell_of_refund("refund.updated", refund)
            if status == "failed":
                self.tell(self.event("refund.failed", refund))

    def _tell_of_refund(self, kind: str, refund: Thing) -> None:
        self.tell(self.event(kind, refund))
        old = {"refund.updated": "charge.refund.updated"}.get(kind)
        self.tell(self.event(old, refund) if old else self.refunded_as_before(refund["payment_intent"]))

    def pay_in_spite(self, session_id: str) -> Thing:
        """The customer pays, though the session was said to be expired."""
        with self.lock:
            self.sessions[session_id]["status"] = "open"
            return self.pay(session_id)

    def gone(self, charge: str) -> bool:
        mine = [one["status"] for one in self.refunds if one["payment_intent"] == charge]
        return any(status not in ("failed", "canceled") for status in mine)

    def begin_dispute(self, intent: str) -> bool:
        """Whether the charge could be disputed: nothing of it went back, or is going to."""
        with self.lock:
            if intent in self.disputed | self.settled or self.gone(intent):
                return False
            self.disputed.add(intent)
            self.tell(self.dispute(intent))
            return True

    def end_dispute(self, intent: str, outcome: str) -> None:
        with self.lock:
            self.tell(self.dispute(intent, outcome, kind="closed"))
            self.disputed -= {intent} if outcome == "won" else set()


class ChaoticPayPal(Chaotic, paypal.PayPalStandIn):
    variant = "paypal"

    def _capture_order(self, order_id: str) -> Thing:
        fate = "COMPLETED" if self.is_calm else self.choose(CAPTURES)
        self.controls.refuse_captures = "INSTRUMENT_DECLINED" if fate == "refused" else ""
        self.controls.capture_status = "PENDING" if fate == "PENDING" else "COMPLETED"
        order = super()._capture_order(order_id)
        self.tell(self.captured(order_id))
        if fate == "PENDING":
            end = self.choose({"COMPLETED": 3, "DECLINED": 1})
            self.post.later(self.soon(), lambda: self.tell(self.end_capture(order_id, end)))
        return order

    def _make_refund(self, capture_id: str, amount: Thing, status: str, **more: Any) -> Thing:
        if capture_id in self.disputed:
            raise paypal.Refusal("CAPTURE_DISPUTED", "There is an open case.")
        if capture_id in self.settled and "custom_id" not in more:
            raise paypal.Refusal("REFUND_NOT_ALLOWED", "Staff have returned it already.")
        fate = "succeeded" if self.is_calm else self.choose(REFUNDS)
        if fate == "refused":
            raise paypal.Refusal("REFUND_FAILED_INSUFFICIENT_FUNDS", "There is not enough money.")
        status = "COMPLETED" if fate in ("succeeded", "failing") else "PENDING"
        refund = super()._make_refund(capture_id, amount, status, **more)
        self.tell(self.refunded(refund["id"]))
        if fate == "failing":
            self.post.later(self.soon(), lambda: self._fail(refund))
        elif status == "PENDING":
            end = self.choose({"COMPLETED": 3, "FAILED": 1})
            self.post.later(self.soon(), lambda: self._end(refund, end))
        return refund

    def _fail(self, refund: Thing) -> None:
        with self.lock:
            self.tell(self.fail_refund(refund["id"]))

    def _end(self, refund: Thing, status: str) -> None:
        with self.lock:
            if status == "FAILED":
                return self._fail(refund)
            refund["status"] = status
            self.tell(self.refunded(refund["id"]))
        return None

    def gone(self, charge: str) -> bool:
        mine = [one["status"] for one in self.refunds if one["links"][0]["href"].endswith(charge)]
        return any(status in paypal.RETURNED for status in mine)

    def begin_dispute(self, capture_id: str) -> bool:
        with self.lock:
            if capture_id in self.disputed | self.settled or self.gone(capture_id):
                return False
            self.disputed.add(capture_id)
            self.tell(self.dispute(capture_id))
            self._move(capture_id, "T1201", -1)
            return True

    def end_dispute(self, capture_id: str, outcome: str) -> None:
        with self.lock:
            words = {"won": "RESOLVED_SELLER_FAVOUR", "lost": "RESOLVED_BUYER_FAVOUR"}
            self.tell(self.dispute(capture_id, "RESOLVED", words[outcome]))
            if outcome == "won":
                self.disputed -= {capture_id}
                self._move(capture_id, "T1202", 1)

    def _move(self, capture_id: str, code: str, sign: int) -> None:
        value = sign * Decimal(self._capture(capture_id)["amount"]["value"])
        name = f"T-{code}-{capture_id}"
        self.besides.append(self.transaction(name, code, value, paypal_reference_id=capture_id))


StandIns = tuple[ChaoticStripe, ChaoticPayPal]


@contextmanager
def stand_ins() -> Iterator[StandIns]:
    """Stripe and PayPal, which outlive whatever happens to the shop."""
    with ChaoticStripe() as stripe, ChaoticPayPal() as paypal:
        yield stripe, paypal


def settings(providers: StandIns) -> dict[str, str]:
    """What a shop needs to have these as its providers."""
    stripe, paypal = providers
    return {
        "PAYMENT_VARIANTS": "stripe,paypal",
        **stripe.settings(),
        **paypal.settings(),
        "ORDER_PAYMENT_WINDOW": str(WINDOW),
        "PROVIDER_RETRY_AFTER": str(RETRY),
        "SWEEP_EVERY": "2",
    }
