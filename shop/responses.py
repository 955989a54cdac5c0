"""Answers that the pages share."""

from django.db.models import Model
from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url


class HttpResponseSeeOther(HttpResponseRedirect):
    """After a POST: fetch that page with a GET, so that a reload repeats nothing."""

    status_code = 303


def see_other(to: str | Model, *args: object) -> HttpResponseSeeOther:
    """A 303 to a named page, an address, or whatever has an address of its own."""
    return HttpResponseSeeOther(resolve_url(to, *args))
