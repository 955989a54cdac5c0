"""A customer's account: overview, addresses, and the verification link once more."""

from allauth.account.internal.flows.email_verification import (
    send_verification_email_for_user,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Address
from accounts.requests import SignedIn
from orders.models import Order
from shop.forms import AddressForm
from shop.responses import see_other

LATEST = 3


@login_required
def account(request: SignedIn) -> HttpResponse:
    """What belongs to the customer, at a glance."""
    latest = Order.objects.filter(customer=request.user)
    context = {
        "verified": request.user.is_verified,
        "orders": latest.prefetch_related("lines__product__images")[:LATEST],
        "addresses": request.user.addresses.all(),
    }
    return render(request, "shop/account.html", context)


@login_required
def addresses(request: SignedIn) -> HttpResponse:
    """One's own addresses."""
    own = request.user.addresses.all()
    return render(request, "shop/addresses.html", {"addresses": own})


@login_required
def address_new(request: SignedIn) -> HttpResponse:
    """Add an address."""
    return _edit(request, Address(user=request.user))


@login_required
def address_edit(request: SignedIn, address_id: int) -> HttpResponse:
    """Change an address; orders keep the copy that they have."""
    return _edit(request, get_object_or_404(request.user.addresses, pk=address_id))


@require_POST
@login_required
def address_delete(request: SignedIn, address_id: int) -> HttpResponse:
    """Delete an address; orders keep the copy that they have."""
    get_object_or_404(request.user.addresses, pk=address_id).delete()
    messages.success(request, _("The address was deleted."))
    return see_other("addresses")


@require_POST
@login_required
def resend_verification(request: SignedIn) -> HttpResponse:
    """Send the link that verifies the primary email address once more."""
    if request.user.is_verified:
        messages.info(request, _("Your email address is verified already."))
    elif not send_verification_email_for_user(request, request.user):
        text = _("A link was sent a moment ago: look into your mailbox.")
        messages.warning(request, text)
    return see_other(_back(request))


def _edit(request: SignedIn, address: Address) -> HttpResponse:
    form = AddressForm(request.POST or None, instance=address)
    if form.is_valid():
        form.save()
        messages.success(request, _("The address was saved."))
        return see_other("addresses")
    return render(request, "shop/address.html", {"form": form, "address": address})


def _back(request: SignedIn) -> str:
    """The page that asked, if it is one of ours."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}):
        return asked
    return resolve_url("account")
