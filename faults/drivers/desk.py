"""Staff at the desk, who look at its lists and at what stands in them, one page after the other, as a browser does."""

import random
import re
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import reverse

from faults.checking.history import NO_ANSWER, Told
from faults.drivers.caller import Caller, Door, Doors
from faults.drivers.client import CSRF

if TYPE_CHECKING:
    from benchmarks.load.wire import Answer

BETWEEN = (0.5, 2.0)
# A page of one thing, as a list links to it.
CHANGE = re.compile(rb'href="(/admin/[^"?]+/change/)[^"]*"')
SIGN_IN = re.compile(rb"\r\nlocation: [^\r]*/login/")


class Clerk(threading.Thread):
    """Goes on until it is told to end; `told` is how each page was answered."""

    def __init__(self, seed: int, doors: Sequence[Door], session: str) -> None:
        super().__init__()
        self.chance = random.Random(f"{seed} desk")
        self.browser = Caller(Doors(doors), {"Cookie": f"sessionid={session}; csrftoken={CSRF}"})
        self.over = threading.Event()
        self.told: list[Told] = []
        self.errors: list[str] = []

    def run(self) -> None:
        lists = [reverse("admin:index"), reverse("desk-now"), *lists_of_the_desk()]
        try:
            while not self.over.wait(self.chance.uniform(*BETWEEN)):
                answer = self._look(self.chance.choice(lists))
                if answer and (found := CHANGE.findall(answer.body)):
                    self._look(self.chance.choice(found).decode())
        except Exception as error:  # noqa: BLE001 whatever ends it is reported, and fails the run
            self.errors.append(f"staff at the desk: {error!r}")
        self.browser.drop()

    def end(self) -> None:
        self.over.set()
        self.join(300)

    def _look(self, path: str) -> "Answer | None":
        asked, answer = time.time(), self.browser.ask("GET", path)
        status = answer.status if answer else NO_ANSWER
        if answer and SIGN_IN.search(answer.head):
            raise RuntimeError(f"{path} asked to sign in")
        told = partial(Told, client=0, act="desk", order="", once=path, status=status)
        comes_back = bool(answer and b"\r\nretry-after:" in answer.head)
        self.told.append(told(asked_at=asked, told_at=time.time(), comes_back=comes_back))
        return answer


def lists_of_the_desk() -> list[str]:
    """The addresses of all its lists."""
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
