"""The cart page and its changes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from catalog.models import Product
from orders.previews import MAX_QUANTITY
from shop.cart import Cart, CartFull, CartLine
from shop.forms import CartLineForm
from shop.responses import see_other


@never_cache
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, at the prices of now."""
    lines = lines_on_sale(request)
    context = {
        "lines": lines,
        "total": sum(line.total for line in lines),
        "most": MAX_QUANTITY,
    }
    return render(request, "shop/cart.html", context)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put pieces of a product into the cart."""
    form = CartLineForm(request.POST)
    if not form.is_valid():
        return _wrong_quantity(request)
    sku, quantity = form.cleaned_data["sku"], form.cleaned_data["quantity"]
    product = Product.objects.filter(sku=sku, is_active=True).first()
    if product is None:
        messages.error(request, _("This product is not on sale."))
        return see_other("cart")
    try:
        Cart(request.session).add(sku, quantity)
    except CartFull:
        messages.error(request, _("The cart is full: order first, then buy more."))
        return see_other("cart")
    messages.success(request, _("%(product)s is in your cart.") % {"product": product.name})
    return see_other("cart")


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Set the quantity of a product that is in the cart."""
    form = CartLineForm(request.POST)
    if not form.is_valid():
        return _wrong_quantity(request)
    basket = Cart(request.session)
    if form.cleaned_data["sku"] in basket.quantities:
        basket.change(form.cleaned_data["sku"], form.cleaned_data["quantity"])
    return see_other("cart")


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a product out of the cart."""
    Cart(request.session).remove([request.POST.get("sku", "")])
    return see_other("cart")


def lines_on_sale(request: HttpRequest) -> list[CartLine]:
    """The cart's lines; what is not on sale any more drops out, and the customer is told."""
    basket = Cart(request.session)
    lines = basket.lines()
    if gone := basket.drop_gone(lines):
        known = Product.objects.filter(sku__in=gone).values_list("sku", "name")
        names = dict(known)
        text = _("No longer on sale, so taken out of your cart: %(products)s.")
        named = ", ".join(names.get(sku, sku) for sku in gone)
        messages.warning(request, text % {"products": named})
    return lines


def _wrong_quantity(request: HttpRequest) -> HttpResponse:
    text = _("The quantity must be 1 to %(most)d.") % {"most": MAX_QUANTITY}
    messages.error(request, text)
    return see_other("cart")
