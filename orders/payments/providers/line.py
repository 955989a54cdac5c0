"""The line to one payment provider: how long a caller waits, how many wait at once, and when nobody asks any more.

A provider that takes connections and says nothing costs each caller a whole timeout, and callers that wait keep threads
from everybody else. So few wait at one moment, customers not for long, and after failures in a row nobody asks until a
thread of its own has had an answer (rest/breaker.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import requests
from django.db import DatabaseError, connections

from orders.models import ProviderOutage
from orders.payments.providers.base import ProviderUnreachable
from rest.breaker import Away, Breaker

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
# Seconds that a call may take where a customer waits for it; workers wait for the provider's own timeout.
CUSTOMERS_SECONDS = 4.0
# Seconds for a connection, and for a sign of life while nobody asks.
CONNECT_SECONDS = 3.0
# Callers of one process that wait at one moment, and the seconds that another waits for one of them to end.
CALLERS = 4
SEAT_SECONDS = 0.5
# Failures in a row after which nobody asks any more.
FAILURES = 2
# A failure that took so much of its time is silence; one that came at once costs nobody anything.
SILENCE = 0.8

_is_patient: ContextVar[bool] = ContextVar("is_patient", default=False)


@contextmanager
def patiently() -> Iterator[None]:
    """For workers: nobody watches, so each call may take the provider's own timeout."""
    before = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(before)


class Silent(Exception):
    """No answer in time; the cause is what the caller gets."""


class Line:
    """Calls of one provider in this process; `address` is where a sign of life is asked for."""

    def __init__(self, name: str, *, address: str, timeout: float) -> None:
        self.name, self._address, self._timeout = name, address, timeout
        self._seats = threading.BoundedSemaphore(CALLERS)
        lost = (Silent, requests.RequestException)
        self._breaker = Breaker(name, self._ping, lost=lost, after=FAILURES, tell=self._tell)

    @property
    def seconds(self) -> float:
        """How long a call may take here."""
        return self._timeout if _is_patient.get() else min(self._timeout, CUSTOMERS_SECONDS)

    @property
    def timeout(self) -> tuple[float, float]:
        """The same as `requests` takes it: for the connection, and for the answer."""
        return min(self.seconds, CONNECT_SECONDS), self.seconds

    def call(self, ask: Callable[[], Answer], *, lost: tuple[type[Exception], ...]) -> Answer:
        """What the provider answers. Raises what `ask` does, and ProviderUnreachable without asking while it is away.

        `lost` is what `ask` raises when no answer came.
        """
        if not self._seats.acquire(timeout=SEAT_SECONDS):
            raise ProviderUnreachable(f"too many wait for {self.name} already")
        try:
            return self._breaker.call(lambda: self._timed(ask, lost))
        except Away as error:
            raise ProviderUnreachable(str(error)) from error
        except Silent as silence:
            raise (silence.__cause__ or silence) from None
        finally:
            self._seats.release()

    def _timed(self, ask: Callable[[], Answer], lost: tuple[type[Exception], ...]) -> Answer:
        began = time.monotonic()
        try:
            return ask()
        except lost as error:
            if time.monotonic() - began < SILENCE * min(self.seconds, CONNECT_SECONDS):
                raise
            raise Silent(str(error) or type(error).__name__) from error

    def _tell(self, failure: str) -> None:
        """For staff: what one process finds out is one row for all."""
        try:
            ProviderOutage.note(self.name, failure)
        except DatabaseError as error:
            log.warning("the outage of %s is not noted: %s", self.name, error)
        finally:
            connections.close_all()

    def _ping(self) -> None:
        """Any answer at all is a sign of life."""
        requests.get(self._address, timeout=CONNECT_SECONDS, allow_redirects=False)
