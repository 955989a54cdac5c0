"""Codes as they are typed: compared in one writing, refused with the reason, and not to be guessed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from orders.errors import InvalidInput, OrderError
from orders.pricing.promotions import MAX_CODES, normalised
from staff.caller import address
from staff.middleware import house_of

# Wrong codes are counted for so long.
WINDOW_SECONDS = 3600
# Keys of the cache, each with what it may count.
Limits = list[tuple[str, int]]


class CodesRefused(InvalidInput):
    """Codes that take nothing off; `refused` has each, as it is compared, with the reason. So many are `unknown`."""

    def __init__(self, errors: dict[str, list[str]], refused: Mapping[str, str], unknown: int):
        super().__init__(errors)
        self.refused = refused
        self.unknown = unknown


class TooManyCodes(OrderError):
    """Too many wrong codes came from the customer, or from their network."""

    code = "too_many_codes"
    status = 429
    title = gettext_lazy("Too many wrong codes")
    message = gettext_lazy("Too many wrong codes. Please try again in an hour.")
    advice = gettext_lazy("Too many codes were wrong. Go on without codes, or try again in an hour.")
    headers = {"Retry-After": str(WINDOW_SECONDS)}


def checked(codes: Sequence[str]) -> list[str]:
    """The codes as they are compared, each once. Raises CodesRefused for those that are too many."""
    wanted = list(dict.fromkeys(filter(None, map(normalised, codes))))
    says = _("An order has at most %(most)d codes.") % {"most": MAX_CODES}
    refuse(codes, dict.fromkeys(wanted[MAX_CODES:], says), unknown=0)
    return wanted


def refuse(codes: Sequence[str], refused: Mapping[str, str], *, unknown: int) -> None:
    """Raise CodesRefused, which names the place of each code that was refused."""
    if refused:
        places = {f"codes.{at}": refused.get(normalised(code)) for at, code in enumerate(codes)}
        raise CodesRefused({place: [why] for place, why in places.items() if why}, refused, unknown)


@contextmanager
def counted(*, customer_id: int, codes: Sequence[str]) -> Iterator[None]:
    """Count the codes that are tried inside, until they have turned out to be codes. Raises TooManyCodes.

    They are counted before they are looked at, so that many at once don't get past the limit. Without the cache nothing is
    counted, as with the limits of requests.
    """
    limits = count(kind="codes", customer_id=customer_id, times=len(codes))
    try:
        yield
    except CodesRefused as error:
        take_back(limits, len(codes) - error.unknown)
        raise
    take_back(limits, len(codes))


def count(*, kind: str, customer_id: int, times: int) -> Limits:
    """Count so many codes of a kind that are about to be looked at, for `take_back`. Raises TooManyCodes."""
    limits = [(key, most) for key, most in _limits(kind, customer_id) if times and most]
    used = [_add(key, times) for key, _most in limits]
    if any(tried > most for tried, (_key, most) in zip(used, limits, strict=True)):
        raise TooManyCodes
    return limits


def _limits(kind: str, customer_id: int) -> Limits:
    return [
        (f"{kind}:customer:{customer_id}", settings.CODE_TRIES_OF_CUSTOMER),
        (f"{kind}:network:{house_of(address.get())}", settings.CODE_TRIES_OF_NETWORK),
    ]


def _add(key: str, times: int) -> int:
    try:
        cache.add(key, 0, timeout=WINDOW_SECONDS)
        return cache.incr(key, times)
    except (RedisError, ValueError):  # away, or forgotten at this moment
        return 0


def take_back(limits: Limits, times: int) -> None:
    """Codes that turned out to be codes count no more."""
    for key, _most in limits:
        _add(key, -times)
