"""The page of one's API keys: made, shown once, revoked."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts.access.keys import active, revoke_key
from accounts.requests import SignedIn
from shop.forms.account import KeyForm
from shop.responses import see_other


@never_cache
@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth's
@sensitive_variables("new")
def api_keys(request: SignedIn) -> HttpResponse:
    """The user's keys, and a form for a new one, whose secret is shown on the answer to the POST alone.

    Making a key asks for the password again, since a key works on after the browser is closed.
    """
    form = KeyForm(request.POST or None, user=request.user)
    new = form.make() if request.method == "POST" else None
    context = {"form": KeyForm(user=request.user) if new else form, "new": new, "keys": active(request.user)}
    return render(request, "shop/keys.html", context)


@require_POST
@login_required
def revoke(request: SignedIn, key_id: int) -> HttpResponse:
    """Make a key useless."""
    revoke_key(user=request.user, key_id=key_id)
    messages.success(request, _("The key was revoked."))
    return see_other("api-keys")
