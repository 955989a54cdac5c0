"""Nothing that was typed at checkout is lost: not with the session, nor while the database or the cache is away."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.checkout.previews import ServiceUnavailable
from rest import outages
from shop.checkout.draft import Draft


def keeps_typed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of checkout that loses nothing that was typed.

    A visitor who is not signed in (any more) signs in first; what they typed waits in the session. While the database or the
    cache does not answer it waits in the page itself, whose one button sends it once more: no session is stored with a
    503.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            return _sign_in_first(request)
        except Exception as error:
            if not isinstance(error, ServiceUnavailable) and not outages.unavailable(error):
                raise
            return _unanswered(request)

    return guarded


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """Nobody needs an account: a code from an email will do (shop/views/code.py)."""
    if request.method == "POST":
        Draft(request.session, request.POST).keep()
        messages.info(request, _("Please sign in once more. What you typed is kept."))
    return redirect_to_login(request.get_full_path(), reverse("account_request_login_code"))


def _unanswered(request: HttpRequest) -> HttpResponse:
    status, headers = ServiceUnavailable.status, ServiceUnavailable.headers
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {"status": status, "sent": [pair for pair in sent if pair[0] != "csrfmiddlewaretoken"]}
    response = render(request, "shop/checkout_unanswered.html", context, status=status)
    response["Retry-After"] = headers["Retry-After"]
    return response
