"""What a page that anybody may find tells search engines of its address, and of the same page in other languages."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, override

from shop import public_urls

if TYPE_CHECKING:
    from django.http import HttpRequest

register = template.Library()
# What of a list's query makes another page; what is searched, filtered and sorted is the same list in other clothes.
KEPT = ("category", "page")


@register.inclusion_tag("components/alternates.html", takes_context=True)
def alternates(context: dict[str, Any]) -> dict[str, Any]:
    """The page's own address and those in each language, whole; nothing for a page that has but one."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    if request is None or match is None or match.url_name not in public_urls.NAMES:
        return {}
    query = urlencode([(name, request.GET[name]) for name in KEPT if request.GET.get(name, "1") != "1"])
    addresses = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            path = reverse(match.url_name, args=match.args, kwargs=match.kwargs)
        addresses[code] = request.build_absolute_uri(f"{path}?{query}" if query else path)
    return {
        "own": addresses.get(get_language() or ""),
        "addresses": addresses,
        # Where readers are led to their own language.
        "any": addresses[settings.LANGUAGE_CODE],
    }
