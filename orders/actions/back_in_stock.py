"""Telling people, once and by email, that a product is back.

It is a rule about emails and accounts, so it lives here; who waits, and what is back, is in catalog/shelf/waiting.py.
A customer waits with one click; who is not signed in opens a link first, as the address that was typed may be anybody's.
What is back is told by the sweep, which reads it from the stock as it is: there is no hint that could be lost.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Product
from catalog.models.wait import Wait
from catalog.shelf import waiting
from database import fetch
from orders.emails.messages import Words, finished
from orders.emails.queue import write_message
from orders.models import Email, EmailKind
from outbox import clock
from refusals import Refusal

VALID_FOR = timedelta(days=3)
# Links that one address may be sent within a day, whoever asks for them.
MAX_LINKS_A_DAY = 3
# People who are told in one transaction.
BATCH_SIZE = 100
# The first key of the advisory locks of addresses; the second is the address's hash. Any number, used nowhere else.
ADDRESSES = 7_302_003
CONFIRM, STOP = "back-in-stock", "back-in-stock.stop"


class TooManyLinks(Exception):
    """The address was sent enough links for a day. It is told to nobody."""


class LinkOver(Refusal):
    """The link was not made by the shop, or is too old. It is for the pages, which say so."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a link that confirms an address says."""

    product: Product
    email: str
    language: str


# --- asking --------------------------------------------------------------------------------------------------------


@transaction.atomic
def wait_for(*, product_id: int, user: User) -> None:
    """A customer, whose address is verified, is told when the product is back. Who has left waits for nothing.

    The user's row is locked first, as closing the account does.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not user.has_left:
        waiting.wait(product_id=product_id, email=user.email, user_id=user.pk, language=_language(user))


@transaction.atomic
def ask_to_confirm(*, product: Product, email: str) -> None:
    """Owe a stranger's address the link by which it says yes, in the language that is on; nothing else is kept of it.

    An address gets MAX_LINKS_A_DAY at most, also when many ask at one moment: they wait for each other. Nothing tells
    whether it got one, nor whether the shop knows it; nor does the time that it takes, since the link that is one too
    many is written, too, and then taken back.
    """
    email = email.lower()
    fetch("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ADDRESSES, email])
    with suppress(TooManyLinks), transaction.atomic():
        _write_link(product, email)
        since = timezone.now() - timedelta(days=1)
        links = Email.objects.filter(
            order=None, to=email, kind=EmailKind.BACK_TO_CONFIRM, created_at__gt=since
        )
        if links.count() > MAX_LINKS_A_DAY:
            raise TooManyLinks


def _write_link(product: Product, email: str) -> None:
    language = translation.get_language() or settings.LANGUAGE_CODE
    token = signing.dumps([product.pk, email, language], salt=CONFIRM)
    link = _page("back-in-stock-confirm", token)
    action = _("Tell me when it's back")
    words = _words("back_to_confirm", link=link, action=action, product=product, days=VALID_FOR.days)
    write_message(
        kind=EmailKind.BACK_TO_CONFIRM,
        user=None,
        to=email,
        words=words,
        expires_at=timezone.now() + VALID_FOR,
    )


def asked(token: str) -> Asked:
    """What the link asks for. Raises LinkOver."""
    try:
        product_id, email, language = signing.loads(token, salt=CONFIRM, max_age=VALID_FOR)
    except signing.BadSignature as error:
        raise LinkOver from error
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise LinkOver
    return Asked(product=product, email=email, language=language)


def confirm(*, token: str) -> Asked:
    """The address says yes: it waits, as its account's if it has one. Raises LinkOver."""
    found = asked(token)
    owner = User.objects.verified().filter(email=found.email).first()
    with translation.override(found.language):
        if owner is not None:
            wait_for(product_id=found.product.pk, user=owner)
        else:
            waiting.wait(
                product_id=found.product.pk, email=found.email, user_id=None, language=found.language
            )
    return found


# --- stopping ------------------------------------------------------------------------------------------------------


def address_of(token: str) -> str:
    """The address that a link to stop was sent to; such a link holds for good. Raises LinkOver."""
    try:
        email: str = signing.loads(token, salt=STOP)
    except signing.BadSignature as error:
        raise LinkOver from error
    return email


def waits_of(email: str) -> QuerySet[Wait]:
    """What an address waits for, as it is or as its account's."""
    its = Q(email=email) | Q(user__email=email)
    return Wait.objects.filter(its).select_related("product").order_by("pk")


def stop(*, token: str) -> None:
    """The address waits for nothing any more. Raises LinkOver."""
    waits_of(address_of(token)).delete()


# --- telling -------------------------------------------------------------------------------------------------------


def tell(*, product_id: int) -> None:
    """Owe everybody who waits for a product that is back an email: each once, as whoever is told waits no more."""
    while _tell_some(product_id):
        clock.step()


@transaction.atomic
def _tell_some(product_id: int) -> bool:
    """Whether there was anybody to tell. An account that also waits under another address is told once."""
    taken = waiting.take(product_id=product_id, most=BATCH_SIZE)
    for to, one in {_address(one): one for one in taken}.items():
        if one.user is None or one.user.is_active:
            _tell(one, to)
    return bool(taken)


def _address(one: Wait) -> str:
    """A customer who has another address by now is told there."""
    return one.user.email if one.user and one.user.is_verified else one.email


def _tell(one: Wait, to: str) -> None:
    with translation.override((one.user and one.user.language) or one.language):
        link = f"{settings.PUBLIC_URL}{one.product.get_absolute_url()}"
        stop_link = _page("back-in-stock-stop", signing.dumps(to, salt=STOP))
        words = _words(
            "back_in_stock", product=one.product, link=link, action=_("See the product"), stop=stop_link
        )
        write_message(kind=EmailKind.BACK_IN_STOCK, user=one.user, to=to, words=words)


def _language(user: User) -> str:
    """The customer's own, else the one that is on."""
    return user.language or translation.get_language() or settings.LANGUAGE_CODE


def _page(name: str, token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[token])}"


def _words(template: str, *, link: str, action: str, stop: str = "", **about: object) -> Words:
    """The words of a message about a link; `action` is what its button says."""
    given = {"shop": settings.SHOP_NAME, "link": link, "stop": stop, **about}
    text = render_to_string(f"orders/{template}.txt", given)
    return finished(text, link=link, action=action, links=[stop])
