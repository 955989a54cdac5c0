"""Answers that are files: given as they are, whatever `Accept` says; what goes wrong is told in JSON, as everywhere."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from rest.views import ApiView


class _File(BaseRenderer):
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if isinstance(data, bytes):
            return data
        rendered: bytes = JSONRenderer().render(data)
        return rendered


class Pdf(_File):
    media_type = "application/pdf"
    format = "pdf"


class Xml(_File):
    media_type = "application/xml"
    format = "xml"


class _AsItIs(DefaultContentNegotiation):
    """There is one form of it. What is sent there may be read before anybody says that nothing is taken, as elsewhere."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class FileView(ApiView):
    """An endpoint that gives a file: name its renderer in `renderer_classes`, and answer with `attached`."""

    content_negotiation_class = _AsItIs

    def attached(self, content: bytes, *, filename: str) -> Response:
        return Response(content, headers={"Content-Disposition": f'attachment; filename="{filename}"'})
