"""Error pages for people, the same errors as JSON below /api/."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.problems import broken, unanswered


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "not_found", _("There is nothing at this address."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "permission_denied", _("You may not do this."))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "validation_error", _("Some of what was sent is not valid."))


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
        return JsonResponse({"code": code, "detail": detail}, status=status)
    return render(request, "error.html", {"status": status, "detail": detail}, status=status)
