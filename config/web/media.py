"""Uploaded pictures, served by the shop itself; a proxy in front may serve MEDIA_ROOT in its place.

Those in a bucket are served too: it may be private, and pages name no other host.
"""

from errno import ENAMETOOLONG
from mimetypes import guess_type

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.static import serve

YEAR = 365 * 24 * 3600
# Of a picture's name (catalog/models/picture.py).
MAX_NAME = 150


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture, for browsers to keep: what changes gets another name (catalog/pictures.py).

    Names that no file can have, or that lead elsewhere, are those of no file; many ask for such.
    """
    try:
        answer = _from_bucket(path) if settings.STORAGE else _from_disk(request, path)
    except (SuspiciousOperation, FileNotFoundError) as error:
        raise Http404 from error
    except OSError as error:
        if error.errno != ENAMETOOLONG:
            raise
        raise Http404 from error
    patch_cache_control(answer, public=True, max_age=YEAR, immutable=True)
    return answer


def _from_disk(request: HttpRequest, path: str) -> HttpResponseBase:
    return serve(request, path, document_root=str(settings.MEDIA_ROOT))


def _from_bucket(path: str) -> HttpResponseBase:
    """Whole: pictures are small (catalog/pictures.py)."""
    if len(path) > MAX_NAME:
        raise FileNotFoundError(path)
    with default_storage.open(path) as file:
        kind = guess_type(path)[0] or "application/octet-stream"
        return HttpResponse(file.read(), content_type=kind)
