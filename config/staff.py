"""Who may use the rights of staff: those with a second factor, where STAFF_MFA_REQUIRED asks for one."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.access import second_factor
from accounts.models import ApiKey
from refusals import Refusal

if TYPE_CHECKING:
    from rest_framework.views import APIView


class StaffMfaMiddleware:
    """Leads staff to set up two-factor authentication, or to give its code, before the desk, keys and webhooks open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        if not settings.STAFF_MFA_REQUIRED or not _is_for_staff(request):
            return None
        if not request.user.is_staff or second_factor.passed(request.session, request.user):
            return None
        if not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            messages.warning(request, _("The staff's desk needs two-factor authentication: set it up first."))
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        code = reverse("mfa_reauthenticate")
        return HttpResponseRedirect(add_query_params(code, {"next": request.get_full_path()}))


class SecondFactorRequired(Refusal):
    code = "staff_mfa_required"
    status = 403
    title = _("Second factor needed")
    message = _("Staff need two-factor authentication: set it up, and sign in with its code.")
    advice = _(
        "Staff sign in with two-factor authentication: set it up on the account page, then sign in anew."
    )


class StaffMfa(BasePermission):
    """The same over the API. What staff may do there reaches into every customer's orders, so it holds at every door."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        # A key or a session token says by itself whether the second factor was given.
        by = request.auth if isinstance(request.auth, ApiKey | SessionBase) else request.session
        if request.user.is_authenticated and second_factor.is_missing(request.user, by):
            raise SecondFactorRequired
        return True


def _is_for_staff(request: HttpRequest) -> bool:
    """The desk, and keys and webhooks, which reach as far as their owner's rights. Signing out stays possible."""
    return request.path.startswith(_places()) and request.path != reverse("admin:logout")


@cache
def _places() -> tuple[str, ...]:
    return tuple(reverse(name) for name in ("admin:index", "api-keys", "webhooks"))
