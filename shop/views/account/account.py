"""A customer's account: overview, profile, the verification link once more, and the language of the pages."""

from urllib.parse import urlsplit

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.codes.by_code import is_guest
from accounts.models import User
from accounts.requests import SignedIn
from orders.models import GiftCard, Order
from shop.context.unreachable import unreachable
from shop.forms.account import ProfileForm
from shop.responses import asked_from, see_other
from shop.sign_in.sign_in import remember_language, send_link_again

LATEST = 3
PICTURES = ("lines__product__images", "lines__product__group__images")


@never_cache
@login_required
def account(request: SignedIn) -> HttpResponse:
    """What belongs to the customer, at a glance."""
    latest = Order.objects.filter(customer=request.user)
    context = {
        "verified": request.user.is_verified,
        "two_factor": is_mfa_enabled(request.user),
        "is_guest": is_guest(request.user),
        "orders": latest.prefetch_related(*PICTURES)[:LATEST],
        "unreachable": unreachable(request.user),
        "credits": GiftCard.objects.filter(owner=request.user, balance__gt=0),
    }
    return render(request, "shop/account.html", context)


@never_cache
@login_required
def profile(request: SignedIn) -> HttpResponse:
    """Name, phone and language."""
    if request.method != "POST":
        form = ProfileForm(instance=request.user)
        return render(request, "shop/profile.html", {"form": form})
    # Another instance: the form writes into it also when it is wrong, and the page's header shows request.user.
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return render(request, "shop/profile.html", {"form": form})
    user = form.save()
    with translation.override(user.language):
        messages.success(request, _("Your profile was saved."))
    response = see_other("account")
    remember_language(response, user.language)
    return response


@require_POST
@login_required
def resend_verification(request: SignedIn) -> HttpResponse:
    """Send the link that verifies the primary email address once more."""
    send_link_again(request)
    return see_other(asked_from(request, otherwise="account"))


def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own switch, to the same page; a signed-in user's choice is stored too, for other devices and for emails."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    shown = request.POST.get("next") or request.headers.get("Referer", "")
    # An address is read in the language that it names, and then written in the chosen one.
    translation.activate(translation.get_language_from_path(_path_of(shown)) or settings.LANGUAGE_CODE)
    return i18n.set_language(request)


def _path_of(address: str) -> str:
    """The path of an address; none of what is not an address."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""
