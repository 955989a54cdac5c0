"""OpenAPI from the views: each endpoint's own table (rest/answers.py), and what holds for every endpoint of its kind."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.permissions import AllowAny

from config.api.examples.operations import ANSWERS, BODIES
from config.api.problems import MEDIA_TYPE, kind_of
from rest.answers import Answer, takes_key
from rest.confirmed import ReauthenticationRequired
from rest.idempotency import HEADER, PATTERN, REPLAYED
from rest.preconditions import PreconditionFailed
from rest.views import ApiView

CHANGES = ("POST", "PUT", "PATCH", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")
WORDS = r"^[^\u0000]*$"
SOME_WORDS = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
NOT_ALLOWED = ("permission_denied", "insufficient_scope")
EVERYWHERE = ("not_acceptable", "server_error", "service_unavailable")
PROBLEM = {
    "type": "object",
    "description": "An error as RFC 9457 has it. `code` is stable and for programs, `detail` for people.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "A page about the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in the caller's language."},
        "code": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "With `validation_error`: messages by the path of the field, such as `items.0.sku`.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {"type": "string", "description": "The same as in `X-Request-ID`."},
        "product": {"type": "string", "description": "The SKU that is in the way."},
        "wanted": {"type": "integer"},
        "left": {"type": "integer"},
        "order_status": {"type": "string", "description": "With `step_not_allowed`: where the order is."},
    },
}


class ApiSchema(AutoSchema):
    """Describes a view that has a table of its answers."""

    _responses: dict[Any, Any] | None = None

    def get_operation(self, *given: Any) -> Any:
        """For each part of an operation its answers are asked for anew; they are put together once."""
        self._responses = None
        return super().get_operation(*given)

    @property
    def answer(self) -> Answer:
        answers = getattr(self.view, "answers", {})
        if self.method.lower() not in answers:
            raise LookupError(f"{type(self.view).__name__} does not say what {self.method} answers")
        answer: Answer = answers[self.method.lower()]
        return answer

    @property
    def takes_key(self) -> bool:
        return takes_key(self.method.lower(), self.answer)

    def get_operation_id(self) -> str:
        return self.answer.name

    def get_summary(self) -> str:
        return self.answer.summary

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's own has this form
        doc = getattr(self.view, self.method.lower()).__doc__ or ""
        return " ".join(doc.split()) if type(self.view).__module__.startswith(OURS) else ""

    def get_request_serializer(self) -> Any:
        if self.method not in WITH_BODY or self.answer.takes:
            return self.answer.takes
        return super().get_request_serializer() if hasattr(self.view, "get_serializer") else None

    def get_examples(self) -> list[OpenApiExample]:
        """One purchase as the docs show it (config/api/examples/operations.py)."""
        name, shown = self.answer.name, []
        if name in BODIES:
            shown.append(OpenApiExample("example", BODIES[name], request_only=True))
        if name in ANSWERS:
            success = [str(status) for status in self.given()]
            shown.append(OpenApiExample("example", ANSWERS[name], response_only=True, status_codes=success))
        return shown

    def get_filter_backends(self) -> list[Any]:
        return []

    def get_override_parameters(self) -> list[Any]:
        filters = getattr(self.view, "filter_class", None)
        return [
            *([filters] if filters and self.method == "GET" else []),
            OpenApiParameter(
                "Accept-Language", OpenApiTypes.STR, OpenApiParameter.HEADER,
                description="Language of `detail` and of every label: `en` or `vi`.",
            ),
            *([ask_again()] if self.method == "GET" else []),
            *([send_again()] if self.takes_key else []),
            *([only_if()] if PreconditionFailed in self.answer.refusals else []),
            *self.answer_headers(),
        ]  # fmt: skip

    def answer_headers(self) -> Iterator[OpenApiParameter]:
        yield told("X-Request-ID", "The request's name, which the server's log has too.")
        yield told("Retry-After", "Seconds.", statuses=[429, 503])
        yield told("RateLimit-Policy", "Requests that may come in a minute: `q` in `w` seconds.")
        yield told("RateLimit", "What is left of them: `r` more within `t` seconds.")
        if self.method == "GET":
            yield told(
                "ETag",
                "To be sent as `If-None-Match`, and, if it is strong, as `If-Match`.",
                statuses=[200, 304],
            )
        if self.takes_key:
            yield told(
                REPLAYED, "`true` when the answer is that of an earlier request.", statuses=list(self.given())
            )
        if 201 in self.given():
            yield told("Location", "Where it can be read.", statuses=[201])

    def get_response_serializers(self) -> Any:
        if self._responses is None:
            self._responses = self._put_together()
        return self._responses

    def _put_together(self) -> dict[Any, Any]:
        bodies: dict[Any, Any] = dict(self.given())
        if self.method == "GET":
            bodies[304] = OpenApiResponse(description="Not changed since `If-None-Match`.")
        by_status = defaultdict(list)
        for code in self.refusals():
            by_status[kind_of(code).status].append(code)
        for status, codes in sorted(by_status.items()):
            bodies[status, MEDIA_TYPE] = problem_response(status, codes)
        return bodies

    def given(self) -> dict[int, Any]:
        """The bodies of success."""
        if self.answer.gives:
            return {
                status: body or OpenApiResponse(description="Nothing to say.")
                for status, body in self.answer.gives.items()
            }
        status = {"POST": 201, "DELETE": 204}.get(self.method, 200)
        return {
            status: super().get_response_serializers()
            if status != 204
            else OpenApiResponse(description="Gone.")
        }

    def refusals(self) -> list[str]:
        """Every code that the endpoint may answer with: its own, and those of its kind."""
        view, codes = self.view, [refusal.code for refusal in self.answer.refusals]
        codes += [*EVERYWHERE, "validation_error", "not_authenticated"]
        is_open = AllowAny in view.permission_classes
        if not is_open:
            codes.append("staff_mfa_required")
        if (self.method in CHANGES or self.answer.scope) and not is_open:
            codes += NOT_ALLOWED
        if self.answer.delicate:
            codes.append(ReauthenticationRequired.code)
        if self.method in CHANGES:
            codes += ["request_timeout", "request_too_large", "unsupported_media_type"]
        if self.takes_key:
            codes += ["request_in_progress", "idempotency_key_reused"]
        if "{" in self.path or hasattr(view, "ordering"):
            codes.append("not_found")
        if view.get_throttles():
            codes.append("throttled")
        return list(dict.fromkeys(codes))


OURS = ("accounts.", "catalog.", "orders.")


def ask_again() -> OpenApiParameter:
    about = "The ETag of what you have: 304 when it is still that."
    return OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description=about)


def only_if() -> OpenApiParameter:
    about = (
        "The ETag of what you have: 412 when it is something else by now. `*` is true of whatever is there."
    )
    return OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description=about)


def send_again() -> OpenApiParameter:
    about = (
        "Of your own making, such as a UUID, another for each new request. Sent again with the same key and body within "
        "24 hours, the request is not done again: the answer is the first one, with `Idempotency-Replayed: true`."
    )
    form = {"type": "string", "minLength": 1, "maxLength": 257, "pattern": PATTERN}
    return OpenApiParameter(HEADER, form, OpenApiParameter.HEADER, description=about)


def told(name: str, about: str, *, statuses: list[int] | bool = True) -> OpenApiParameter:
    """A response header."""
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=about, response=statuses
    )


def problem_response(status: int, codes: list[str]) -> OpenApiResponse:
    narrowed = {"type": "object", "properties": {"code": {"type": "string", "enum": codes}}}
    return OpenApiResponse(
        response={"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]},
        description=" ".join(f"`{code}`: {kind_of(code).advice}" for code in codes),
        examples=[
            OpenApiExample(code, example(code), status_codes=[str(status)], media_type=MEDIA_TYPE)
            for code in codes
        ],
    )


def example(code: str) -> dict[str, object]:
    """A problem document with that code as the docs show it."""
    kind = kind_of(code)
    return {
        "type": reverse("api-problem", args=[code]),
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(kind.title),
        "code": code,
        **kind.example,
        "request_id": "5f0f4c7be1a94a7f8d0cd9b0f5c1c1de",
    }


def finish(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:  # noqa: FBT001 spectacular's hook
    """Add what no view declares: the component of problems, and the link to allauth's own specification."""
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            tell_words(schema)
            # rest/changes.py
            schema["additionalProperties"] = False
    result["components"]["schemas"]["Problem"] = PROBLEM
    shared = result["components"].setdefault("responses", {})
    for operations in result["paths"].values():
        for operation in operations.values():
            share_problems(operation["responses"], shared)
    result["externalDocs"] = {
        "url": reverse("headless:openapi_json"),
        "description": "Signing up and in: /api/auth/ is django-allauth's, with its own format and specification.",
    }
    return result


