"""A customer's addresses, one of them the default."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.addresses import delete_address, save_address
from accounts.models import Address
from accounts.requests import SignedIn
from shop.forms.account import AddressForm
from shop.responses import see_other


@never_cache
@login_required
def addresses(request: SignedIn) -> HttpResponse:
    """One's own addresses, the default first."""
    own = request.user.addresses.order_by("-is_default", "pk")
    return render(request, "shop/addresses.html", {"addresses": own})


@login_required
def address_new(request: SignedIn) -> HttpResponse:
    """Add an address."""
    return _edit(request, Address(user=request.user))


@login_required
def address_edit(request: SignedIn, address_id: int) -> HttpResponse:
    """Change an address; orders keep the copy that they have."""
    return _edit(request, get_object_or_404(request.user.addresses, pk=address_id))


@require_safe
@login_required
def address_region(request: SignedIn) -> HttpResponse:
    """The field of the region for a country, which the script puts in when another country is chosen."""
    prefix = request.GET.get("prefix") or None
    form = AddressForm(initial={"country": request.GET.get("country", "")[:2]}, prefix=prefix)
    return render(request, "components/field.html", {"field": form["region"]})


@require_POST
@login_required
def address_default(request: SignedIn, address_id: int) -> HttpResponse:
    """Make an address the one that checkout starts with."""
    save_address(get_object_or_404(request.user.addresses, pk=address_id), make_default=True)
    messages.success(request, _("Checkout starts with this address from now on."))
    return see_other("addresses")


@require_POST
@login_required
def address_delete(request: SignedIn, address_id: int) -> HttpResponse:
    """Delete an address; orders keep the copy that they have."""
    delete_address(get_object_or_404(request.user.addresses, pk=address_id))
    messages.success(request, _("The address was deleted."))
    return see_other("addresses")


def _edit(request: SignedIn, address: Address) -> HttpResponse:
    form = AddressForm(request.POST or None, instance=address)
    if form.is_valid():
        form.save_for(request.user)
        messages.success(request, _("The address was saved."))
        return see_other("addresses")
    return render(request, "shop/address.html", {"form": form, "address": address})
