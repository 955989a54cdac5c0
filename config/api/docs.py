"""The API's own pages: its documents for programs, and the same for people. Nothing on them comes from elsewhere."""

import json
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

import yaml
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import asyncapi, problems


def only_read(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Other methods than GET and HEAD are answered with a problem document."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        detail = MethodNotAllowed(request.method or "").detail
        refused = problems.answer(request, "method_not_allowed", str(detail))
        refused["Allow"] = "GET, HEAD"
        return refused

    return answer


class Schema(SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML when that is asked for; in the reader's language, or the one that `lang` names."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        asked = request.GET.get("lang", "")
        document = schema_in(asked if asked in dict(settings.LANGUAGES) else translation.get_language())
        name = f'inline; filename="{self._get_filename(request, None)}"'  # type: ignore[no-untyped-call]  # spectacular's
        return Response(document, headers={"Content-Disposition": name})


_making = threading.Lock()
_made: dict[str, dict[str, Any]] = {}


def schema_in(language: str) -> dict[str, Any]:
    """The OpenAPI document in a language; made once, as it is the same until the shop starts anew.

    One at a time: the library loads its extensions without a lock, and two first requests at one moment would clash.
    """
    with _making:
        if language not in _made:
            with translation.override(language):
                _made[language] = SchemaGenerator().get_schema(public=True)
        return _made[language]


class ApiPage(SpectacularSwaggerSplitView):
    """Swagger UI out of a package, without inline script or style: the shop's own policy is enough for it."""

    url_name = "api-schema"
    template_name = "api/swagger.html"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002 as its base has it
        """HTML, whatever is asked for, as of the other pages: a page can't be refused as one problem document."""
        return super().perform_content_negotiation(request, force=True)


@only_read
def events(request: HttpRequest) -> HttpResponse:
    """The AsyncAPI document for people."""
    document = asyncapi.document()
    told = [
        {**message, "fields": document["components"]["schemas"][name], "example": pretty(message)}
        for name, message in document["components"]["messages"].items()
    ]
    channels = [
        {**channel, "closes": channel["x-close-codes"].items(), "tells": channel["messages"]}
        for channel in document["channels"].values()
    ]
    about = {"info": document["info"], "channels": channels, "told": told}
    return render(request, "api/events.html", about)


def pretty(message: dict[str, Any]) -> str:
    return json.dumps(message["examples"][0]["payload"], indent=2, ensure_ascii=False)


@only_read
def events_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse(asyncapi.document(), json_dumps_params={"ensure_ascii": False, "indent": 2})


@only_read
def events_yaml(request: HttpRequest) -> HttpResponse:
    text = yaml.safe_dump(asyncapi.document(), sort_keys=False, allow_unicode=True, width=110)
    return HttpResponse(text, content_type="application/yaml")


@only_read
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """What one error code means: where the `type` of a problem document leads."""
    kind = problems.kinds().get(code)
    if kind is None:
        raise Http404
    return render(request, "api/problem.html", {"kind": kind})


@only_read
def problems_page(request: HttpRequest) -> HttpResponse:
    kinds = sorted(problems.kinds().values(), key=lambda kind: (kind.status, kind.code))
    return render(request, "api/problems.html", {"kinds": kinds})


urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", only_read(Schema.as_view()), name="api-schema"),
    path("docs/", only_read(ApiPage.as_view()), name="api-docs"),
    path("docs/events/", events, name="api-events"),
    path("docs/events/asyncapi.json", events_json, name="api-events-json"),
    path("docs/events/asyncapi.yaml", events_yaml, name="api-events-yaml"),
    path("problems/", problems_page, name="api-problems"),
    path("problems/<str:code>/", problem_page, name="api-problem"),
]
