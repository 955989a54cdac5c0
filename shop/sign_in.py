"""What signing in, and confirming an email address, lead to."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.requests import SignedIn
from shop import told
from shop.cart_stores import SessionCart, StoredCart, cart_of


class AccountAdapter(DefaultAccountAdapter):
    """allauth's way of doing things, but for the cart and the language."""

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation) -> str:
        """Whoever asked for the link at checkout comes back there, on whatever device the mail is read."""
        url = super().get_email_confirmation_url(request, emailconfirmation)
        asked_at = request.POST.get("next", "") if request else ""
        checkout = reverse("checkout")
        return add_query_params(url, {"next": checkout}) if asked_at.startswith(checkout) else url

    def get_email_verification_redirect_url(self, email_address) -> str:
        """With something in the cart, on with the order."""
        if self.request.user.is_authenticated and cart_of(self.request):
            return reverse("checkout")
        return super().get_email_verification_redirect_url(email_address)

    def post_login(self, request: HttpRequest, user: User, **how) -> HttpResponse:
        """The pages speak the user's language from here on."""
        response = super().post_login(request, user, **how)
        if user.language:
            remember_language(response, user.language)
        return response


def send_link_again(request: SignedIn) -> None:
    """Send the link that verifies the customer's email address once more, or say why not."""
    if request.user.is_verified:
        messages.info(request, _("Your email address is verified already."))
    elif not send_verification_email_for_user(request, request.user):
        messages.warning(request, _("A link was sent a moment ago: look into your mailbox."))


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep a language in the browser, as Django's own switch does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


@receiver(authenticator_added)
def passed_by_setting_up(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs) -> None:
    """Whoever has just set the authenticator app up has given its code: no need to ask for the next one."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


# Django's own signal comes from every way in: password, sign-up, a second factor, the staff desk.
@receiver(user_logged_in, dispatch_uid="shop.cart")
def take_the_cart_along(sender: type[User], request: HttpRequest, user: User, **kwargs: object) -> None:
    """Merge the session's cart into the customer's, and say what did not fit."""
    before = SessionCart(request.session)
    if before:
        told.merged(request, StoredCart(user).take_over(before))
