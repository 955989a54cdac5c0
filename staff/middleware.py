"""Tells the log where a request came from."""

import ipaddress
from collections.abc import Callable

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
    """The address that the server saw; None when it is none, as over a unix socket."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
