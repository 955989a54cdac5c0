"""Tells the log where a request came from."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from staff.log import address


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
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        seen = request.headers.get("X-Forwarded-For", seen).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(seen))
    except ValueError:
        return None