def share_problems(responses: dict[str, Any], shared: dict[str, Any]) -> None:
    """Move an answer with a single code, which is alike at every endpoint, into a shared component."""
    for status, response in responses.items():
        examples = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
        if len(examples) == 1:
            name = next(iter(examples))
            assert shared.setdefault(name, response) == response, name
            responses[status] = {"$ref": f"#/components/responses/{name}"}


def tell_words(schema: dict[str, Any]) -> None:
    """Strings in requests hold no NUL, and more than blanks unless they may be left out."""
    for found in schema["properties"].values():
        if found.get("type") == "string" and not {"format", "enum", "pattern"} & found.keys():
            found["pattern"] = SOME_WORDS if found.get("minLength") else WORDS


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "config.api.authentication.SessionToken"
    name = "SessionToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        about = "`meta.session_token` of POST /api/auth/app/v1/auth/login."
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token", "description": about}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "config.api.authentication.Key"
    name = "ApiKey"

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        view = auto_schema.view
        assert isinstance(view, ApiView)
        return {self.name: [view.scope_for(auto_schema.method).value]}

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        about = (
            "A personal key, made on the page `/accounts/keys/`. Scopes: `read` looks, `order` also does what a customer "
            "does, `manage` also what the member of staff may do whose key it is."
        )
        return {"type": "http", "scheme": "bearer", "bearerFormat": "ord_…", "description": about}


class CookieScheme(OpenApiAuthenticationExtension):
    target_class = "config.api.authentication.SessionCookie"
    name = "SessionCookie"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        about = "The session of the pages. Changes need `X-CSRFToken` too."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": about}
