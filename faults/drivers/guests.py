"""People without an account, one after the other: each gets a code by email, types it, says where they live, and buys."""

import json
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from django.db import connections

from accounts.models import User
from demo.people import HOME_ADDRESS
from faults.drivers.caller import Caller
from faults.drivers.journeys import Customer
from faults.parties.mail import MailServer

if TYPE_CHECKING:
    from faults.checking.history import Told

BETWEEN = (1.0, 3.0)
# Seconds that somebody waits for a code.
PATIENCE = 30.0
# Clients from here on are guests: the others have listeners.
FIRST = 10_000
AUTH = "/api/auth/app/v1/auth/code/"


def name_of(seed: int, nth: int | str) -> str:
    return f"guest-{seed}-{nth}@example.com"


def who_bought(seed: int) -> dict[int, int]:
    """User id -> client, of all guests of a run."""
    found = User.objects.filter(email__startswith=name_of(seed, "").partition("@")[0])
    return {
        user_id: FIRST + nth for nth, user_id in enumerate(found.order_by("pk").values_list("pk", flat=True))
    }


class Guests(threading.Thread):
    """Goes on until it is told to end; `told` is what they were told."""

    def __init__(self, job: dict[str, Any], mail: MailServer) -> None:
        super().__init__()
        self.chance = random.Random(f"{job['seed']} guests")
        self.job, self.mail = job, mail
        self.over = threading.Event()
        self.told: list[Told] = []
        self.errors: list[str] = []

    def run(self) -> None:
        nth = 0
        try:
            while not self.over.wait(self.chance.uniform(*BETWEEN)):
                guest = Guest(self.job, FIRST + nth)
                guest.come(name_of(self.job["seed"], nth), self.mail)
                self.told += guest.told
                nth += 1
        except Exception as error:  # noqa: BLE001 whatever ends it is reported, and fails the run
            self.errors.append(f"who buys without an account: {error!r}")
        finally:
            connections.close_all()

    def end(self) -> None:
        self.over.set()
        self.join(300)


class Guest(Customer):
    """A customer who has nothing yet but an address for emails."""

    def __init__(self, job: dict[str, Any], client: int) -> None:
        super().__init__(job, {"client": client, "key": "", "session": "", "plain": True})

    def come(self, email: str, mail: MailServer) -> None:
        """Get in by a code and order once; who gets none, or asked too often, goes."""
        self._carry({"Accept": "application/json"})
        asked = self._ask("code", f"{AUTH}request", {"email": email})
        self._carry({"Accept": "application/json", "X-Session-Token": _token(asked)})
        typed = self._ask("sign-in", f"{AUTH}confirm", {"code": _wait(mail, email)})
        if typed is None or typed["status"] != 200:
            return
        token = _token(typed)
        self._carry({"Accept": "application/json", "X-Session-Token": token}, session=token)
        lives = self._ask("own-address", "/api/addresses/", HOME_ADDRESS)
        if lives and "id" in lives:
            self.who["address"] = lives["id"]
            self.order()

    def _carry(self, headers: dict[str, str], session: str = "") -> None:
        """From now on each request has these headers, and the browser this session."""
        for caller in (self.api, self.twin, self.browser):
            caller.drop()
        self.api, self.twin = Caller(self.doors, headers), Caller(self.doors, headers)
        if session:
            self.browser.headers["Cookie"] = f"sessionid={session}; {self.browser.headers['Cookie']}"

    def _ask(self, act: str, path: str, body: dict[str, str]) -> dict[str, Any] | None:
        answer = self.settle(act, "", self.api, "POST", path, json.dumps(body).encode())
        return None if answer is None else dict(answer.json())


def _token(answer: dict[str, Any] | None) -> str:
    return str((answer or {}).get("meta", {}).get("session_token", ""))


def _wait(mail: MailServer, email: str) -> str:
    """The code that came to an address; "" if none did."""
    deadline = time.monotonic() + PATIENCE
    while email not in mail.codes and time.monotonic() < deadline:
        time.sleep(0.1)
    return mail.codes.get(email, "")
