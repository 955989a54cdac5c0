"""The shop's webhook endpoint at Stripe: which version its events are written in, and what is wrong with it."""

import json
from collections.abc import Iterable, Iterator

from orders.payments.providers.stripe.events import DISPUTE_EVENTS, REFUND_EVENTS, SESSION_KINDS, Thing

# What our calls and their answers are written for, independent of the account's own version, and of the package's. Events
# are written for their endpoint's version.
API_VERSION = "2026-10-28.endive"
MAX_VERSION = 50
# What has to be told. An endpoint may ask for more, and for all (`*`); which one of two tells of a refund is the version's.
NEEDED = (
    *SESSION_KINDS,
    *(kind for kind in REFUND_EVENTS if kind.startswith("refund.")),
    *(f"{DISPUTE_EVENTS}{what}" for what in ("created", "updated", "closed")),
)


def is_ours(version: str) -> bool:
    """Whether a version means the same as ours: within one release (its name) nothing is taken away or changed."""
    return _release(version) == _release(API_VERSION)


def _release(version: str) -> str:
    """Its name. Versions from before there were names are each their own."""
    day, _dot, name = version.partition(".")
    return name or day


def other_version(body: bytes) -> str:
    """The version that a well-signed event is written in if it is not ours; else empty, also where it names none."""
    try:
        event = json.loads(body)
    except ValueError:
        return ""
    version = event.get("api_version") if isinstance(event, dict) else None
    if not isinstance(version, str) or not version.isprintable() or is_ours(version):
        return ""
    return version[:MAX_VERSION]


def complaints(endpoints: Iterable[Thing], *, url: str) -> Iterator[str]:
    """What is wrong with the endpoints that send to this address, a line for each thing."""
    own = [one for one in endpoints if one.get("url", "").rstrip("/") == url.rstrip("/")]
    live = [one for one in own if one.get("status") == "enabled"]
    if not live:
        yield f"no endpoint that is switched on sends to {url}"
    for one in live:
        yield from _of_one(one)


def _of_one(endpoint: Thing) -> Iterator[str]:
    name, version = endpoint["id"], endpoint.get("api_version") or ""
    if not is_ours(version):
        has = f"the version {version}" if version else "the account's version, whichever that is"
        yield f"endpoint {name} has {has}; the shop is written for {API_VERSION}: make one of that version"
    told = set(endpoint.get("enabled_events") or [])
    if missing := ({*NEEDED} - told if "*" not in told else set()):
        yield f"endpoint {name} does not tell of {', '.join(sorted(missing))}"
