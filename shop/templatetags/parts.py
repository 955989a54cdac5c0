"""`{% part "parts/picture.html" product=product %}`: a part of a page that is written by Jinja2 (shop/parts.py)."""

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from shop.parts import write_with

register = template.Library()


@register.simple_tag(takes_context=True)
def part(context: Context, name: str, /, **more: object) -> SafeString:
    """The part, with all that the page knows."""
    return write_with(name, {**context.flatten(), **more})
