"""Members that a change below /api/auth/ does not know: allauth passes them over, and they would be taken as done.

What a change knows is what allauth's own input of it reads.
"""

from collections.abc import Callable, Mapping
from typing import Any

from allauth.headless.internal.restkit.views import RESTView
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from rest.changes import MAX_LETTERS, MAX_NAMED


def known_members(view: type[RESTView], method: str) -> set[str]:
    """The names that a change may have: also those of ways to sign in that this shop has not, as they are documented."""
    inputs = view.input_class
    kind = inputs.get(method) if isinstance(inputs, Mapping) else inputs
    return set(kind.base_fields) if kind else set()


def refusal(request: HttpRequest, view: Callable[..., Any], sent: object) -> JsonResponse | None:
    """A 400 in allauth's form that names what is unknown; None where nothing is, or the view is none of allauth's."""
    kind = getattr(view, "view_class", None)
    if not (isinstance(kind, type) and issubclass(kind, RESTView) and isinstance(sent, Mapping)):
        return None
    unknown = sorted(sent.keys() - known_members(kind, str(request.method)))
    if not unknown:
        return None
    errors = [
        {"code": "unknown_member", "message": _("There is no such member."), "param": name[:MAX_LETTERS]}
        for name in unknown[:MAX_NAMED]
    ]
    return JsonResponse({"status": 400, "errors": errors}, status=400)
