"""What a customer is told about the cart, in words."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.languages import local_text
from catalog.models import Product
from catalog.money import written
from catalog.shelf.lines import by_id
from shop.cart import CartFull, CartLine, SoldOut
from shop.cart_stores import Merged, cart_of


def added(request: HttpRequest, product: Product) -> None:
    _tell(request, messages.SUCCESS, _("%(product)s is in your cart."), product=product.local_name)


def capped(request: HttpRequest, product: Product, quantity: int) -> None:
    """Not all that was wanted went in."""
    text = _("%(product)s: no more than %(quantity)d can be ordered now, so your cart holds %(quantity)d.")
    _tell(request, messages.WARNING, text, product=product.local_name, quantity=quantity)


def sold_out(request: HttpRequest, product: Product) -> None:
    """Nothing of it can be ordered; of what has begun, that."""
    begun = _("%(product)s has begun already, and is not sold any more.")
    text = begun if product.has_begun else _("%(product)s has just sold out.")
    _tell(request, messages.WARNING, text, product=product.local_name)


def full(request: HttpRequest) -> None:
    _tell(request, messages.ERROR, _("The cart is full: order first, then buy more."))


def gone(request: HttpRequest, skus: Iterable[str]) -> None:
    """These are not on sale any more; a product that was deleted has no name left to show."""
    names = dict(Product.objects.filter(sku__in=skus).values_list("sku", local_text("name")))
    text = _("No longer on sale, so taken out of your cart: %(products)s.")
    _tell(request, messages.WARNING, text, products=", ".join(names.get(sku, sku) for sku in skus))


def put_back(request: HttpRequest, wanted: Iterable[tuple[int, int]]) -> None:
    """Put (product id, quantity) pairs into the cart, each as far as it goes, and say what did not."""
    quantities, basket = dict(wanted), cart_of(request)
    on_sale = by_id(quantities)
    if lost := quantities.keys() - on_sale.keys():
        names = Product.objects.filter(pk__in=lost).values_list(local_text("name"), flat=True)
        text = _("No longer on sale, so not in your cart: %(products)s.")
        _tell(request, messages.WARNING, text, products=", ".join(names))
    for pk, product in on_sale.items():
        try:
            before = basket.quantities.get(product.sku, 0)
            holds = basket.add(product, quantities[pk])
        except CartFull:
            full(request)
        except SoldOut:
            sold_out(request, product)
        else:
            if holds < before + quantities[pk]:
                capped(request, product, holds)


def lines_on_sale(request: HttpRequest) -> list[CartLine]:
    """The cart's lines; what is not on sale any more drops out, and the customer is told."""
    cart = cart_of(request)
    lines = cart.lines()
    if dropped := cart.drop_gone(lines):
        gone(request, dropped)
    return lines


def prices_changed(request: HttpRequest, lines: Iterable[CartLine]) -> None:
    """Tell that prices changed, on pages where no line of the cart shows it."""
    text = _("%(product)s: the price changed from %(was)s to %(price)s.")
    for line in lines:
        if line.price_was is not None:
            was, price = written(line.price_was), written(line.price)
            _tell(request, messages.WARNING, text, product=line.product.local_name, was=was, price=price)


def merged(request: HttpRequest, outcome: Merged) -> None:
    """What did not come over whole into the customer's own cart."""
    if outcome.gone:
        gone(request, outcome.gone)
    for product, quantity in outcome.capped:
        capped(request, product, quantity)
    if outcome.left_out:
        text = _("Your cart is full, so these did not fit: %(products)s.")
        names = ", ".join(product.local_name for product in outcome.left_out)
        _tell(request, messages.WARNING, text, products=names)


def _tell(request: HttpRequest, level: int, text: str, **words: object) -> None:
    # A request without messages comes from no page: an app that signs in, or the test client.
    messages.add_message(request, level, text % words, fail_silently=True)
