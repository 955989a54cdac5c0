"""Answers that the pages share."""

from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


class HttpResponseSeeOther(HttpResponseRedirect):
    """After a POST: fetch that page with a GET, so that a reload repeats nothing."""

    status_code = 303


def see_other(to: str | Model, *args: object) -> HttpResponseSeeOther:
    """A 303 to a named page, an address, or an object with an address of its own."""
    return HttpResponseSeeOther(resolve_url(to, *args))


def asked_from(request: HttpRequest, *, otherwise: str) -> str:
    """The address of the page that asked, if it is one of ours; else of the page with the name `otherwise`."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()})
    return asked if is_ours and asked.startswith("/") else resolve_url(otherwise)
