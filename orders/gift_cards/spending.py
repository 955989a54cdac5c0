"""What an order takes of gift cards and store credit, and what goes back to them.

Each call is made in a transaction that holds the order; cards are locked after it, in id order (docs/locks.md).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.errors import InvalidInput, OrderError
from orders.models import CardUse, GiftCard, GiftCardEntry, Order, Refund
from orders.pricing.payable import least_of

if TYPE_CHECKING:
    from accounts.models import User

Kind = GiftCardEntry.Kind
# Cards that one order may be paid with.
MAX_CARDS = 20


class GiftCardNotUsable(OrderError):
    """One answer for every code that can't pay: who guesses learns nothing of a code that there is."""

    code = "gift_card_not_usable"
    status = 409
    title = gettext_lazy("Gift card not usable")
    message = gettext_lazy("This gift card can't be used. Please check its code.")
    advice = gettext_lazy(
        "There is no such code, or nothing is left on it, or it has expired, is void, or is in another currency."
    )


def lock_cards(order: Order, *others: GiftCard) -> list[GiftCard]:
    """All cards that the order was paid with or has sold, and these others, locked in id order."""
    used = CardUse.objects.filter(order=order).order_by().values("card")
    sold = GiftCard.objects.filter(line__order=order).order_by().values("pk")
    # A union rather than OR, which would look at every card there is.
    also = GiftCard.objects.filter(pk__in=[card.pk for card in others]).order_by().values("pk")
    cards = GiftCard.objects.filter(pk__in=used.union(sold, also)).select_related("line").order_by("pk")
    return list(cards.select_for_update(no_key=True, of=("self",)))


def locked(card: GiftCard) -> GiftCard:
    """The card as it is now, locked."""
    return GiftCard.objects.select_for_update(no_key=True).get(pk=card.pk)


def hold(order: Order, *, card_id: int) -> CardUse:
    """Take what the order still costs of a card, or all that is on it. The same card again changes nothing.

    Raises GiftCardNotUsable, InvalidInput for more cards than an order may have.
    """
    if known := CardUse.objects.filter(order=order, card=card_id, state__in=CardUse.LIVE).first():
        return known
    card = GiftCard.objects.select_for_update(no_key=True).get(pk=card_id)
    amount = available(card, order)
    if amount <= 0 or not is_for(card, order):
        raise GiftCardNotUsable
    if order.card_uses.filter(state__in=CardUse.LIVE).count() >= MAX_CARDS:
        raise InvalidInput(
            {"code": [_("An order is paid with %(most)d cards at most.") % {"most": MAX_CARDS}]}
        )
    GiftCardEntry.objects.create(card=card, kind=Kind.TAKEN, amount=-amount, order=order)
    use = CardUse.objects.create(order=order, card=card, amount=amount)
    order.card_amount += amount
    return use


def available(card: GiftCard, order: Order) -> Decimal:
    """How much of a card an order takes: what it still costs, or what is on the card. No rest is left that nobody takes."""
    due, amount = order.amount_due, min(card.balance, order.amount_due)
    least = least_of(order.currency)
    return due - least if 0 < due - amount < least < due else amount


def is_for(card: GiftCard, order: Order) -> bool:
    """Whether the order may be paid with the card, if something is on it."""
    is_anybodys = not card.is_credit or card.owner_id == order.customer_id
    return card.can_be_spent and card.currency == order.currency and is_anybodys


def release(order: Order, uses: Iterable[CardUse]) -> None:
    """Give back what an order holds; the cards may be void or expired by now. The uses are in id order of their cards."""
    uses = list(uses)
    _lock([use.card_id for use in uses])
    for use in uses:
        GiftCardEntry.objects.create(card_id=use.card_id, kind=Kind.RELEASED, amount=use.amount, order=order)
        use.state, use.ended_at = CardUse.State.RELEASED, timezone.now()
        use.save(update_fields=["state", "ended_at"])
        order.card_amount -= use.amount


def _lock(card_ids: Iterable[int]) -> None:
    """Lock cards in id order: whoever adds an entry holds its card."""
    list(
        GiftCard.objects.filter(pk__in=card_ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )


def held_by(order: Order) -> list[CardUse]:
    """What the order holds of cards while it waits to be paid, in id order of the cards."""
    held = CardUse.objects.filter(order=order, state=CardUse.State.HELD)
    return list(held.select_related("card").order_by("card_id"))


def credit_of(customer: "User", currency: str) -> GiftCard:
    """The customer's store credit in a currency, made where there is none yet."""
    credit, _is_new = GiftCard.objects.get_or_create(owner=customer, currency=currency)
    return credit


def take_refund(refund: Refund, *, card: GiftCard, kind: Kind, actor: "User | None" = None) -> GiftCardEntry:
    """Note that a refund's money is on a card, whatever has become of the card: back on it, or given as store credit."""
    _lock([card.pk])
    return GiftCardEntry.objects.create(
        card=card,
        kind=kind,
        amount=refund.amount,
        order_id=refund.payment.order_id,
        refund=refund,
        actor=actor,
    )
