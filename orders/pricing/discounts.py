"""What promotions take off a cart, and each line's share of it. Computed here alone, from numbers alone.

All is counted in the currency's smallest unit and in whole numbers. What several take off comes one after the other, each
off what is left: first pieces that are free, then percent, then amounts, last the shipping. So nothing gets negative, and
neither the order of the lines nor that of the offers changes anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.money import smallest

# The kinds of orders/models/pricing/promotion.py, in the order in which they apply.
PIECES, PERCENT, AMOUNT, FREE_SHIPPING = "pieces", "percent", "amount", "free_shipping"
ORDER = (PIECES, PERCENT, AMOUNT, FREE_SHIPPING)
# A percentage has four decimals at most: of this many parts.
WHOLE = 1_000_000


@dataclass(frozen=True)
class Item:
    """Pieces in a cart at the price of one. The key names it, and no other."""

    key: str
    unit_price: Decimal
    quantity: int
    product_id: int
    # A gift card: no promotion is for it, nor counts it.
    is_money: bool = False

    @property
    def gross(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class Offer:
    """A promotion's terms. Of `pieces` only `paid_pieces` are paid; an `amount` of free shipping is the most of the fee.

    It is for the `products`; None is all.
    """

    promotion_id: int
    kind: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    pieces: int | None = None
    paid_pieces: int | None = None
    products: frozenset[int] | None = None
    combinable: bool = False
    code: str = ""
    name: str = ""

    @property
    def is_for_all(self) -> bool:
        return self.products is None

    def is_for(self, item: Item) -> bool:
        return not item.is_money and (self.products is None or item.product_id in self.products)


@dataclass(frozen=True)
class Discount:
    """What a promotion takes off: of each item a share, in the order in which they were given; of any fee up to so much."""

    offer: Offer
    shares: tuple[Decimal, ...]

    @property
    def name(self) -> str:
        return self.offer.name

    @property
    def code(self) -> str:
        return self.offer.code

    @property
    def off_items(self) -> Decimal:
        return sum(self.shares, Decimal(0))

    def off_fee(self, fee: Decimal) -> Decimal:
        """What of a fee, or of what is left of it."""
        if self.offer.kind != FREE_SHIPPING:
            return Decimal(0)
        return fee if self.offer.amount is None else min(fee, self.offer.amount)


def best(
    *, offers: Iterable[Offer], items: Sequence[Item], fee: Decimal, currency: str
) -> tuple[Discount, ...]:
    """What takes off most: one of those that apply alone, or all others together; of equal ones the older.

    `fee` is what the shipping costs at least. Offers that take off nothing are left out.
    """
    given = sorted(offers, key=lambda offer: (ORDER.index(offer.kind), offer.promotion_id))
    together = [offer for offer in given if offer.combinable]
    found = [
        _apply(some, items, fee, currency) for some in [together, *([o] for o in given if not o.combinable)]
    ]
    return max(found, key=lambda some: (_taken(some, fee), [-one.offer.promotion_id for one in some]))


def off_fee(discounts: Sequence[Discount], fee: Decimal) -> tuple[Decimal, ...]:
    """What each takes off a fee, one after the other."""
    shares, left = [], fee
    for one in discounts:
        shares.append(one.off_fee(left))
        left -= shares[-1]
    return tuple(shares)


def off_items(discounts: Sequence[Discount], count: int) -> tuple[Decimal, ...]:
    """What all together take off each of so many items."""
    return tuple(sum((one.shares[at] for one in discounts), Decimal(0)) for at in range(count))


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount divided by weights, by largest remainder; of equal remainders the earlier one's goes first."""
    together = sum(weights)
    if not together:
        return [0] * len(weights)
    whole = [divmod(amount * weight, together) for weight in weights]
    shares = [share for share, _remainder in whole]
    largest = sorted(range(len(whole)), key=lambda at: -whole[at][1])
    for at in largest[: amount - sum(shares)]:
        shares[at] += 1
    return shares


def _taken(discounts: Sequence[Discount], fee: Decimal) -> Decimal:
    return sum((one.off_items for one in discounts), Decimal(0)) + sum(off_fee(discounts, fee), Decimal(0))


def _apply(
    offers: Sequence[Offer], items: Sequence[Item], fee: Decimal, currency: str
) -> tuple[Discount, ...]:
    unit = smallest(currency)
    # By key, so that the order of the lines decides nothing.
    by_key = sorted(range(len(items)), key=lambda at: items[at].key)
    left = [int(item.gross / unit) for item in items]
    found = []
    for offer in offers:
        meant = [at for at in by_key if offer.is_for(items[at])]
        shares = dict(
            zip(
                meant,
                _shares(offer, [items[at] for at in meant], [left[at] for at in meant], unit),
                strict=True,
            )
        )
        left = [units - shares.get(at, 0) for at, units in enumerate(left)]
        one = Discount(offer, tuple(shares.get(at, 0) * unit for at in range(len(items))))
        fee_left = fee - one.off_fee(fee)
        if one.off_items or fee_left != fee:
            found.append(one)
        fee = fee_left
    return tuple(found)


def _shares(offer: Offer, items: Sequence[Item], left: Sequence[int], unit: Decimal) -> list[int]:
    """What an offer takes off what is left of the items that it is for, in the smallest unit."""
    if offer.kind == PIECES:
        return _free_pieces(offer, items, left, unit)
    if offer.kind == PERCENT and offer.percent is not None:
        parts = int(offer.percent * WHOLE / 100)
        return share_out((2 * sum(left) * parts + WHOLE) // (2 * WHOLE), left)
    if offer.kind == AMOUNT and offer.amount is not None:
        return share_out(min(int(offer.amount / unit), sum(left)), left)
    return [0] * len(items)


def _free_pieces(offer: Offer, items: Sequence[Item], left: Sequence[int], unit: Decimal) -> list[int]:
    """Of every so many pieces some are free: the cheapest ones of all."""
    if not offer.pieces or offer.paid_pieces is None:
        return [0] * len(items)
    free = sum(item.quantity for item in items) // offer.pieces * (offer.pieces - offer.paid_pieces)
    shares = [0] * len(items)
    for at in sorted(range(len(items)), key=lambda at: items[at].unit_price):
        of_it = min(free, items[at].quantity)
        shares[at] = min(int(items[at].unit_price / unit) * of_it, left[at])
        free -= of_it
    return shares
