"""The view that every endpoint is built on: a query is read strictly, and what was read may be kept and asked for again."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import HttpResponseBase, HttpResponseNotModified, QueryDict
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Field, ListField, MultipleChoiceField, Serializer
from rest_framework.views import APIView

from refusals import Refusal
from rest.answers import Answer
from rest.changes import MAX_LETTERS, MAX_NAMED
from rest.confirmed import require_confirmed
from rest.preconditions import PreconditionFailed, strong_tag
from rest.scopes import Scope
from rest.throttles import Limits

# The answer depends on who asks and in which language; a cache in between has to know.
VARY = ("Accept", "Accept-Language", "Cookie", "X-Session-Token", "Authorization")

# What a 304 repeats of the 200 that it stands for.
STORED_HEADERS = ("ETag", "Cache-Control", "Vary", "Content-Language")


class InsufficientScope(Refusal):
    """The API key is good for less than that."""

    code = "insufficient_scope"
    status = 403
    title = gettext_lazy("Scope too small")
    advice = gettext_lazy(
        "The API key is good for less than that. Make one with the scope that `detail` names."
    )

    def __init__(self, needed: Scope):
        super().__init__(_("This needs an API key with the scope %(scope)s.") % {"scope": needed.value})
        # As RFC 6750 says it to programs.
        challenge = f'Bearer realm="api", error="insufficient_scope", scope="{needed.value}"'
        self.headers = {"WWW-Authenticate": challenge}


class ApiView(APIView):
    """A list refuses query parameters that it does not know: a filter with a typing error must not list everything.

    Every GET has an ETag and answers `If-None-Match` with 304. The tag is a hash of the body: the queries are the same
    either way, and a tag made from a few columns would be wrong as soon as a courier or a picture changes.
    """

    throttle_classes = [Limits]
    filter_class: type[Serializer[Any]] | None = None

    # Put there by @answers.
    answers: Mapping[str, Answer] = {}

    def scope_for(self, method: str) -> Scope:
        """The scope that an API key needs: what the table of answers says, else by the kind of method."""
        answer = self.answers.get(method.lower())
        if answer and answer.scope:
            return answer.scope
        return Scope.READ if method in SAFE_METHODS else Scope.ORDER

    def check_permissions(self, request: Request) -> None:
        """Also that an API key, where one is used, has the scope, and a session the password where that is asked for."""
        super().check_permissions(request)
        held, needed = getattr(request.auth, "scope", None), self.scope_for(request.method or "")
        if held is not None and not Scope(held).includes(needed):
            raise InsufficientScope(needed)
        answer = self.answers.get((request.method or "").lower())
        if answer and answer.delicate:
            require_confirmed(request)

    def perform_authentication(self, request: Request) -> None:
        """Counted here, so refused requests count too: guessing keys has its limit."""
        try:
            super().perform_authentication(request)
        finally:
            self.count(request)

    def check_throttles(self, request: Request) -> None:
        """Done already."""

    def count(self, request: Request) -> None:
        self.limits = self.get_throttles()
        super().check_throttles(request)

    def get_throttles(self) -> list[Limits]:  # type: ignore[override]  # a list of ours alone
        """The same ones for the count and for the headers of the answer."""
        return getattr(self, "limits", None) or [limit() for limit in self.throttle_classes]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        self.check_query(request)

    def check_query(self, request: Request) -> None:
        """A change takes nothing from its query: passed over, what it asks for would be taken as done."""
        errors = {name: [_("There is no such parameter.")] for name in request.query_params}
        is_change = request.method not in SAFE_METHODS and hasattr(self, str(request.method).lower())
        if is_change and errors:
            raise ValidationError({name[:MAX_LETTERS]: errors[name] for name in [*errors][:MAX_NAMED]})
        if not self.is_list or request.method not in ("GET", "HEAD"):
            return
        for name in self.query_names():
            errors.pop(name, None)
            if self.is_repeatable(name):
                continue
            if len(request.query_params.getlist(name)) > 1:
                errors[name] = [_("This parameter may be given once.")]
            elif name in self.filter_fields and request.query_params.get(name) == "":
                errors[name] = [_("This parameter has no value.")]
        if errors:
            raise ValidationError(errors)

    def query_names(self) -> set[str]:
        """The parameters that a list takes."""
        pages = self.paginator  # type: ignore[attr-defined]  # lists are generic views
        return {pages.cursor_query_param, pages.page_size_query_param} | self.filter_fields.keys()

    @property
    def is_list(self) -> bool:
        return hasattr(self, "ordering")

    @cached_property
    def filter_fields(self) -> Mapping[str, Field[Any, Any, Any, Any]]:
        """Made once for each request: a filter copies all of them whenever it is made."""
        return self.filter_class().fields if self.filter_class else {}

    def is_repeatable(self, name: str) -> bool:
        return isinstance(self.filter_fields.get(name), (MultipleChoiceField, ListField))

    @cached_property
    def filters(self) -> dict[str, Any]:
        """The filters that were given; an empty choice among several narrows nothing."""
        if self.filter_class is None:
            return {}
        given = QueryDict(mutable=True)
        for name, values in self.request.query_params.lists():
            if some := [value for value in values if value]:
                given.setlist(name, some)
        read = self.filter_class(data=given)
        read.is_valid(raise_exception=True)
        return {name: value for name, value in read.validated_data.items() if value}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, VARY)
        for limit in self.get_throttles():
            limit.tell(response)
        is_open = any(permission is AllowAny for permission in self.permission_classes)
        if response.status_code >= 400 or request.method not in ("GET", "HEAD"):
            patch_cache_control(response, no_store=True)
        else:
            patch_cache_control(response, no_cache=True, **({} if is_open else {"private": True}))
        # An answer that is given again, to an Idempotency-Key, has no data: its tag may be another by now.
        if self.is_conditional and response.status_code == 200 and isinstance(response, Response):
            response["ETag"] = strong_tag(response.data)
        if request.method in ("GET", "HEAD") and response.status_code == 200:
            response.add_post_render_callback(self.tagged)
        return response

    @property
    def is_conditional(self) -> bool:
        """Whether what is here can be changed with If-Match, for which its tag is a strong one."""
        return any(PreconditionFailed in answer.refusals for answer in self.answers.values())

    def tagged(self, response: Response) -> HttpResponseBase:
        """The response with its ETag, or a 304 when the client has it already. Weak, since gzip changes the bytes."""
        if not response.has_header("ETag"):
            response["ETag"] = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        tag = response["ETag"].removeprefix("W/")
        known = parse_etags(self.request.headers.get("If-None-Match", ""))
        if not {tag, f"W/{tag}"} & set(known) and known != ["*"]:
            return response
        kept = {name: response[name] for name in STORED_HEADERS if response.has_header(name)}
        return HttpResponseNotModified(headers=kept)
