"""Who may open the staff's desk: staff with a second factor, where STAFF_MFA_REQUIRED asks for one."""

from allauth.account.authentication import get_authentication_records
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _


class StaffMfaMiddleware:
    """Leads staff to set two-factor authentication up, or to give its code, before any page of the desk opens."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not settings.STAFF_MFA_REQUIRED or not _is_desk(request):
            return None
        if not request.user.is_staff or passed_second_factor(request):
            return None
        if not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            messages.warning(request, _("The staff's desk needs two-factor authentication: set it up first."))
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        code = reverse("mfa_reauthenticate")
        return HttpResponseRedirect(add_query_params(code, {"next": request.get_full_path()}))


def passed_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed since, with an authenticator app or a recovery code."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records) and is_mfa_enabled(request.user)


def _is_desk(request: HttpRequest) -> bool:
    """Signing out stays possible."""
    desk = reverse("admin:index")
    return request.path.startswith(desk) and request.path != reverse("admin:logout")
