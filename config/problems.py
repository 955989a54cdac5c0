"""How an error looks over the API: {"code", "detail"}, with `errors` by field and other facts where there are."""

import logging
from collections.abc import Iterator, Mapping

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from orders.errors import InvalidInput, OrderError

log = logging.getLogger(__name__)

STATUS = {
    "validation_error": 400,
    "insufficient_stock": 400,
    "permission_denied": 403,
    "not_found": 404,
    "preview_expired": 404,
    "shipping_method_not_found": 404,
    "user_not_found": 404,
    "product_not_found": 404,
    "order_already_placed": 409,
    "too_many_unpaid_orders": 409,
    "step_not_allowed": 409,
    "payment_under_way": 409,
    "refund_not_refused": 409,
    "nothing_to_pack": 409,
    "too_many_webhooks": 409,
    "service_unavailable": 503,
}


def problem(error: Exception, context: Mapping[str, object]) -> Response:
    """DRF's exception handler: every error as {"code", "detail"}, with `errors` by field and members."""
    set_rollback()
    if isinstance(error, InvalidInput):
        return _invalid(error.errors)
    if isinstance(error, OrderError):
        body = {"code": error.code, "detail": str(error.message), **error.members}
        return Response(
            body,
            STATUS[error.code],
            headers={"Retry-After": "5"} if STATUS[error.code] == 503 else None,
        )
    if isinstance(error, exceptions.ValidationError):
        return _invalid(dict(flat(error.detail)))
    if isinstance(error, exceptions.ParseError):
        return _invalid({"": [str(error.detail)]})
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, RequestDataTooBig):
        return Response({"code": "request_too_large", "detail": _("The request is too large.")}, 413)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, RedisError | OperationalError | InterfaceError):
        log.error("unavailable: %s", error)
        return Response(
            {"code": "service_unavailable", "detail": unanswered()},
            503,
            headers={"Retry-After": "5"},
        )
    log.exception("unexpected error in the API", exc_info=error)
    return Response({"code": "server_error", "detail": broken()}, 500)


def _of_framework(error: exceptions.APIException) -> Response:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    code = "not_authenticated" if error.status_code == 401 else error.default_code
    return Response({"code": code, "detail": str(error.detail)}, error.status_code, headers=headers)


def _invalid(errors: dict[str, list[str]]) -> Response:
    body = {
        "code": "validation_error",
        "detail": _("Some of what was sent is not valid."),
        "errors": errors,
    }
    return Response(body, 400)


def flat(detail: object, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """DRF's nested error detail as (dotted path, messages): {"items": [{"sku": [..]}]} gives items.0.sku."""
    if isinstance(detail, list) and detail and all(isinstance(entry, str) for entry in detail):
        yield path, [str(entry) for entry in detail]
        return
    pairs = (
        detail.items() if isinstance(detail, dict) else enumerate(detail if isinstance(detail, list) else [])
    )
    for key, value in pairs:
        inner = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
        yield from flat(value, inner)


def unanswered() -> str:
    return _("The shop cannot answer just now. Nothing was changed; please try again in a moment.")


def broken() -> str:
    return _("Something went wrong on our side. We have been told; please try again later.")


@csrf_exempt
def not_found(request: HttpRequest) -> JsonResponse:
    """The answer for an address below /api/ that isn't one, to a POST without a CSRF token too."""
    return JsonResponse(
        {"code": "not_found", "detail": _("There is nothing at this address.")},
        status=404,
    )
