"""Checkout: an address, a preview for it, one button that places it.

A preview has an address of its own (/checkout/<preview_id>/), so that a reload shows the same preview, a second click
places the same order, and the back button after placing leads to that order.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.requests import SignedIn
from orders.checkout.begun import EventBegun
from orders.checkout.placement.placement import place_order
from orders.checkout.placement.refusals import OrderAlreadyPlaced, OtherAddress, OtherBilling
from orders.checkout.preview import Preview
from orders.checkout.previews import PreviewExpired, RegionUnclear, create_preview
from orders.errors import InvalidInput, OrderError
from orders.pricing.codes import CodesRefused, TooManyCodes
from orders.pricing.payable import AmountNotPayable
from shop.cart_stores import remove_ordered
from shop.checkout import draft
from shop.checkout.guard import keeps_typed
from shop.checkout.intents import Asked, Intent, read
from shop.checkout.page import Checkout
from shop.forms.account import AddressForm
from shop.forms.ordering import PlaceForm
from shop.responses import asked_from, see_other
from shop.sign_in.sign_in import send_link_again


@never_cache
@keeps_typed
def checkout(request: SignedIn, preview_id: UUID | None = None) -> HttpResponse:
    """The page of a preview, the way to one, and what their buttons ask for.

    A form that was sent without a button places the preview on its page.
    """
    page = Checkout(request, preview_id)
    if request.method != "POST":
        return _open(page)
    asked = read(request.POST, otherwise=Intent.PLACE if preview_id else Intent.PREVIEW)
    return ACTS[asked.intent](page, asked)


def _open(page: Checkout) -> HttpResponse:
    """Show the preview; one that was placed leads to its order. Without one, make it."""
    if page.preview_id is None:
        return _preview(page)
    if page.order:
        messages.info(page.request, _("You have placed this order already."))
        return see_other(page.order)
    return page.show() if page.preview else _renew(page)


def _renew(page: Checkout) -> HttpResponse:
    text = _("The preview had expired, so we made a new one. Please check the total.")
    messages.warning(page.request, text)
    return page.lead_to("checkout")


def _preview(page: Checkout, *_asked: Asked) -> HttpResponse:
    """Preview the cart for the chosen address and go there; without an address, ask for one if there is a parcel."""
    if not page.tell_changes():
        messages.info(page.request, _("Your cart is empty."))
        return page.lead_to("cart")
    address_id = None
    if page.draft.is_pickup and page.may_be_fetched:
        return _make(page, None)
    if page.cart_needs_parcel:
        address_id = page.address_id
        if address_id is None:
            return page.show()
        page.draft.choose(address_id)
    return _make(page, address_id)


def _pick_up(page: Checkout, asked: Asked) -> HttpResponse:
    """Preview the cart as it is fetched at the shop, without an address."""
    page.draft.choose_pickup()
    return _preview(page)


def _make(page: Checkout, address_id: int | None) -> HttpResponse:
    """Make the preview and go there, or say what is wrong."""
    try:
        preview = _with_codes(page, address_id)
    except RegionUnclear as error:
        messages.error(page.request, " ".join(error.errors["address_id"]))
        return page.lead_to("address-edit", error.address_id)
    except EventBegun as error:
        messages.error(page.request, f"{error.message}: {error.members['product']}")
        return page.lead_to("cart")
    except AmountNotPayable as error:
        messages.error(page.request, str(error.message))
        return page.lead_to("cart")
    except InvalidInput as error:
        if all(field.startswith("billing.") for field in error.errors):
            return page.show(billing_errors=error.errors)
        page.draft.choose(None)
        for wrong in error.errors.values():
            messages.error(page.request, " ".join(wrong))
        return page.lead_to("checkout" if "address_id" in error.errors else "cart")
    return page.lead_to("checkout-preview", preview.id)


def _with_codes(page: Checkout, address_id: int | None) -> Preview:
    """The preview with the codes that hold; of the others it is said why, and they are not kept. Raises InvalidInput."""
    codes = page.draft.codes
    made = partial(
        create_preview,
        customer=page.user,
        items=list(page.cart),
        address_id=address_id,
        billing=page.draft.billing,
    )
    try:
        preview = made(codes=codes)
    except CodesRefused as error:
        codes = [code for code in codes if code not in error.refused]
        for code, why in error.refused.items():
            messages.error(page.request, f"{code}: {why}")
        # Without a code others may count, which it was better than.
        page.draft.keep_codes(codes)
        return _with_codes(page, address_id)
    except TooManyCodes as error:
        messages.error(page.request, str(error))
        page.draft.keep_codes([])
        return made()
    page.draft.keep_codes(codes)
    return preview


def _remove_code(page: Checkout, asked: Asked) -> HttpResponse:
    page.draft.keep_codes(code for code in page.draft.codes if code != asked.about)
    return _preview(page)


def _look(page: Checkout, asked: Asked) -> HttpResponse:
    """Show the same preview with the choices that were made."""
    return page.lead_to("checkout-preview", page.preview_id) if page.preview_id else _preview(page)


def _fit(page: Checkout, asked: Asked) -> HttpResponse:
    """Lower a product's quantity in the cart to what is left of it."""
    page.cart.fit(asked.about)
    return _preview(page)


