"""A bulk action that can't be taken back asks first: what it does, and to whom."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

# So many things are looked through before a button is pressed, and no more are done at one click.
MAX_CHOSEN = 500


Act = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


def asked_first(*, says: Callable[[int], str], whom: Callable[[Any], object]) -> Callable[[Act], Act]:
    """An action of the admin that lists what was chosen before it does anything; its button does it to those alone.

    `says` is what it does to so many things, as a sentence, and `whom` tells of each whom it reaches.
    """

    def decorate(act: Act) -> Act:
        @wraps(act)
        def asked(
            page: "ModelAdmin[Any]", request: HttpRequest, chosen: QuerySet[Any]
        ) -> HttpResponse | None:
            if "confirmed" in request.POST:
                return act(page, request, chosen)
            things = list(chosen[: MAX_CHOSEN + 1])
            if len(things) > MAX_CHOSEN:
                page.message_user(request, _("At most %(most)d at once.") % {"most": MAX_CHOSEN}, "error")
                return None
            listed = [(thing, whom(thing)) for thing in things]
            return _ask(page, request, act.__name__, {"says": says(len(things)), "things": listed})

        return asked

    return decorate


def _ask(
    page: "ModelAdmin[Any]", request: HttpRequest, action: str, asked: dict[str, object]
) -> HttpResponse:
    context = page.admin_site.each_context(request) | {
        "opts": page.opts,
        "title": getattr(page, action).short_description,
        "action": action,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/asked.html", context | asked)
