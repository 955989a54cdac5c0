"""Error pages for people; below /api/ the same errors are problem documents."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.api import problems
from config.api.problems import broken, invalid, nothing_here, unanswered
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


def server_error(request: HttpRequest) -> HttpResponse:
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
