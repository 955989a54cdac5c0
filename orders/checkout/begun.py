"""What is for something at a time, such as a concert, is sold until that begins: by the database's clock."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.shelf import shelf
from orders.errors import OrderError


class EventBegun(OrderError):
    """Of a product that is for something at a time, at a preview and at placing alike."""

    code = "event_begun"
    status = 409
    title = _("Begun already")
    message = _("This has begun already, and is not sold any more")
    advice = _("`product` is for something that has begun: see its `starts_at`. Order without it.")
    example = {"product": "CONCERT-JUNE"}


def check_not_begun(products: Iterable[Product]) -> None:
    """Raise EventBegun for the first that has begun: the database is asked only where there is an event."""
    events = {product.pk: product.sku for product in products if product.starts_at}
    if events:
        found = Product.objects.filter(shelf.has_begun(), pk__in=events)
        if begun := set(found.values_list("pk", flat=True)):
            raise EventBegun(product=next(sku for pk, sku in events.items() if pk in begun))
