"""What a reader sees when a server behind the shop does not answer."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
UNAVAILABLE = (RedisError, OperationalError, InterfaceError)


class UnavailableMiddleware:
    """Turns an unanswering database or cache into a 503 with Retry-After, as page or as JSON."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        failure = getattr(request, "unavailable", None)
        return self.answer(request) if failure else response

    def process_exception(self, request, exception):
        if isinstance(exception, UNAVAILABLE):
            log.error("unavailable: %s", exception)
            request.unavailable = exception
            return self.answer(request)
        return None

    def answer(self, request):
        if request.path.startswith("/api/"):
            detail = _("The shop cannot answer just now. Nothing was changed; please try again in a moment.")
            response = JsonResponse({"code": "service_unavailable", "detail": detail}, status=503)
        else:
            response = render(request, "503.html", status=503)
        response["Retry-After"] = "5"
        return response