def _resend(page: Checkout, asked: Asked) -> HttpResponse:
    send_link_again(page.request)
    return page.lead_to(asked_from(page.request, otherwise="checkout"))


def _add_address(page: Checkout, asked: Asked) -> HttpResponse:
    """Save the address that was typed, and make a preview for it."""
    form = page.typed_address()
    return _deliver_to(page, form) if form.has_changed() else _preview(page)


def _deliver_to(page: Checkout, form: AddressForm) -> HttpResponse:
    if not form.is_valid():
        return page.show(address_form=form)
    address = page.same_address(form) or form.save_for(page.user)
    page.draft.forget_address()
    page.draft.choose(address.pk)
    return _preview(page)


def _place(page: Checkout, asked: Asked) -> HttpResponse:
    """Place the preview. A refusal is said on its page, where nothing that was typed is lost."""
    if page.preview_id is None:
        return _preview(page)
    try:
        chosen = PlaceForm(page.request.POST).chosen()
        placed = place_order(
            preview_id=page.preview_id,
            customer=page.request.user,
            billing=page.draft.billing,
            unless_just_ordered=asked.intent is not Intent.PLACE_ONCE_MORE,
            **chosen,
        )
    except PreviewExpired:
        return _renew(page)
    except OtherAddress:
        return _preview(page)
    except OtherBilling:
        text = _("Your billing details have changed. Please check the total, then place the order.")
        messages.info(page.request, text)
        return _preview(page)
    except OrderAlreadyPlaced as error:
        messages.warning(page.request, str(error))
        return see_other("order", page.preview_id)
    except OrderError as error:
        return _back(page, problem=error)
    # Of two clicks the one that placed the order takes it out of the cart: the other would take out what came since.
    if placed.is_new:
        remove_ordered(placed.order)
        draft.forget(page.request.session)
    return see_other("order", placed.order.pk)


def _place_for_new_address(page: Checkout, asked: Asked) -> HttpResponse:
    """An address was typed and not saved: the parcel must not go to another one unsaid."""
    if page.order:
        return see_other(page.order)
    form = page.typed_address()
    if not form.is_valid():
        return _back(page, address_form=form)
    text = _("The order now goes to the address that you typed. Please check the total, then place it.")
    messages.info(page.request, text)
    return _deliver_to(page, form)


def _back(page: Checkout, **said: Any) -> HttpResponse:
    """On the preview's page, as long as there is one."""
    return page.show(**said) if page.preview else _renew(page)


ACTS: dict[Intent, Callable[[Checkout, Asked], HttpResponse]] = {
    Intent.PLACE: _place,
    Intent.PLACE_ONCE_MORE: _place,
    Intent.PLACE_FOR_NEW_ADDRESS: _place_for_new_address,
    Intent.LOOK: _look,
    Intent.PREVIEW: _preview,
    Intent.PICK_UP: _pick_up,
    Intent.ADD_ADDRESS: _add_address,
    Intent.BILL: _preview,
    Intent.FIT: _fit,
    Intent.APPLY_CODE: _preview,
    Intent.REMOVE_CODE: _remove_code,
    Intent.RESEND_VERIFICATION: _resend,
}
