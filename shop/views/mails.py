"""The demo's mailbox on the site, so that a visitor of the demo can click the links in mails."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from shop.mails import find, newest


def mails(request: HttpRequest) -> HttpResponse:
    """Mails that the demo shop sent, the newest first."""
    _demo_only()
    return render(request, "shop/mails.html", {"mails": newest()})


def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail."""
    _demo_only()
    found = find(name)
    if found is None:
        raise Http404
    return render(request, "shop/mail.html", {"mail": found})


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404
