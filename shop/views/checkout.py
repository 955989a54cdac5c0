"""Checkout: an address, a quote for it, one button that places it.

A quote has an address of its own (/checkout/<preview_id>/), so that a reload shows the same quote, a second click
places the same order, and the back button after placing leads to that order.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import Address
from accounts.requests import SignedIn
from orders.checkout.placement import OrderAlreadyPlaced, place_order
from orders.checkout.previews import PreviewExpired, ServiceUnavailable, create_preview, get_preview
from orders.errors import InvalidInput, OrderError
from orders.models import Order
from shop import draft, told
from shop.cart_stores import StoredCart, cart_of
from shop.draft import NEW_ADDRESS
from shop.forms import AddressForm, PlaceForm
from shop.responses import see_other
from shop.views.account import resend_verification
from shop.views.cart import lines_on_sale
from shop.views.checkout_page import keeps_typed, page


@never_cache
@keeps_typed
def checkout(request: SignedIn) -> HttpResponse:
    """Quote the cart for an address and go to that quote; without an address, ask for one."""
    if request.method == "POST":
        draft.keep(request.session, request.POST)
    elif "address" in request.GET:
        draft.keep(request.session, {"address": request.GET["address"]})
    if "resend" in request.POST:
        return resend_verification(request)
    if "fit" in request.POST:
        cart_of(request).fit(request.POST["fit"])
    if not _show_changes(request):
        messages.info(request, _("Your cart is empty."))
        return see_other("cart")
    if "add_address" in request.POST:
        form = AddressForm(request.POST, prefix=NEW_ADDRESS)
        if form.has_changed():
            return _add_address(request, form)
    address_id = _wanted_address(request)
    return page(request) if address_id is None else _quote(request, address_id)


@never_cache
@keeps_typed
def checkout_preview(request: SignedIn, preview_id: UUID) -> HttpResponse:
    """A quote, and the button that places it."""
    if "look" in request.POST:
        draft.keep(request.session, request.POST)
        return see_other("checkout-preview", preview_id)
    if request.method == "POST":
        return _place(request, preview_id)
    if placed := Order.objects.filter(pk=preview_id, customer=request.user).first():
        messages.info(request, _("You have placed this order already."))
        return see_other(placed)
    try:
        preview = get_preview(preview_id=preview_id, customer_id=request.user.pk)
    except PreviewExpired:
        return _renew(request)
    return page(request, preview)


def _place(request: SignedIn, preview_id: UUID) -> HttpResponse:
    begun = AddressForm(request.POST, prefix=NEW_ADDRESS)
    if begun.has_changed():
        return _deliver_there(request, preview_id, begun)
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
    # Of two clicks the one that placed the order takes it out of the cart: the other would take out what came since.
    if placed.is_new:
        StoredCart(request.user).remove_ordered(placed.order.lines.all())
        draft.forget(request.session)
    return see_other(placed.order)


def _deliver_there(request: SignedIn, preview_id: UUID, form: AddressForm) -> HttpResponse:
    """An address was typed and not saved: the parcel must not go to another one unsaid."""
    draft.keep(request.session, request.POST)
    if placed := Order.objects.filter(pk=preview_id, customer=request.user).first():
        return see_other(placed)
    if not form.is_valid():
        return _refused(request, preview_id, address_form=form)
    text = _("The order now goes to the address that you typed. Please check the total, then place it.")
    messages.info(request, text)
    return _add_address(request, form)


def _refused(
    request: SignedIn,
    preview_id: UUID,
    error: OrderError | None = None,
    *,
    address_form: AddressForm | None = None,
) -> HttpResponse:
    """Back on the checkout page, with what was typed and what to do about the refusal."""
    draft.keep(request.session, request.POST)
    try:
        preview = get_preview(preview_id=preview_id, customer_id=request.user.pk)
    except PreviewExpired:
        return _renew(request)
    return page(request, preview, problem=error, address_form=address_form)


def _show_changes(request: SignedIn) -> bool:
    """Say which prices changed since they were last shown. Whether there is anything to quote."""
    lines = lines_on_sale(request)
    told.prices_changed(request, lines)
    cart_of(request).remember(lines)
    return bool(lines)


def _renew(request: SignedIn) -> HttpResponse:
    text = _("The quote had expired, so we made a new one. Please check the total.")
    messages.warning(request, text)
    return see_other("checkout")


def _add_address(request: SignedIn, form: AddressForm) -> HttpResponse:
    if not form.is_valid():
        return page(request, address_form=form)
    address = _same_address(request, form) or form.save_for(request.user)
    draft.forget_address(request.session)
    return _quote(request, address.pk)


def _same_address(request: SignedIn, form: AddressForm) -> Address | None:
    """The address if the customer has it already: a form that was sent twice adds it once."""
    return request.user.addresses.filter(**form.cleaned_data).first()


def _quote(request: SignedIn, address_id: int) -> HttpResponse:
    draft.keep(request.session, {"address": str(address_id)})
    try:
        preview = create_preview(
            customer=request.user,
            items=list(cart_of(request)),
            address_id=address_id,
        )
    except InvalidInput as error:
        draft.keep(request.session, {"address": ""})
        for wrong in error.errors.values():
            messages.error(request, " ".join(wrong))
        return see_other("checkout" if "address_id" in error.errors else "cart")
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
