"""What signing in, and confirming an email address, lead to, and how emails about accounts leave."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core import context as allauth_context
from allauth.core.internal.httpkit import add_query_params
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sites.shortcuts import get_current_site
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.requests import SignedIn
from orders.emails.messages import Words
from orders.emails.queue import write_account_email
from shop import told
from shop.cart_stores import SessionCart, StoredCart, cart_of

# How long what is in an email is valid; the others say what has happened.
VALID_FOR = {
    "account/email/password_reset_key": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account/email/email_confirmation": timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS),
    "account/email/email_confirmation_signup": timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS),
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter, with the shop's cart, language and emails."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owe the email: a worker sends it, so that a mail server that is slow or away is noticed by no page."""
        request = allauth_context.request
        about = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        message = self.render_mail(template_prefix, email, about)
        html = [one.content for one in getattr(message, "alternatives", []) if one.mimetype == "text/html"]
        write_account_email(
            # Some of allauth's emails name the address alone.
            user=context.get("user") or User.objects.filter(email=email.lower()).first(),
            to=email,
            words=Words(str(message.subject), str(message.body), "".join(html)),
            valid_for=VALID_FOR.get(template_prefix),
        )

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """A link that was asked for at checkout leads back there, on any device."""
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
