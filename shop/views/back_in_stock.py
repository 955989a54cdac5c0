"""Being told when a product is back: asking for it, the link by which a stranger's address says yes, and the one to stop."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from catalog.models import Product
from catalog.shelf import shelf, waiting
from orders.actions import back_in_stock
from orders.models import OrderLine
from shop.context import told
from shop.forms.ordering import BackInStockForm
from shop.responses import asked_from, see_other
from shop.views.catalog import product_page
from staff.middleware import address_of, house_of

# What one network may ask for without a sign-in.
LIMIT = {"back_in_stock": "20/h/key"}


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Note a customer with one click; have a stranger's address confirm first."""
    product = _product(request)
    if waiting.is_back(product.pk):
        messages.success(request, _("%(product)s is back.") % {"product": product.local_name})
        return see_other(product)
    if product.has_begun:
        told.sold_out(request, product)
        return see_other(asked_from(request, otherwise="products"))
    if request.user.is_authenticated and request.user.is_verified:
        back_in_stock.wait_for(product_id=product.pk, user=request.user)
        _noted(request, product, request.user.email)
        return see_other(asked_from(request, otherwise="products"))
    form = BackInStockForm(request.POST)
    if not form.is_valid():
        return product_page(request, product, back_form=form)
    _send_link(request, product, form.cleaned_data["email"])
    return see_other(asked_from(request, otherwise="products"))


@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What a stranger's link leads to: a button, since programs that look into mailboxes open links, too."""
    try:
        if request.method == "POST":
            wait = back_in_stock.confirm(token=token)
            _noted(request, wait.product, wait.email)
            return see_other(wait.product if wait.product.is_active else "products")
        found = back_in_stock.asked(token)
    except back_in_stock.LinkOver:
        return render(request, "shop/back_in_stock.html", {"is_over": True}, status=404)
    return render(request, "shop/back_in_stock.html", {"asked": found})


@never_cache
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """What the address still waits for, and the button that ends it."""
    try:
        if request.method == "POST":
            back_in_stock.stop(token=token)
            messages.success(request, _("We will not write to you about products that are back."))
            return see_other("products")
        email = back_in_stock.address_of(token)
    except back_in_stock.LinkOver:
        return render(request, "shop/back_in_stock.html", {"is_over": True}, status=404)
    waits = back_in_stock.waits_of(email)
    return render(request, "shop/back_in_stock.html", {"email": email, "waits": waits})


def _product(request: HttpRequest) -> Product:
    """The product, if it is on sale or the customer once ordered it; others do not exist."""
    sku = request.POST.get("sku", "")
    product = shelf.on_sale().filter(sku=sku).first()
    if product is None and request.user.is_authenticated:
        ordered = OrderLine.objects.filter(order__customer=request.user).values("product")
        product = Product.objects.filter(sku=sku, pk__in=ordered).first()
    if product is None:
        raise Http404
    return product


def _send_link(request: HttpRequest, product: Product, email: str) -> None:
    """The same words whatever becomes of it: they tell nothing about the address."""
    key = house_of(address_of(request))
    if not ratelimit.consume(request, app="shop", action="back_in_stock", config=LIMIT, key=key):
        messages.warning(request, _("Too many requests came from your network. Please try again in an hour."))
        return
    back_in_stock.ask_to_confirm(product=product, email=email)
    said = _("We have sent an email to %(email)s. Open the link in it, and we will tell you when it is back.")
    messages.info(request, said % {"email": email})


def _noted(request: HttpRequest, product: Product, email: str) -> None:
    said = _("We will email %(email)s as soon as %(product)s is back.")
    messages.success(request, said % {"email": email, "product": product.local_name})
