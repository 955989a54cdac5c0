"""Parts of pages that have many pieces: templates of Jinja2, as emails are, inside the pages, which are Django's.

`{% part "parts/order.html" %}` writes one into a page, with all that the page knows and what stands behind it. In a part
`part(…)` writes another with what it is given, and `django(…)` a template of Django with all that the part was given
besides: for what few pages show.
"""

from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any, Self

from django import template
from django.template import Context, defaultfilters
from django.template.defaulttags import CsrfTokenNode
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from jinja2 import ChainableUndefined, Environment

from orders.emails.writing import environment
from shop.templatetags import shop, taxes

register = template.Library()
CSRF = CsrfTokenNode()


class Missing(ChainableUndefined):
    """What a part was not given is empty, as in templates of Django, which call what they are handed on to show it."""

    __slots__ = ()

    def __call__(self, *_given: object, **_named: object) -> Self:  # type: ignore[override]  # Jinja's refuses
        return self


@register.simple_tag(takes_context=True)
def part(context: Context, name: str, /, **more: object) -> SafeString:
    """The part, with all that the page knows."""
    known: dict[str, Any] = {str(key): value for key, value in context.flatten().items()}
    return write_with(name, known | more)


def write(template: str, /, **given: Any) -> SafeString:
    """A part with what it is given, in the language that is on."""
    return write_with(template, given)


def write_with(template: str, given: Mapping[str, Any]) -> SafeString:
    """The same, for one that hands all of it on to templates of Django."""
    made = _templates(get_language()).get_template(template)
    return mark_safe(made.render(given, django=partial(_of_django, given)))  # noqa: S308 it escapes what it is given


def _of_django(given: Mapping[str, Any], template: str, /, **more: Any) -> SafeString:
    return render_to_string(template, {**given, **more})


def url(name: str, *args: object) -> str:
    """An address by its name. A page has twenty, nearly all of them on other pages, too."""
    return _kept_url(name, args, get_language(), get_script_prefix())


@lru_cache(1000)
def _kept_url(name: str, args: tuple[object, ...], _language: str | None, _prefix: str) -> str:
    return reverse(name, args=args)


def csrf_input(token: object) -> SafeString:
    """As Django's tag writes it: nothing where there is no token."""
    return mark_safe(CSRF.render(Context({"csrf_token": token})))  # noqa: S308 Django has made it


@cache
def _templates(_language: str | None) -> Environment:
    made = environment(undefined=Missing)
    made.globals |= {
        "csrf_input": csrf_input,
        "field": shop.field,
        "icon": shop.icon,
        "part": write,
        "url": url,
    }
    made.filters |= {
        "address_lines": shop.address_lines,
        "phone_shown": shop.phone_shown,
        "pictures": shop.pictures,
        "seconds_left": shop.seconds_left,
        "taxes_of": taxes.taxes_of,
        "timeuntil": defaultfilters.timeuntil_filter,
    }
    return made
