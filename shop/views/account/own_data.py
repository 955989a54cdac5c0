"""The sensitive pages of an account: where the user is signed in, all of their data, and closing the account."""

import io
from tempfile import SpooledTemporaryFile

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access.devices import device, end_links, end_sessions, live_sessions
from accounts.access.notices import tell
from accounts.requests import SignedIn
from orders.actions.close_account import check_may_leave, close_account
from orders.errors import OrderError
from orders.reports.data_export import write_own_data
from shop.cart_stores import StoredCart, cart_of
from shop.forms.account import CloseForm
from shop.responses import see_other

# Bytes of a customer's data that are kept in memory; more goes through a file.
IN_MEMORY = 2 * 1024 * 1024


@never_cache
@login_required
def sessions(request: SignedIn) -> HttpResponse:
    """Where the user is signed in; a POST ends all other sessions, and the links to orders in emails."""
    current = request.session.session_key
    if request.method == "POST":
        end_sessions(request.user, besides=current)
        end_links(request.user)
        said = _("You are signed out everywhere else, and links in our emails so far no longer work.")
        messages.success(request, said)
        return see_other("sessions")
    shown = [
        (one, *device(one.user_agent), one.session_key == current) for one in live_sessions(request.user)
    ]
    return render(request, "shop/sessions.html", {"sessions": shown})


@never_cache
@login_required
@reauthentication_required
def own_data(request: SignedIn) -> HttpResponse:
    """The page with the button that downloads everything."""
    return render(request, "shop/own_data.html")


@require_POST
@never_cache
@login_required
@reauthentication_required
def download(request: SignedIn) -> FileResponse:
    """All that the shop keeps about the customer, as a file."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 the answer closes it
    text = io.TextIOWrapper(file, encoding="utf-8")
    cart = [{"sku": sku, "quantity": quantity} for sku, quantity in cart_of(request)]
    write_own_data(text, user=request.user, cart=cart)
    text.detach()
    file.seek(0)
    tell(request.user, "own_data_taken")
    return FileResponse(file, as_attachment=True, filename="my-data.json", content_type="application/json")


@never_cache
@login_required
@reauthentication_required
def close(request: SignedIn) -> HttpResponse:
    """Close the account: what that means, what stands in its way, and the button."""
    form = CloseForm(request.POST if request.method == "POST" else None)
    problem: OrderError | None = None
    try:
        check_may_leave(user=request.user)
        if form.is_valid():
            with transaction.atomic():
                close_account(user_id=request.user.pk)
                StoredCart(request.user).rows.delete()
            return _goodbye(request)
    except OrderError as error:
        problem = error
    context = {"form": form, "problem": problem}
    return render(request, "shop/close.html", context, status=409 if problem and form.is_bound else 200)


def _goodbye(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("Your account is closed. Thank you for having been with us."))
    return see_other("home")
