"""Small things that several pages show alike."""

from datetime import datetime

from babel import Locale
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from catalog.models import Product
from catalog.shelf import available

register = template.Library()
FEW = 5


@register.filter
def country_name(code: str) -> str:
    """A country's name in the reader's language."""
    locale = Locale.parse(to_locale(get_language() or "en"))
    return str(locale.territories.get(code, code))


@register.filter
def seconds_left(end: datetime) -> int:
    """Whole seconds until then. The reader's clock may be wrong, so a page counts from here."""
    return max(int((end - timezone.now()).total_seconds()), 0)


@register.inclusion_tag("components/availability.html")
def availability(product: Product) -> dict[str, object]:
    """How many of a product can be ordered now, in words."""
    left = available(product)
    return {"product": product, "left": left, "is_few": 0 < left <= FEW}
