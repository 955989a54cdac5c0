"""Small things that several pages show alike."""

from datetime import datetime
from functools import cache

from babel import Locale
from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

from accounts.contact import phones, places
from accounts.models import Address
from catalog.models import Product, ProductImage, shown_pictures
from catalog.shelf.cards import Card
from catalog.shelf.shelf import available
from shop.forms.fields import written

register = template.Library()
FEW = 5


@register.filter
def pictures(product: Product | None) -> list[ProductImage]:
    """What is shown of a product."""
    return shown_pictures(product) if product else []


@register.simple_tag
@cache
def icon(name: str) -> str:
    """A drawing by its name, made once: a page has a dozen, and each would go through the names of all."""
    return render_to_string("components/icon.html", {"name": name})


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """A field of a form, with its label, its help and what is wrong with it."""
    return written(bound)


@register.filter
def country_name(code: str) -> str:
    """A country's name in the reader's language."""
    locale = Locale.parse(to_locale(get_language() or "en"))
    return str(locale.territories.get(code, code))


@register.filter
def address_lines(address: Address | dict[str, str]) -> list[str]:
    """An address below the name, as its country prints it."""
    return places.lines_of(_as_dict(address))


@register.filter
def phone_shown(address: Address | dict[str, str]) -> str:
    """The telephone number of an address, as it is dialled from its country."""
    given = _as_dict(address)
    return phones.shown(given["phone"], country=given["country"])


def _as_dict(address: Address | dict[str, str]) -> dict[str, str]:
    if isinstance(address, Address):
        return {name: getattr(address, name) for name in Address.FIELDS}
    return address


@register.filter
def seconds_left(end: datetime) -> int:
    """Whole seconds until then. The reader's clock may be wrong, so a page counts from here."""
    return max(int((end - timezone.now()).total_seconds()), 0)


@register.inclusion_tag("components/availability.html")
def availability_of_group(card: Card) -> dict[str, object]:
    """Whether any variant of a group can be ordered now, in words."""
    has_begun = card.product.has_begun and not card.is_left
    return {"product": None, "left": int(card.is_left), "is_few": False, "has_begun": has_begun}


@register.inclusion_tag("components/availability.html")
def availability(product: Product) -> dict[str, object]:
    """How many of a product can be ordered now, in words."""
    left = available(product)
    return {"product": product, "left": left, "is_few": 0 < left <= FEW, "has_begun": product.has_begun}
