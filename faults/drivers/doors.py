"""Keys that are revoked and people who sign out, while all else goes on; and goods that staff receive, import and count.

It is done by the domain's own calls, in the rig's process, as the pages do it: each call is made again until it went
through. From then on what has ended must open nothing, at none of the web processes.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db import connections

from accounts.access.keys import make_key, revoke_key
from accounts.models import User
from benchmarks.seed import session_of
from bulk import imports
from bulk.models import ImportJob
from catalog import inventory
from catalog.models import Product
from faults.checking.books import DELIVERY
from faults.checking.history import NO_ANSWER, Told
from faults.drivers.caller import Caller, Door, Doors
from faults.drivers.client import CSRF
from faults.drivers.settling import settle
from rest.scopes import Scope

BETWEEN = (0.5, 2.0)
# New connections after the end, so that each web process is asked.
ASKED = 4
FORM = "application/x-www-form-urlencoded"
# Products that come in pieces of one.
RECEIVED = 1
# Of a table, and until it has been looked at.
LINES, CHECKED_SECONDS = 4, 30.0


class Place(NamedTuple):
    """Where it is done: the shop's doors, who may receive goods, whose keys there are, and which goods."""

    doors: Sequence[Door]
    actor: User
    user_ids: Sequence[int]
    product_ids: Sequence[int]


class Porter(threading.Thread):
    """Goes on until it is told to end; `told` is what it was told."""

    def __init__(self, seed: int, place: Place) -> None:
        super().__init__()
        self.chance = random.Random(f"{seed} doors")
        self.seed, self.place = seed, place
        self.over = threading.Event()
        self.told: list[Told] = []
        self.errors: list[str] = []

    def run(self) -> None:
        acts: list[Callable[[int], None]] = [
            self._revoke,
            self._sign_out,
            self._receive,
            self._count,
            self._import,
        ]
        nth = 0
        try:
            while not self.over.wait(self.chance.uniform(*BETWEEN)):
                acts[nth % len(acts)](nth)
                nth += 1
        except Exception as error:  # noqa: BLE001 whatever ends it is reported, and fails the run
            self.errors.append(f"who revokes and receives: {error!r}")
        finally:
            connections.close_all()

    def end(self) -> None:
        self.over.set()
        self.join(300)

    # --- keys and sessions ---
    def _revoke(self, nth: int) -> None:
        user_id = self.chance.choice(self.place.user_ids)
        user = self._settle(lambda: User.objects.get(pk=user_id))
        made = user and self._settle(lambda: make_key(user=user, name=f"short {nth}", scope=Scope.READ))
        if not made:
            return
        headers = {"Authorization": f"Bearer {made.secret}", "Accept": "application/json"}
        self._ask("before the end", f"key {nth}", headers)
        if self._settle(lambda: revoke_key(user=user, key_id=made.key.pk) or True):
            self._knock(f"key {nth}", headers)

    def _sign_out(self, nth: int) -> None:
        user_id = self.chance.choice(self.place.user_ids)
        user = self._settle(lambda: User.objects.get(pk=user_id))
        session = user and self._settle(lambda: session_of(user))
        if not session:
            return
        headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}"}
        self._ask("before the end", f"session {nth}", headers)
        form = urlencode({"csrfmiddlewaretoken": CSRF}).encode()
        browser = Caller(Doors(self.place.doors), headers)
        answer = browser.ask("POST", "/accounts/logout/", form, FORM)
        browser.drop()
        if answer is not None and answer.status in (200, 302, 303):
            self._knock(f"session {nth}", headers)

    def _knock(self, name: str, headers: dict[str, str]) -> None:
        for nth in range(ASKED):
            self._ask("after the end", name, headers, by=nth)

    def _ask(self, act: str, name: str, headers: dict[str, str], by: int = 0) -> None:
        asked, caller = time.time(), Caller(Doors(self.place.doors, by), headers)
        answer = caller.ask("GET", "/api/orders/")
        caller.drop()
        status = answer.status if answer else NO_ANSWER
        comes_back = bool(answer and b"\r\nretry-after:" in answer.head)
        self._note(act=act, asked_at=asked, status=status, once=name, comes_back=comes_back)

    # --- goods ---
    def _receive(self, nth: int) -> None:
        """Some pieces more of something that customers buy."""
        product_id, name = self.chance.choice(self.place.product_ids), f"{DELIVERY} {self.seed} {nth}"
        note = {"act": "received", "once": name}
        given: dict[str, Any] = {
            "product_id": product_id,
            "quantity": RECEIVED,
            "actor": self.place.actor,
            "reason": name,
        }
        self._settle(lambda: inventory.receive(**given), note)

    def _count(self, nth: int) -> None:
        """What was counted is what the shop says; where it moved on meanwhile it is refused."""
        product_id = self.chance.choice(self.place.product_ids)
        product = self._settle(lambda: Product.objects.get(pk=product_id))
        if product:
            given: dict[str, Any] = {"quantity": product.on_hand, "read": product.on_hand}
            given |= {"product_id": product_id, "actor": self.place.actor, "reason": f"count {nth}"}
            self._settle(lambda: inventory.count(**given), {"act": "counted", "once": f"count {nth}"})

    def _import(self, nth: int) -> None:
        """The same by a table: each line is booked once, however often its worker dies."""
        ids = self.chance.sample(self.place.product_ids, min(LINES, len(self.place.product_ids)))
        lines = {
            sku: f"{DELIVERY} {self.seed} {nth} {sku}" for sku in self._settle(lambda: skus_of(ids)) or ()
        }
        text = "\n".join(
            ["sku,received,reason", *(f"{sku},{RECEIVED},{name}" for sku, name in lines.items())]
        )
        given: dict[str, Any] = {"kind": "stock", "file_name": f"{self.seed}-{nth}.csv", "text": text}
        job = lines and self._settle(lambda: imports.check(actor=self.place.actor, **given))
        if not job or not self._is_checked(job.pk):
            return
        asked = time.time()
        # Started, or started by a try whose answer was lost; where each try broke off, nobody knows.
        is_started = self._settle(lambda: is_begun(job.pk, self.place.actor))
        for name in lines.values():
            self._note(act="received", once=name, asked_at=asked, status=200 if is_started else NO_ANSWER)

    def _is_checked(self, job_id: int) -> bool:
        """Whether the table could be started, once a worker has looked at it; not for long is waited for that."""
        deadline = time.monotonic() + CHECKED_SECONDS
        while time.monotonic() < deadline and not self.over.wait(0.3):
            if self._settle(
                lambda: ImportJob.objects.filter(pk=job_id, state=ImportJob.State.CHECKED).exists()
            ):
                return True
        return False

    def _settle(self, act: Callable[[], Any], note: dict[str, Any] | None = None) -> Any:
        return settle(act, lambda asked, status: self._noted(note, asked, status))

    def _noted(self, note: dict[str, Any] | None, asked: float, status: int) -> None:
        if note is not None:
            self._note(asked_at=asked, status=status, **note)

    def _note(self, **given: Any) -> None:
        self.told.append(Told(client=0, order="", told_at=time.time(), **given))


def skus_of(product_ids: Sequence[int]) -> list[str]:
    return list(Product.objects.filter(pk__in=product_ids).values_list("sku", flat=True))


def is_begun(job_id: int, actor: User) -> bool:
    """Begin it; it may have been begun already."""
    with suppress(imports.NotReady):
        imports.start(job_id=job_id, actor=actor)
    return True
