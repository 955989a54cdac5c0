"""The API's own pages: its documents for programs, and the same for people. Nothing on them comes from elsewhere."""

import json
from collections.abc import Callable
from functools import wraps

import yaml
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import MethodNotAllowed

from config import asyncapi, problems
from config.problem_types import MEANINGS
from config.problems import STATUS


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
    """The OpenAPI document: JSON, and YAML for who asks for that."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]


class ApiPage(SpectacularSwaggerSplitView):
    """Swagger UI out of a package, without inline script or style: the shop's own policy is enough for it."""

    url_name = "api-schema"
    template_name = "api/swagger.html"


@only_read
def events(request: HttpRequest) -> HttpResponse:
    """The AsyncAPI document for people."""
    document = asyncapi.document()
    messages = [
        {**message, "fields": document["components"]["schemas"][name], "example": pretty(message)}
        for name, message in document["components"]["messages"].items()
    ]
    channels = [
        {**channel, "closes": channel["x-close-codes"].items(), "tells": channel["messages"]}
        for channel in document["channels"].values()
    ]
    about = {"info": document["info"], "channels": channels, "messages": messages}
    return render(request, "api/events.html", about)


def pretty(message: dict) -> str:
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
    if code not in MEANINGS:
        raise Http404
    return render(
        request, "api/problem.html", {"code": code, "meaning": MEANINGS[code], "status": STATUS[code]}
    )


@only_read
def problems_page(request: HttpRequest) -> HttpResponse:
    rows = sorted((STATUS[code], code, meaning) for code, meaning in MEANINGS.items())
    return render(request, "api/problems.html", {"rows": rows})


urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", only_read(Schema.as_view()), name="api-schema"),
    path("docs/", only_read(ApiPage.as_view()), name="api-docs"),
    path("docs/events/", events, name="api-events"),
    path("docs/events/asyncapi.json", events_json, name="api-events-json"),
    path("docs/events/asyncapi.yaml", events_yaml, name="api-events-yaml"),
    path("problems/", problems_page, name="api-problems"),
    path("problems/<str:code>/", problem_page, name="api-problem"),
]
