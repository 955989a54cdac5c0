"""What staff do with cards: give store credit, issue a card without an order, and void one.

Whoever is given something is told by an email, owed in the transaction that gives it.
"""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from catalog.money import smallest, written
from orders.emails.gifts import tell_of_card, tell_of_credit
from orders.errors import InvalidInput, OrderError
from orders.gift_cards import issuing
from orders.gift_cards.codes import new_code
from orders.gift_cards.spending import Kind, credit_of, locked
from orders.gift_cards.terms import last_day
from orders.models import GiftCard, GiftCardEntry
from orders.rights import OrderRights
from staff.log import use_right
from staff.rights import require

MAX_NOTE, MAX_ADDRESS, MAX_AMOUNT = 500, 254, Decimal("9999999999.99")


class NothingToVoid(OrderError):
    """Said at the desk alone."""

    message = gettext_lazy("This gift card is void already.")


class GivenBefore(OrderError):
    """Said at the desk alone: a second click sends the same form again."""

    message = gettext_lazy(
        "You have given something since this page was opened, perhaps just this. Sent once more, it is given."
    )


def last_given(actor: User) -> int:
    """What this member of staff gave or voided last: the id of the entry, 0 where there is none."""
    return GiftCardEntry.objects.filter(actor=actor).aggregate(last=Max("pk"))["last"] or 0


@transaction.atomic
def give_credit(
    *, email: str, amount: Decimal, note: str, actor: User | None, after: int | None = None
) -> GiftCardEntry:
    """Give a customer store credit in the shop's currency, and tell the customer.

    `after` is what the actor gave last when this was typed (if it is known). Raises PermissionDenied, InvalidInput,
    GivenBefore.
    """
    require(actor=actor, right=OrderRights.GIVE_CREDIT)
    _check(amount, note)
    # Locked: who closes the account at this moment gets nothing any more.
    people = _locked(Q(is_active=True, email__iexact=email.strip()), actor)
    customer = next((one for one in people if one.email.lower() == email.strip().lower()), None)
    _require_first(actor, after)
    if customer is None:
        raise InvalidInput({"email": [_("There is no customer with this address.")]})
    credit = locked(credit_of(customer, settings.CURRENCY))
    _log(
        actor,
        OrderRights.GIVE_CREDIT,
        credit,
        customer=str(customer.email),
        amount=written(amount),
        note=note,
    )
    entry = GiftCardEntry.objects.create(
        card=credit, kind=Kind.GIVEN, amount=amount, note=note.strip(), actor=actor
    )
    tell_of_credit(entry)
    return entry


@transaction.atomic
def issue_card(
    *, amount: Decimal, note: str, actor: User | None, code: str = "", to: str = "", after: int | None = None
) -> GiftCard:
    """A card that nobody has bought: its code is sent to the address `to`, or passed on by staff; `after` as above.

    Raises PermissionDenied, InvalidInput, GivenBefore.
    """
    require(actor=actor, right=OrderRights.GIVE_CREDIT)
    to = to.strip().lower()
    _check(amount, note, to)
    # Locked: whoever closes the account at this moment is sent nothing any more.
    people = _locked(Q(is_active=True, email=to) if to else Q(pk=None), actor)
    _require_first(actor, after)
    card = GiftCard.objects.create(code=code or new_code(), currency=settings.CURRENCY, expires_on=last_day())
    sent = {"sent_to": to} if to else {}
    _log(actor, OrderRights.GIVE_CREDIT, card, amount=written(amount), note=note, **sent)
    GiftCardEntry.objects.create(card=card, kind=Kind.ISSUED, amount=amount, note=note.strip(), actor=actor)
    card.refresh_from_db(fields=["balance"])
    if to:
        tell_of_card(card, to=to, user=next((one for one in people if one.email == to), None))
    return card


@transaction.atomic
def void_card(*, card_id: int, note: str, actor: User | None) -> GiftCard:
    """Void a card with what is left on it, or what came back to it since. Raises PermissionDenied, NothingToVoid.

    What an order holds of it at this moment may still pay that order.
    """
    require(actor=actor, right=OrderRights.VOID_CARDS)
    card = GiftCard.objects.select_for_update(no_key=True).get(pk=card_id)
    if not note.strip() or len(note) > MAX_NOTE:
        raise InvalidInput({"note": [_("Say why, in at most %(most)d characters.") % {"most": MAX_NOTE}]})
    if (card.voided_at is not None and not card.balance) or (card.is_credit and not card.balance):
        raise NothingToVoid
    _log(actor, OrderRights.VOID_CARDS, card, amount=written(card.balance, card.currency), note=note)
    if card.is_credit:
        # The account stays: credit may be given again.
        GiftCardEntry.objects.create(
            card=card, kind=Kind.VOIDED, amount=-card.balance, note=note.strip(), actor=actor
        )
    else:
        issuing.void([card], note=note.strip(), actor=actor)
    card.refresh_from_db(fields=["balance", "voided_at"])
    return card


def _locked(customer: Q, actor: User | None) -> list[User]:
    """The customer and the actor, in id order: what one person gives is given one after the other."""
    wanted = customer if actor is None else customer | Q(pk=actor.pk)
    return list(User.objects.select_for_update(no_key=True).filter(wanted).order_by("pk"))


def _require_first(actor: User | None, after: int | None) -> None:
    """The actor is locked."""
    if actor is not None and after is not None and last_given(actor) != after:
        raise GivenBefore


def _log(actor: User | None, right: OrderRights, card: GiftCard, **details: str) -> None:
    use_right(actor=actor, right=right, about=card, **details)


def _check(amount: Decimal, note: str, to: str = "") -> None:
    errors = {}
    if to and not _is_address(to):
        errors["email"] = [_("Enter a valid email address.")]
    if not amount.is_finite() or not 0 < amount <= MAX_AMOUNT or amount % smallest():
        errors["amount"] = [_("Enter an amount above zero.")]
    if not note.strip() or len(note) > MAX_NOTE:
        errors["note"] = [_("Say why, in at most %(most)d characters.") % {"most": MAX_NOTE}]
    if errors:
        raise InvalidInput(errors)


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= MAX_ADDRESS
