"""What a customer reads who was given store credit or a gift card by staff: how much, and how it is spent."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from orders.emails.messages import Words, finished
from orders.emails.queue import write_message
from orders.models import EmailKind, GiftCard, GiftCardEntry

if TYPE_CHECKING:
    from accounts.models import User


def tell_of_credit(entry: GiftCardEntry) -> None:
    """Owe the owner of store credit an email about what was just given, in the caller's transaction."""
    owner = entry.card.owner
    if owner is None:
        return
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        balance = GiftCard.objects.values_list("balance", flat=True).get(pk=entry.card_id)
        words = _words(card=entry.card, amount=entry.amount, balance=balance)
        write_message(kind=EmailKind.GIVEN, user=owner, to=owner.email, words=words)


def tell_of_card(card: GiftCard, *, to: str, user: "User | None") -> None:
    """Owe an address the code of a new card, in the caller's transaction; `user` is whose address it is, if it is known."""
    with translation.override((user and user.language) or settings.LANGUAGE_CODE):
        words = _words(card=card, amount=card.balance)
        write_message(kind=EmailKind.GIVEN, user=user, to=to, words=words)


def _words(**about: object) -> Words:
    link = f"{settings.PUBLIC_URL}{reverse('products')}"
    given = {"shop": settings.SHOP_NAME, "contact": settings.SHOP_EMAIL, "link": link, **about}
    text = render_to_string("orders/given.txt", given)
    return finished(text, link=link, action=_("Look around in the shop"))
