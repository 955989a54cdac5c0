"""Tells the log where a request came from."""

import ipaddress
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from staff.caller import address

# An IPv6 customer has a whole network of that size.
ONE_HOUSE = 64


class AddressMiddleware:
    """Keeps the address of the request while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = address.set(address_of(request))
        try:
            return self.get_response(request)
        finally:
            address.reset(token)


def address_of(request: HttpRequest) -> str | None:
    """The address that a request comes from: the server's peer, or behind a proxy the last entry of X-Forwarded-For.

    None when that is no address, as over a unix socket.
    """
    return address_in(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def address_in(peer: str, forwarded_for: str) -> str | None:
    """The same, from what the server saw and what the header says."""
    return _address(
        forwarded_for.rpartition(",")[2].strip() if settings.BEHIND_PROXY and forwarded_for else peer
    )


@lru_cache(1000)  # who asks once asks again soon
def _address(seen: str) -> str | None:
    try:
        return str(ipaddress.ip_address(seen))
    except ValueError:
        return None


def house_of(address: str | None) -> str:
    """Whom limits take for one: an address; of IPv6 the network that a customer has."""
    if address is None:
        return "unknown"
    is_4 = ipaddress.ip_address(address).version == 4
    return address if is_4 else str(ipaddress.ip_network((address, ONE_HOUSE), strict=False))
