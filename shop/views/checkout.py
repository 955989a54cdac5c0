"""Checkout: an address, a quote for it, one button that places it.

A quote has an address of its own (/checkout/<preview_id>/), so that a reload shows the same quote, a second click
places the same order, and the back button after placing leads to that order.
"""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.requests import SignedIn
from catalog.models import Product
from orders.errors import InvalidInput, OrderError
from orders.models import Order
from orders.placement import OrderAlreadyPlaced, place_order
from orders.previews import (
    Preview,
    PreviewExpired,
    ServiceUnavailable,
    create_preview,
    get_preview,
)
from shop import draft
from shop.cart import Cart
from shop.forms import AddressForm, PlaceForm
from shop.responses import see_other
from shop.views.cart import lines_on_sale

NEW_ADDRESS = "new"


@never_cache
@login_required
def checkout(request: SignedIn) -> HttpResponse:
    """Quote the cart for an address and go to that quote; without an address, ask for one."""
    if not lines_on_sale(request):
        messages.info(request, _("Your cart is empty."))
        return see_other("cart")
    if request.method == "POST":
        draft.keep(request.session, request.POST)
    elif "address" in request.GET:
        draft.keep(request.session, {"address": request.GET["address"]})
    if "add_address" in request.POST:
        form = AddressForm(request.POST, prefix=NEW_ADDRESS)
        if form.has_changed():
            return _add_address(request, form)
    address_id = _wanted_address(request)
    return _page(request) if address_id is None else _quote(request, address_id)


@never_cache
@login_required
def checkout_preview(request: SignedIn, preview_id: UUID) -> HttpResponse:
    """A quote, and the button that places it."""
    if request.method == "POST":
        return _place(request, preview_id)
    if placed := Order.objects.filter(pk=preview_id, customer=request.user).first():
        messages.info(request, _("You have placed this order already."))
        return see_other(placed)
    try:
        preview = get_preview(preview_id=preview_id, customer_id=request.user.pk)
    except PreviewExpired:
        return _renew(request)
    except ServiceUnavailable as error:
        return _page(request, problem=error, status=503)
    return _page(request, preview)


def _place(request: SignedIn, preview_id: UUID) -> HttpResponse:
    form = PlaceForm(request.POST)
    if not form.is_valid():
        wrong = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        return _refused(request, preview_id, InvalidInput(wrong))
    if _is_other_address(request, preview_id, form.cleaned_data["address"]):
        return checkout(request)
    try:
        placed = place_order(
            preview_id=preview_id,
            customer=request.user,
            price_table_id=form.cleaned_data["price_table_id"],
            note=form.cleaned_data["note"],
        )
    except PreviewExpired:
        draft.keep(request.session, request.POST)
        return _renew(request)
    except OrderAlreadyPlaced as error:
        messages.warning(request, str(error))
        return see_other("order", preview_id)
    except OrderError as error:
        return _refused(request, preview_id, error)
    # The second click of a double click writes no session: it would put back the cart that the first one emptied.
    if placed.is_new:
        ordered = placed.order.lines.values_list("sku", "quantity")
        Cart(request.session).remove_ordered(ordered)
        draft.forget(request.session)
    return see_other(placed.order)


def _refused(request: SignedIn, preview_id: UUID, error: OrderError) -> HttpResponse:
    """Back on the checkout page, with what was typed and what to do about the refusal."""
    draft.keep(request.session, request.POST)
    try:
        preview = get_preview(preview_id=preview_id, customer_id=request.user.pk)
    except PreviewExpired:
        return _renew(request)
    except ServiceUnavailable as unavailable:
        return _page(request, problem=unavailable, status=503)
    return _page(request, preview, problem=error)


def _renew(request: SignedIn) -> HttpResponse:
    text = _("The quote had expired, so we made a new one. Please check the total.")
    messages.warning(request, text)
    return see_other("checkout")


def _add_address(request: SignedIn, form: AddressForm) -> HttpResponse:
    if form.is_valid():
        return _quote(request, form.save_for(request.user).pk)
    return _page(request, address_form=form)


def _quote(request: SignedIn, address_id: int) -> HttpResponse:
    draft.keep(request.session, {"address": str(address_id)})
    try:
        preview = create_preview(
            customer=request.user,
            items=list(Cart(request.session)),
            address_id=address_id,
        )
    except InvalidInput as error:
        draft.keep(request.session, {"address": ""})
        for wrong in error.errors.values():
            messages.error(request, " ".join(wrong))
        return see_other("checkout" if "address_id" in error.errors else "cart")
    except ServiceUnavailable as error:
        return _page(request, problem=error, status=503)
    return see_other("checkout-preview", preview.id)


def _wanted_address(request: SignedIn) -> int | None:
    """The address that was chosen, now or before; else the customer's default."""
    chosen = draft.read(request.session).get("address", "")
    if chosen.isdecimal():
        return int(chosen)
    own = request.user.addresses.order_by("-is_default", "pk")
    return own.values_list("pk", flat=True).first()


def _is_other_address(request: SignedIn, preview_id: UUID, chosen: int | None) -> bool:
    """Whether another address was chosen than the one that the quote is for: its fee would be another."""
    try:
        preview = get_preview(preview_id=preview_id, customer_id=request.user.pk)
    except (PreviewExpired, ServiceUnavailable):
        return False
    return chosen is not None and chosen != preview.address["id"]


def _page(
    request: SignedIn,
    preview: Preview | None = None,
    *,
    address_form: AddressForm | None = None,
    problem: OrderError | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = draft.read(request.session)
    addresses = list(request.user.addresses.order_by("-is_default", "pk"))
    form = address_form or AddressForm(prefix=NEW_ADDRESS, use_required_attribute=not addresses)
    context = {
        "preview": preview,
        "addresses": addresses,
        "address_form": form,
        "typed": kept,
        "problem": problem,
        "verified": request.user.is_verified,
        **(_choices(preview, kept, Cart(request.session)) if preview else {}),
        **_blamed(problem, preview),
    }
    return render(request, "shop/checkout.html", context, status=status)


def _choices(preview: Preview, kept: dict[str, str], cart: Cart) -> dict[str, object]:
    """Shipping options with the total that each makes, and which one is chosen."""
    options = [(option, preview.total(option)) for option in preview.shipping_options]
    wanted = kept.get("price_table_id")
    fitting = (one for one in options if str(one[0].price_table_id) == wanted)
    chosen = next(fitting, options[0] if options else None)
    ids = [line.product_id for line in preview.lines]
    products = Product.objects.prefetch_related("images").in_bulk(ids)
    quoted = {line.sku: line.quantity for line in preview.lines}
    return {
        "options": options,
        "chosen": chosen,
        "lines": [(line, products.get(line.product_id)) for line in preview.lines],
        "cart_changed": quoted != cart.quantities,
    }


def _blamed(problem: OrderError | None, preview: Preview | None) -> dict[str, object]:
    """The name of the product that a refusal is about."""
    sku = problem.members.get("product") if problem else None
    lines = preview.lines if preview else ()
    names = (line.name for line in lines if line.sku == sku)
    return {"blamed": next(names, sku)}
