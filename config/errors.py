"""Error pages for people; below /api/ the same errors are problem documents."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.api import problems
from config.api.problems import broken, invalid, nothing_here, unanswered


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found", nothing_here())


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "permission_denied", _("You may not do this."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "validation_error", invalid())


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    detail = _("That was tried too often. Please wait a little, then try again.")
    return _answer(request, 429, "throttled", detail)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "server_error", broken())


def unavailable(request: HttpRequest) -> HttpResponse:
    response = _answer(request, 503, "service_unavailable", unanswered())
    response["Retry-After"] = "5"
    return response


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.answer(request, code, detail)
    return render(request, "error.html", {"status": status, "detail": detail}, status=status)
