"""What becomes of money that was paid: refunds by the customer and at the provider, parcels, disputes, alone and at once."""

import random
from collections import Counter
from typing import Protocol

from faults.providers.chaos import Chaotic, ChaoticPayPal, ChaoticStripe
from faults.providers.post import Post
from tests.stand_ins import paypal, stripe

WAYS = {
    "nothing": 34,
    "refund": 26,
    "by hand": 9,
    "early": 7,
    "part": 6,
    "dispute": 10,
    "refund and by hand": 5,
    "refund and dispute": 3,
}
# Seconds until something happens to a charge, and until a dispute ends.
SOON, DISPUTE = (0.0, 6.0), (1.0, 10.0)
TRIES = 40


class Asker(Protocol):
    """A customer who may ask for the money back; the answer is the order's status before."""

    def ask_refund(self, order_id: str) -> str: ...


class Afterwards:
    def __init__(self, post: Post, chance: random.Random) -> None:
        self.post, self.chance = post, chance
        self.happened: Counter[str] = Counter()

    def follow(self, payer: Asker, order_id: str, at: ChaoticStripe | ChaoticPayPal, session: str) -> None:
        """Decide what becomes of a session's charge, and have it happen once there is one."""
        way = self.chance.choices(list(WAYS), list(WAYS.values()))[0]
        if "refund" in way:
            self.post.later(self._soon(), lambda: self._refund(payer, order_id))
        if way == "early":
            self._at_provider(at, session, way, TRIES)
        elif way not in ("nothing", "refund"):
            self.post.later(self._soon(), lambda: self._at_provider(at, session, way, TRIES))

    def _soon(self) -> float:
        return self.chance.uniform(*SOON)

    def _refund(self, payer: Asker, order_id: str, tries: int = TRIES) -> None:
        """Ask for the money back once the order is paid."""
        status = payer.ask_refund(order_id)
        if status == "pay_required" and tries:
            self.post.later(1, lambda: self._refund(payer, order_id, tries - 1))
        elif status == "paid":
            self.happened["asked for a refund"] += 1

    def _at_provider(self, at: ChaoticStripe | ChaoticPayPal, session: str, way: str, tries: int) -> None:
        """Do it at the provider, as soon as there is a charge."""
        charge = charge_of(at, session)
        if not charge:
            if tries:
                self.post.later(0.5, lambda: self._at_provider(at, session, way, tries - 1))
            return
        if "dispute" in way:
            self._dispute(at, charge)
        else:
            self._by_hand(at, charge, part=way == "part")

    def _by_hand(self, at: ChaoticStripe | ChaoticPayPal, charge: str, *, part: bool) -> None:
        """Its events are told by the stand-in, as are those of the shop's own."""
        try:
            if isinstance(at, ChaoticStripe):
                at.refund_by_hand(charge, 100 if part else 0)
            else:
                at.refund_by_hand(charge, "1.00" if part else "")
        except (stripe.Refusal, paypal.Refusal):
            return
        self.happened["part returned by hand" if part else "returned by hand"] += 1

    def _dispute(self, at: ChaoticStripe | ChaoticPayPal, charge: str) -> None:
        if not at.begin_dispute(charge):
            return
        outcome = self.chance.choice(("won", "lost"))
        self.happened[f"dispute {outcome}"] += 1
        self.post.later(self.chance.uniform(*DISPUTE), lambda: at.end_dispute(charge, outcome))


def charge_of(at: Chaotic, session: str) -> str:
    """The provider's name of the money that came in a session; "" as long as there is none."""
    with at.lock:
        if isinstance(at, ChaoticStripe):
            found = at.sessions[session]
            return str(found["payment_intent"]) if found["payment_status"] == "paid" else ""
        assert isinstance(at, ChaoticPayPal)
        taken = at.orders[session]["purchase_units"][0].get("payments", {}).get("captures", [])
        return next(
            (one["id"] for one in taken if one["status"] != "PENDING" and one["status"] != "DECLINED"), ""
        )
