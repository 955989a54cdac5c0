"""How an error looks over the API: a problem document as RFC 9457 has it, with our `code`, `errors` by field and facts.

What each refusal of the shop is called belongs to its class (refusals/); what the framework and the servers in front of
it say is the one table here.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config import request_id
from orders.checkout.previews import ServiceUnavailable
from orders.errors import InvalidInput
from refusals import KINDS, Refusal, Words
from rest import outages

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """What all errors with one code have in common."""

    code: str
    status: int
    title: Words
    advice: Words
    example: Mapping[str, object] = {}
    headers: Mapping[str, str] = {}

    @classmethod
    def of(cls, refusal: type[Refusal]) -> "Kind":
        return cls(*(getattr(refusal, name) for name in cls._fields))


FRAMEWORK = [
    Kind(
        "not_authenticated",
        401,
        _("Not signed in"),
        _("Sign in under /api/auth/ and send the session token with each request, or send an API key."),
    ),
    Kind(
        "method_not_allowed",
        405,
        _("Method not allowed"),
        _("This address takes other methods; the `Allow` header names them."),
    ),
    Kind(
        "not_acceptable",
        406,
        _("Not acceptable"),
        _("Answers are JSON: `Accept` has to allow application/json."),
    ),
    Kind(
        "request_timeout",
        408,
        _("Too slow"),
        _("The body did not arrive in time. Nothing was changed; try again."),
    ),
    Kind(
        "request_too_large",
        413,
        _("Too large"),
        _("A request's body may have one megabyte."),
    ),
    Kind(
        "unsupported_media_type",
        415,
        _("Unsupported media type"),
        _("Bodies are JSON, with `Content-Type: application/json`."),
    ),
    Kind(
        "throttled",
        429,
        _("Too many requests"),
        _("Wait as long as `Retry-After` says, then go on more slowly."),
    ),
    Kind(
        "server_error",
        500,
        _("Something went wrong"),
        _("The fault is ours. Tell us the `request_id`, by which we find what happened."),
    ),
]
BY_CODE = {kind.code: kind for kind in FRAMEWORK}


def kinds() -> dict[str, Kind]:
    """Every `code` that an error may have."""
    return BY_CODE | {code: Kind.of(refusal) for code, refusal in KINDS.items()}


def kind_of(code: str) -> Kind:
    return BY_CODE.get(code) or Kind.of(KINDS[code])


def document(code: str, detail: str, **members: object) -> dict[str, object]:
    """The body of an error: RFC 9457's members, then ours. `type` is the address of a page about the code."""
    kind = kind_of(code)
    return {
        "type": reverse("api-problem", args=[code]),
        "title": str(kind.title),
        "status": kind.status,
        "detail": detail,
        "code": code,
        **members,
        "request_id": request_id.current(),
    }


def of_auth(code: str, detail: str) -> dict[str, object]:
    """The same below /api/auth/, which speaks allauth's format throughout."""
    return {"status": kind_of(code).status, "errors": [{"code": code, "message": detail}]}


def body_for(path: str, code: str, detail: str) -> tuple[dict[str, object], str]:
    """The body of an error at an address below /api/, and its media type."""
    if path.startswith("/api/auth/"):
        return of_auth(code, detail), "application/json"
    return document(code, detail), MEDIA_TYPE


def answer(request: HttpRequest, code: str, detail: str) -> JsonResponse:
    """An error below /api/ that no DRF view has made."""
    kind, (body, media_type) = kind_of(code), body_for(request.path, code, detail)
    return JsonResponse(body, status=kind.status, content_type=media_type, headers=dict(kind.headers))


def problem(error: Exception, context: Mapping[str, object]) -> Response:
    """DRF's exception handler: every error as a problem document."""
    set_rollback()
    if isinstance(error, InvalidInput):
        return _invalid(error.errors)
    if isinstance(error, Refusal) and type(error).code:
        return _respond(error.code, str(error), error.headers, **error.members)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(dict(flat(error.detail)))
    if isinstance(error, exceptions.ParseError):
        return _invalid({"": [str(error.detail)]})
    if isinstance(error, RequestDataTooBig):
        return _respond("request_too_large", too_large())
    if isinstance(error, SuspiciousOperation) or is_unstorable(error):
        return _invalid({"": [unreadable()]})
    if outages.unavailable(error):
        return problem(ServiceUnavailable(), context)
    return _of_framework(error)


def is_unstorable(error: Exception) -> bool:
    """Whether text was the reason that no database holds, which nobody types."""
    has_nul = isinstance(error, DataError | ValueError) and "NUL (0x00)" in str(error)
    return has_nul or isinstance(error, UnicodeEncodeError)


def _of_framework(error: Exception) -> Response:
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    code = "not_authenticated" if getattr(error, "status_code", 0) == 401 else _code_of(error)
    if not isinstance(error, exceptions.APIException) or code not in BY_CODE | KINDS:
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


def _respond(code: str, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> Response:
    body = document(code, detail, **members)
    return Response(body, kind_of(code).status, headers=headers, content_type=MEDIA_TYPE)


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
    return gettext("Some of what was sent is not valid.")


def unreadable() -> str:
    return gettext("This can't be read.")


def unanswered() -> str:
    return str(ServiceUnavailable.message)


def broken() -> str:
    says = gettext(
        "Something went wrong on our side. Please try again. If it happens again, write to us and name %(request)s."
    )
    return says % {"request": request_id.current()}


def too_large() -> str:
    return gettext("The request is too large.")


def nothing_here() -> str:
    return gettext("There is nothing at this address.")


@csrf_exempt
def not_found(request: HttpRequest) -> JsonResponse:
    """The answer for an address below /api/ that isn't one, to a POST without a CSRF token too."""
    return answer(request, "not_found", nothing_here())
