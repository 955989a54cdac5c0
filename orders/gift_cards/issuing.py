"""Cards that an order has sold: issued when it is paid, void when its money goes back.

Each call is made in a transaction that holds the order.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from database import Asked, later
from database.together import Sent
from orders.errors import OrderError
from orders.gift_cards.codes import new_code
from orders.gift_cards.spending import Kind, lock_cards
from orders.gift_cards.terms import last_day
from orders.models import GiftCard, GiftCardEntry, Order, OrderLine

if TYPE_CHECKING:
    from accounts.models import User


SELLS_CARDS = """
SELECT EXISTS (
    SELECT FROM orders_orderline line JOIN catalog_product product ON product.id = line.product_id
    WHERE line.order_id = %s AND product.is_gift_card
)
"""


class GiftCardSpent(OrderError):
    """What was bought with a card has the money: it can't go back to who bought the card as well."""

    code = "gift_card_spent"
    status = 409
    title = _("Gift card spent")
    message = _("A gift card of this order has been used, at least in part. Please write to us.")
    advice = _(
        "The order sold a gift card of which something was spent. Staff may cancel other pieces of it, or give money back."
    )


def look_for_sold(order: Order) -> Sent:
    """Ask whether the order sells gift cards, along with what is sent next; for `issue`."""
    return later(Asked(SELLS_CARDS, [order.pk]))


def issue(order: Order, found: Sent) -> list[GiftCard]:
    """A card with a code of its own for each piece of the order's gift cards, worth the piece's price."""
    if not found.rows[0][0]:
        return []
    lines = order.lines.filter(product__is_gift_card=True)
    sold = [line for line in lines for _piece in range(line.quantity)]
    if not sold:
        return []
    cards = GiftCard.objects.bulk_create(
        GiftCard(code=new_code(), currency=order.currency, line=line, expires_on=last_day()) for line in sold
    )
    GiftCardEntry.objects.bulk_create(
        GiftCardEntry(card=card, kind=Kind.ISSUED, amount=line.unit_price)
        for card, line in zip(cards, sold, strict=True)
    )
    return cards


def void_sold(order: Order, *, also_spent: bool) -> None:
    """Void all cards that the order has sold, since its money goes back. Raises GiftCardSpent, unless `also_spent`.

    Money that was returned at the provider is back already: what is left on a card is void then.
    """
    cards = [card for card in lock_cards(order) if card.line and card.line.order_id == order.pk]
    standing = [card for card in cards if card.voided_at is None]
    if not also_spent and any(not _is_whole(card) for card in standing):
        raise GiftCardSpent
    void(standing)


def void_pieces(line: OrderLine, quantity: int) -> None:
    """Void so many of a line's cards, those that were issued last. Raises GiftCardSpent if too few are untouched."""
    cards = [card for card in lock_cards(line.order) if card.line_id == line.pk]
    whole = [card for card in cards if card.voided_at is None and _is_whole(card)]
    if len(whole) < quantity:
        raise GiftCardSpent
    void(whole[len(whole) - quantity :])


def untouched(line: OrderLine) -> int:
    """How many of a line's cards have all their money, and so could go back."""
    return line.gift_cards.filter(voided_at=None, balance=F("line__unit_price")).count()


def void(cards: Iterable[GiftCard], *, note: str = "", actor: "User | None" = None) -> None:
    """Void locked cards with what is left on them."""
    for card in cards:
        if card.balance:
            GiftCardEntry.objects.create(
                card=card, kind=Kind.VOIDED, amount=-card.balance, note=note, actor=actor
            )
        card.voided_at = card.voided_at or timezone.now()
        card.save(update_fields=["voided_at"])


def _is_whole(card: GiftCard) -> bool:
    return card.line is not None and card.balance == card.line.unit_price
