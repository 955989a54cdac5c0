"""Uploaded pictures, served by the shop itself; a proxy in front may serve MEDIA_ROOT in its place."""

from errno import ENAMETOOLONG

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.static import serve

YEAR = 365 * 24 * 3600


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file of MEDIA_ROOT, for browsers to keep: what changes gets another name (catalog/pictures.py).

    Names that no file can have, or that lead elsewhere, are those of no file; many ask for such.
    """
    try:
        answer = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except SuspiciousFileOperation as error:
        raise Http404 from error
    except OSError as error:
        if error.errno != ENAMETOOLONG:
            raise
        raise Http404 from error
    patch_cache_control(answer, public=True, max_age=YEAR, immutable=True)
    return answer
