"""The European Commission's service that says whether a VAT id is in use (VIES), over its REST interface.

It asks the member state, which may be away for hours; so a customer waits a bounded time, few wait at once, and after
failures in a row nobody asks until there is a sign of life (rest/breaker.py).
"""

import threading
from functools import cache
from typing import Any

import requests
from django.conf import settings

from rest.breaker import Away, Breaker

CALLERS = 4
SEAT_SECONDS = 0.5
FAILURES = 2
# What it says of an id that it could look up; all else is that it could not.
LOOKED_UP = ("VALID", "INVALID")


class Unanswered(Exception):
    """There is no answer about this id now."""


def is_in_use(vat_id: str) -> bool:
    """Whether the id is in use today. Raises Unanswered."""
    if not _seats.acquire(timeout=SEAT_SECONDS):
        raise Unanswered("too many wait already")
    try:
        return _breaker().call(lambda: _asked(vat_id))
    except (Away, requests.RequestException, ValueError) as error:
        raise Unanswered(str(error)) from error
    finally:
        _seats.release()


def _asked(vat_id: str) -> bool:
    answer = requests.post(
        f"{settings.VIES_API_BASE}/check-vat-number",
        json={"countryCode": vat_id[:2], "vatNumber": vat_id[2:]},
        timeout=settings.VAT_CHECK_SECONDS,
        allow_redirects=False,
    )
    answer.raise_for_status()
    says: Any = answer.json()
    if not isinstance(says, dict) or not isinstance(says.get("valid"), bool):
        raise Unanswered("it said nothing of the id")
    if not says["valid"] and says.get("userError", "INVALID") not in LOOKED_UP:
        raise Unanswered(f"it could not look the id up: {str(says['userError'])[:60]}")
    is_valid: bool = says["valid"]
    return is_valid


def _ping() -> None:
    """Any answer at all is a sign of life."""
    requests.get(
        f"{settings.VIES_API_BASE}/check-status", timeout=settings.VAT_CHECK_SECONDS, allow_redirects=False
    )


_seats = threading.BoundedSemaphore(CALLERS)


@cache
def _breaker() -> Breaker:
    return Breaker("VIES", _ping, lost=(requests.RequestException,), after=FAILURES)
