"""Error pages for people; below /api/ the same errors are problem documents."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from config.api import problems
from config.api.problems import broken, invalid, nothing_here, unanswered
from rest import outages
from staff.rights import PermissionDenied


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, "not_found", nothing_here())


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, "permission_denied", str(PermissionDenied.message))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, "validation_error", invalid())


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    detail = _("That was tried too often. Please wait a little, then try again.")
    return _answer(request, "throttled", detail)


def too_large(request: HttpRequest) -> HttpResponse:
    return _answer(request, "request_too_large", problems.too_large())


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    return _answer(
        request, "method_not_allowed", _("This address only takes forms. Go back to where you came from.")
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of a page that was open for too long: the way leads to that page, as the form's address may take no GET."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    return render(request, "403_csrf.html", {"back": came_from if is_ours else reverse("home")}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Also where middleware failed, which no other middleware hears of: Django asks while it handles the error."""
    error = sys.exception()
    if error is not None and outages.unavailable(error):
        return unavailable(request)
    return _answer(request, "server_error", broken())


def unavailable(request: HttpRequest) -> HttpResponse:
    return _answer(request, "service_unavailable", unanswered())


def _answer(request: HttpRequest, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.answer(request, code, detail)
    kind = problems.kind_of(code)
    response = render(request, "error.html", {"status": kind.status, "detail": detail}, status=kind.status)
    for name, value in kind.headers.items():
        response[name] = value
    return response
