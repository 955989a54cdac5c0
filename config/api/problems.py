"""How an error looks over the API: a problem document as RFC 9457 has it, with our `code`, `errors` by field and facts."""

import logging
from collections.abc import Iterator, Mapping

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config import request_id
from config.api.problem_types import MEANINGS
from orders.errors import InvalidInput, OrderError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
# Seconds after which a client may try again what is unavailable now.
RETRY_AFTER = "5"

STATUS = {
    "validation_error": 400,
    "insufficient_stock": 400,
    "permission_denied": 403,
    "staff_mfa_required": 403,
    "email_not_verified": 403,
    "not_found": 404,
    "preview_expired": 404,
    "shipping_method_not_found": 404,
    "user_not_found": 404,
    "product_not_found": 404,
    "order_already_placed": 409,
    "too_many_unpaid_orders": 409,
    "orders_still_open": 409,
    "address_is_default": 409,
    "staff_cannot_leave": 409,
    "mail_on_its_way": 409,
    "step_not_allowed": 409,
    "payment_under_way": 409,
    "refund_not_refused": 409,
    "nothing_to_pack": 409,
    "too_many_webhooks": 409,
    "request_in_progress": 409,
    "idempotency_key_reused": 422,
    "insufficient_scope": 403,
    "service_unavailable": 503,
    # What the framework and the servers in front of it say.
    "not_authenticated": 401,
    "method_not_allowed": 405,
    "not_acceptable": 406,
    "request_timeout": 408,
    "request_too_large": 413,
    "unsupported_media_type": 415,
    "throttled": 429,
    "server_error": 500,
}


def document(code: str, detail: str, **members: object) -> dict[str, object]:
    """The body of an error: RFC 9457's members, then ours. `type` is the address of a page about the code."""
    return {
        "type": reverse("api-problem", args=[code]),
        "title": str(MEANINGS[code].title),
        "status": STATUS[code],
        "detail": detail,
        "code": code,
        **members,
        "request_id": request_id.current(),
    }


def of_auth(code: str, detail: str) -> dict[str, object]:
    """The same below /api/auth/, which speaks allauth's format throughout."""
    return {"status": STATUS[code], "errors": [{"code": code, "message": detail}]}


def body_for(path: str, code: str, detail: str) -> tuple[dict[str, object], str]:
    """The body of an error at an address below /api/, and its media type."""
    if path.startswith("/api/auth/"):
        return of_auth(code, detail), "application/json"
    return document(code, detail), MEDIA_TYPE


def answer(request: HttpRequest, code: str, detail: str) -> JsonResponse:
    """An error below /api/ that no DRF view has made."""
    body, media_type = body_for(request.path, code, detail)
    headers = {"Retry-After": RETRY_AFTER} if STATUS[code] == 503 else None
    return JsonResponse(body, status=STATUS[code], content_type=media_type, headers=headers)


def problem(error: Exception, context: Mapping[str, object]) -> Response:
    """DRF's exception handler: every error as a problem document."""
    set_rollback()
    if isinstance(error, InvalidInput):
        return _invalid(error.errors)
    if isinstance(error, OrderError):
        return _respond(error.code, str(error.message), **error.members)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(dict(flat(error.detail)))
    if isinstance(error, exceptions.ParseError):
        return _invalid({"": [str(error.detail)]})
    if isinstance(error, RequestDataTooBig):
        return _respond("request_too_large", too_large())
    if isinstance(error, SuspiciousOperation):
        return _invalid({"": [_("This can't be read.")]})
    if isinstance(error, RedisError | OperationalError | InterfaceError):
        log.error("unavailable: %s", error)
        return _respond("service_unavailable", unanswered())
    return _of_framework(error)


def _of_framework(error: Exception) -> Response:
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    code = "not_authenticated" if getattr(error, "status_code", 0) == 401 else _code_of(error)
    if not isinstance(error, exceptions.APIException) or code not in STATUS:
        log.exception("unexpected error in the API", exc_info=error)  # noqa: LOG004 DRF asks while it handles the error
        return _respond("server_error", broken())
    response = _respond(code, str(error.detail))
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _code_of(error: Exception) -> str:
    return getattr(error, "default_code", "")


def _respond(code: str, detail: str, **members: object) -> Response:
    headers = {"Retry-After": RETRY_AFTER} if STATUS[code] == 503 else None
    body = document(code, detail, **members)
    return Response(body, STATUS[code], headers=headers, content_type=MEDIA_TYPE)


def _invalid(errors: dict[str, list[str]]) -> Response:
    return _respond("validation_error", invalid(), errors=errors)


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


def invalid() -> str:
    return _("Some of what was sent is not valid.")


def unanswered() -> str:
    return _("The shop cannot answer just now. Nothing was changed; please try again in a moment.")


def broken() -> str:
    return _("Something went wrong on our side. We have been told; please try again later.")


def too_large() -> str:
    return _("The request is too large.")


def nothing_here() -> str:
    return _("There is nothing at this address.")


@csrf_exempt
def not_found(request: HttpRequest) -> JsonResponse:
    """The answer for an address below /api/ that isn't one, to a POST without a CSRF token too."""
    return answer(request, "not_found", nothing_here())
