"""Calls of the domain's own, in the rig's process: each is made again until it went through, or was refused."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, connections
from redis.exceptions import RedisError

from faults.checking.history import NO_ANSWER
from refusals import Refusal

TRIES, PAUSE = 30, 1.0
NEVER_DONE = (Error, OSError, RedisError)
Done = TypeVar("Done")


def settle(act: Callable[[], Done], noted: Callable[[float, int], object]) -> Done | None:
    """What comes of it; None for a refusal, and where nothing went through.

    `noted` is told of each try: when it was asked, and with which status it was answered.
    """
    for _try in range(TRIES):
        asked = time.time()
        try:
            done = act()
        except NEVER_DONE:
            connections.close_all()
            noted(asked, NO_ANSWER)
        except Refusal as refused:
            status = int(getattr(refused, "status", 400))
            noted(asked, status if status < 500 else NO_ANSWER)
            if status < 500:
                return None
        else:
            noted(asked, 200)
            return done
        time.sleep(PAUSE)
    return None
