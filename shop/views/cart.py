"""The cart page and its changes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.addresses import addresses_of
from catalog.models import Product
from catalog.shelf import lines as on_sale
from orders.checkout.items import MAX_QUANTITY
from shop.cart import CartFull, SoldOut
from shop.cart_stores import cart_of
from shop.context import told
from shop.context.taxes import cart_tax_note
from shop.forms.ordering import CartChangeForm, CartLineForm
from shop.responses import see_other


@never_cache
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, at the prices of now, and what has changed since the customer last looked."""
    lines = told.lines_on_sale(request)
    address = next(iter(addresses_of(request.user.pk)), None) if request.user.is_authenticated else None
    context = {
        "lines": lines,
        "total": sum(line.total for line in lines),
        "tax_note": cart_tax_note([line.product for line in lines], address) if lines else "",
        "most": MAX_QUANTITY,
        "needs_parcel": any(line.product.needs_parcel for line in lines),
        "is_short": any(line.is_short for line in lines),
    }
    cart_of(request).remember(lines)
    return render(request, "shop/cart.html", context)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put pieces of a product into the cart."""
    form = CartLineForm(request.POST)
    if not form.is_valid():
        return _wrong_quantity(request)
    sku, quantity = form.cleaned_data["sku"], form.cleaned_data["quantity"]
    product = _product(sku)
    if product is None:
        messages.error(request, _("This product is not on sale."))
        return see_other("cart")
    basket = cart_of(request)
    wanted = basket.quantities.get(product.sku, 0) + quantity
    try:
        holds = basket.add(product, quantity)
    except CartFull:
        told.full(request)
    except SoldOut:
        told.sold_out(request, product)
    else:
        told.capped(request, product, holds) if holds < wanted else told.added(request, product)
    return see_other("cart")


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Set the quantity of a product that is in the cart, or take one more or less of it."""
    form = CartChangeForm(request.POST)
    if not form.is_valid():
        return _wrong_quantity(request)
    product = _product(form.cleaned_data["sku"])
    if product is not None and product.sku in cart_of(request).quantities:
        _change(request, product, form.cleaned_data["quantity"], form.cleaned_data["step"])
    return see_other("cart")


def _change(request: HttpRequest, product: Product, quantity: int, step: int | None) -> None:
    basket = cart_of(request)
    wanted = max(basket.quantities[product.sku] + step, 1) if step else quantity
    try:
        # One more is added, so that two tabs that do so at once take two more.
        holds = basket.add(product, 1) if step == 1 else basket.change(product, wanted)
    except SoldOut:
        told.sold_out(request, product)
    else:
        if holds < wanted:
            told.capped(request, product, holds)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a product out of the cart."""
    cart_of(request).remove([request.POST.get("sku", "")])
    return see_other("cart")


def _product(sku: str) -> Product | None:
    return on_sale.by_sku([sku]).get(sku)


def _wrong_quantity(request: HttpRequest) -> HttpResponse:
    text = _("The quantity must be 1 to %(most)d.") % {"most": MAX_QUANTITY}
    messages.error(request, text)
    return see_other("cart")
