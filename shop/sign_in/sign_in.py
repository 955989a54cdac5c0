"""What signing in, and confirming an email address, lead to, and how emails about accounts leave."""

import logging
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.email_verification import (
    get_address_for_user,
    handle_verification_email_rate_limit,
    send_verification_email_for_user,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import add_query_params, is_headless_request
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.headless.base.response import AuthenticationResponse
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.auth.signals import user_logged_in
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.codes.by_code import is_guest
from accounts.models import User
from accounts.requests import SignedIn
from orders.emails.messages import Words
from orders.emails.queue import write_account_email
from shop.cart_stores import SessionCart, StoredCart, cart_of
from shop.context import told
from shop.sign_in import sign_in_limits
from staff.caller import address

log = logging.getLogger(__name__)


class Site(NamedTuple):
    """What allauth's emails call the site."""

    name: str
    domain: str


def the_shop() -> Site:
    """Its own name and address, whatever host a request names."""
    return Site(settings.SHOP_NAME, urlsplit(settings.PUBLIC_URL).netloc)


# How long what is in an email is valid; the others say what has happened.
VALID_FOR = {
    "account/email/password_reset_key": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account/email/guest_password": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "account/email/login_code": timedelta(seconds=app_settings.LOGIN_BY_CODE_TIMEOUT),
    "account/email/email_confirmation": timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS),
    "account/email/email_confirmation_signup": timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS),
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter, with the shop's cart, language and emails."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owe the email: a worker sends it, so that a mail server that is slow or away is noticed by no page."""
        request = allauth_context.request
        minutes = app_settings.LOGIN_BY_CODE_TIMEOUT // 60
        about = {
            "request": request,
            "email": email,
            "current_site": the_shop(),
            "minutes": minutes,
            **context,
        }
        message = self.render_mail(template_prefix, email, about)
        html = [one.content for one in getattr(message, "alternatives", []) if one.mimetype == "text/html"]
        write_account_email(
            # Some of allauth's emails name the address alone.
            user=context.get("user") or User.objects.filter(email=email.lower()).first(),
            to=email,
            words=Words(str(message.subject), str(message.body), "".join(html)),
            valid_for=VALID_FOR.get(template_prefix),
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What happened to an account, and from where, in its user's language."""
        to = email or EmailAddress.objects.get_primary_email(user) or user.get_username()
        agent = self.request.headers.get("user-agent", "") if self.request else ""
        origin = {"timestamp": timezone.now(), "ip": address.get() or "–", "user_agent": agent[:200]}
        with translation.override(getattr(user, "language", "") or translation.get_language()):
            self.send_mail(template_prefix, to, {"user": user, **origin, **(context or {})})

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """A link in place of the password goes to a verified address alone.

        An account without any gets the link that verifies its address; one that was only asked for belongs to nobody yet.
        """
        addresses = EmailAddress.objects.filter(user_id=user.pk)
        is_theirs = addresses.filter(email=email.lower(), verified=True).exists()
        if is_theirs and isinstance(user, User) and is_guest(user):
            self.send_mail("account/email/guest_password", email, context)
        elif is_theirs:
            super().send_password_reset_mail(user, email, context)
        elif addresses.filter(verified=True).exists():
            send_unknown_account_mail(self.request, email)
        else:
            self._send_link_silently(user)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """A link that was asked for at checkout leads back there, on any device."""
        url = super().get_email_confirmation_url(request, emailconfirmation)
        asked_at = request.POST.get("next", "") if request else ""
        checkout = reverse("checkout")
        return add_query_params(url, {"next": checkout}) if asked_at.startswith(checkout) else url

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whether the address is its user's now. It is not where somebody else signed up with it meanwhile."""
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:
            about = {"email": email_address.email}
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, about)
            return False

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """With something in the cart, the customer goes on to checkout."""
        if self.request.user.is_authenticated and cart_of(self.request):
            return reverse("checkout")
        return super().get_email_verification_redirect_url(email_address)

    def is_safe_url(self, url: str) -> bool:
        """Whether a page to go on to is one of the shop's; what is no address at all is none, either."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **how: Any) -> HttpResponse:
        """The pages are in the user's language from here on, and the browser is known as theirs."""
        response = super().post_login(request, user, **how)
        if isinstance(user, User):
            sign_in_limits.remember_device(request, response, user)
            if user.language:
                remember_language(response, user.language)
        return response

    # --- who may sign in, and what strangers learn ---

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy(
            "This email address and password do not fit, or the address is not confirmed yet: then we have sent you the "
            "link once more."
        )
    }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return sign_in_limits.key_of(request, credentials.get("email", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        usage = sign_in_limits.count_for_account(request, credentials.get("email", ""))
        if usage is None:
            raise self.validation_error("too_many_login_attempts")
        if self._login_failed_rl_usage:
            self._login_failed_rl_usage.usage += usage.usage

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """An account that was never verified is told no more than a wrong password: sign-up would tell who has one."""
        user = super().authenticate(request, **credentials)
        if user is None or request.user.is_authenticated:
            return user
        if EmailAddress.objects.filter(user_id=user.pk, verified=True).exists():
            return user
        self._send_link_silently(user)
        self.authentication_failed(request, **credentials)
        return None

    def _send_link_silently(self, user: AbstractBaseUser) -> None:
        """The link that verifies the address once more, of which only its mailbox learns."""
        address = get_address_for_user(user)
        if address and handle_verification_email_rate_limit(self.request, address.email):
            address.send_confirmation(self.request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A line for who watches the log; it carries the caller's address, as each does (config/request_id.py)."""
        log.warning("a sign-in was refused")

    def save_user(self, request: HttpRequest, *args: Any, **kwargs: Any) -> AbstractBaseUser:
        """Who comes second at one moment is told what every other second one is."""
        try:
            with transaction.atomic():
                return super().save_user(request, *args, **kwargs)
        except IntegrityError as error:
            answer: Any = (
                AuthenticationResponse(request)
                if is_headless_request(request)
                else self.respond_email_verification_sent(request, None)
            )
            raise ImmediateHttpResponse(answer) from error

    def respond_email_verification_sent(
        self, request: HttpRequest, user: AbstractBaseUser | None
    ) -> HttpResponseBase:
        """Where there is an account already none is made, which takes as long: making one hashes a password."""
        if user is None:
            make_password("")
        return super().respond_email_verification_sent(request, user)

    def send_account_already_exists_mail(self, email: str) -> None:
        """For an account that was never verified, the link: whoever has the mailbox has it, with a password of their own.

        The one that is there may be a stranger's, who signed up with somebody else's address: it is worth nothing any more.
        """
        # Others only asked for it.
        own = EmailAddress.objects.filter(email=email.lower(), user__email__iexact=email)
        address = own.select_related("user").first()
        if address and address.verified and is_guest(address.user):
            # Who has bought without an account has one, with all that was ordered: what is missing is its password.
            request_password_reset(self.request, email, [address.user], None)
        elif address is None or EmailAddress.objects.filter(user=address.user, verified=True).exists():
            super().send_account_already_exists_mail(email)
        else:
            address.user.set_unusable_password()
            address.user.save(update_fields=["password"])
            address.send_confirmation(self.request)


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


def remember_language(response: HttpResponseBase, language: str) -> None:
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
