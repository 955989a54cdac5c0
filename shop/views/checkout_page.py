"""The checkout page as it is shown: a quote with its choices, what was typed, and what went wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.requests import SignedIn
from catalog import shelf
from orders.checkout.previews import Preview, PreviewLine, ServiceUnavailable
from orders.errors import OrderError
from shop import draft
from shop.cart import most_of
from shop.cart_stores import cart_of
from shop.forms import AddressForm

RETRY_AFTER = "5"


def keeps_typed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of checkout that loses nothing that was typed.

    Whoever is not signed in (any more) signs in first; what they typed waits in the session. While the database or the
    cache does not answer it waits in the page itself, whose one button sends it once more: no session is stored with a
    503.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            return _sign_in_first(request)
        except (OperationalError, InterfaceError, ServiceUnavailable):
            return _unanswered(request)

    return guarded


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        draft.keep(request.session, request.POST)
        messages.info(request, _("Please sign in once more. What you typed is kept."))
    return redirect_to_login(request.get_full_path())


def _unanswered(request: HttpRequest) -> HttpResponse:
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {"status": 503, "sent": [pair for pair in sent if pair[0] != "csrfmiddlewaretoken"]}
    response = render(request, "shop/checkout_unanswered.html", context, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response


def page(
    request: SignedIn,
    preview: Preview | None = None,
    *,
    address_form: AddressForm | None = None,
    problem: OrderError | None = None,
) -> HttpResponse:
    """Checkout, with a quote or without one, and with whatever was typed before."""
    kept = draft.read(request.session)
    addresses = list(request.user.addresses.order_by("-is_default", "pk"))
    context = {
        "preview": preview,
        "addresses": addresses,
        "address_form": address_form or _address_form(request, is_first=not addresses),
        "begun": draft.new_address(request.session),
        "typed": kept,
        "problem": problem,
        "verified": request.user.is_verified,
        **(_choices(request, preview, kept) if preview else {}),
        **_blamed(problem, preview),
    }
    return render(request, "shop/checkout.html", context)


def _address_form(request: SignedIn, *, is_first: bool) -> AddressForm:
    begun = draft.new_address(request.session)
    return AddressForm(prefix=draft.NEW_ADDRESS, initial=begun, use_required_attribute=is_first)


def _choices(request: SignedIn, preview: Preview, kept: dict[str, str]) -> dict[str, object]:
    """Shipping options with the total that each makes, and which one is chosen."""
    options = [(option, preview.total(option)) for option in preview.shipping_options]
    wanted = kept.get("price_table_id")
    fitting = (one for one in options if str(one[0].price_table_id) == wanted)
    quoted = {line.sku: line.quantity for line in preview.lines}
    return {
        "options": options,
        "chosen": next(fitting, options[0] if options else None),
        "lines": _lines(preview.lines),
        "cart_changed": quoted != cart_of(request).quantities,
    }


def _lines(quoted: tuple[PreviewLine, ...]) -> list[dict[str, object]]:
    """The quote's lines with their pictures, and how many are left where that is too few."""
    products = shelf.on_sale().in_bulk([line.product_id for line in quoted])
    lines: list[dict[str, object]] = []
    for line in quoted:
        product = products.get(line.product_id)
        left = most_of(product) if product else 0
        lines.append({"quoted": line, "product": product, "left": left, "is_short": left < line.quantity})
    return lines


def _blamed(problem: OrderError | None, preview: Preview | None) -> dict[str, object]:
    """The product that a refusal is about, by sku and by name."""
    sku = problem.members.get("product") if problem else None
    lines = preview.lines if preview else ()
    names = (line.name for line in lines if line.sku == sku)
    return {"blamed": next(names, sku), "blamed_sku": sku}
