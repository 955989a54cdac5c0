"""Who may use the rights of staff: those with a second factor, where STAFF_MFA_REQUIRED asks for one."""

from allauth.account.authentication import get_authentication_records
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class StaffMfaMiddleware:
    """Leads staff to set two-factor authentication up, or to give its code, before any page of the desk opens."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not settings.STAFF_MFA_REQUIRED or not _is_desk(request):
            return None
        if not request.user.is_staff or passed_second_factor(request.session, request.user):
            return None
        if not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            messages.warning(request, _("The staff's desk needs two-factor authentication: set it up first."))
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        code = reverse("mfa_reauthenticate")
        return HttpResponseRedirect(add_query_params(code, {"next": request.get_full_path()}))


class SecondFactorRequired(PermissionDenied):
    default_code = "staff_mfa_required"
    default_detail = _("Staff need two-factor authentication: set it up, and sign in with its code.")


class StaffMfa(BasePermission):
    """The same over the API. What staff may do there reaches into every customer's orders, so it holds at every door."""

    def has_permission(self, request: Request, view) -> bool:
        user = request.user
        if not settings.STAFF_MFA_REQUIRED or not getattr(user, "is_staff", False):
            return True
        # A session token brings a session of its own along.
        session = request.auth if isinstance(request.auth, SessionBase) else request.session
        if not passed_second_factor(session, user):
            raise SecondFactorRequired
        return True


def passed_second_factor(session: SessionBase, user) -> bool:
    """Whether this session was opened, or confirmed since, with an authenticator app or a recovery code."""
    holder = HttpRequest()
    holder.session = session
    records = get_authentication_records(holder, user)
    return any(record.get("method") == "mfa" for record in records) and is_mfa_enabled(user)


def _is_desk(request: HttpRequest) -> bool:
    """Signing out stays possible."""
    desk = reverse("admin:index")
    return request.path.startswith(desk) and request.path != reverse("admin:logout")
