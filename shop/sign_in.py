"""What signing in, and confirming an email address, lead to."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core.internal.httpkit import add_query_params
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from shop import told
from shop.cart_stores import SessionCart, StoredCart, cart_of


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter, with the shop's cart and language."""

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """A link that was asked for at checkout leads back there, on whatever device the email is read."""
        url = super().get_email_confirmation_url(request, emailconfirmation)
        asked_at = request.POST.get("next", "") if request else ""
        checkout = reverse("checkout")
        return add_query_params(url, {"next": checkout}) if asked_at.startswith(checkout) else url

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """With something in the cart, the customer goes on to checkout."""
        if self.request.user.is_authenticated and cart_of(self.request):
            return reverse("checkout")
        return super().get_email_verification_redirect_url(email_address)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **how: Any) -> HttpResponse:
        """The pages are in the user's language from here on."""
        response = super().post_login(request, user, **how)
        if isinstance(user, User) and user.language:
            remember_language(response, user.language)
        return response


class HeadlessAdapter(DefaultHeadlessAdapter):
    """allauth's adapter for programs: links in its emails lead to the shop's pages, also those that a page asked for."""

    def get_frontend_url(self, urlname: str, **kwargs: str) -> str:
        """The page's public address. The key of a forgotten password is a user and a token with a dash between them."""
        if urlname == "account_reset_password_from_key":
            kwargs["uidb36"], _dash, kwargs["key"] = kwargs["key"].partition("-")
        return f"{settings.PUBLIC_URL}{reverse(urlname, kwargs=kwargs)}"


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
def passed_by_setting_up(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Setting up the authenticator app counts as a check of its code, which was just given: no need to ask again."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


# Django's own signal comes from every way in: password, sign-up, a second factor, the staff desk.
@receiver(user_logged_in, dispatch_uid="shop.cart")
def take_the_cart_along(sender: type[User], request: HttpRequest, user: User, **kwargs: object) -> None:
    """Merge the session's cart into the customer's, and say what did not fit."""
    before = SessionCart(request.session)
    if before:
        told.merged(request, StoredCart(user).take_over(before))
