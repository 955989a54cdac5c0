"""Prices by the word of staff, in an order that they take: put in place of the shop's before any discount and tax."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.money import smallest
from orders.checkout.lines import PreviewLine
from orders.errors import InvalidInput
from orders.models.draft import MAX_REASON
from orders.shipping.rates import ShippingOption

# What a column of a price holds; a line of 999 pieces at it still fits its total.
MOST = Decimal(10) ** 10


@dataclass(frozen=True)
class Override:
    """What is paid instead of the shop's price, tax included, and why."""

    amount: Decimal
    reason: str


@dataclass(frozen=True)
class Overrides:
    """Of a piece by the product's id, and of the shipping whichever way it goes."""

    prices: Mapping[int, Override] = field(default_factory=dict)
    shipping: Override | None = None


NONE = Overrides()


def wrong_amount(amount: Decimal) -> str:
    """What is wrong with an amount of money, if anything is."""
    if not amount.is_finite() or not 0 <= amount < MOST or amount % smallest():
        return _("This is no amount of money.")
    return ""


def check(override: Override, errors: dict[str, list[str]], *, amount: str, reason: str) -> None:
    """Note what is wrong, under these names of its fields."""
    if wrong := wrong_amount(override.amount):
        errors[amount] = [wrong]
    if not override.reason.strip() or len(override.reason) > MAX_REASON:
        errors[reason] = [_("Say why, in at most %(most)d characters.") % {"most": MAX_REASON}]


def on_lines(lines: Sequence[PreviewLine], overrides: Overrides) -> tuple[PreviewLine, ...]:
    """The lines at the prices that were given. What a piece costs anyway is no override."""
    return tuple(_on_line(line, overrides.prices.get(line.product_id)) for line in lines)


def _on_line(line: PreviewLine, given: Override | None) -> PreviewLine:
    if given is None or given.amount == line.unit_price:
        return line
    return replace(
        line,
        unit_price=given.amount,
        # The price before a sale says nothing beside a price that is for this customer alone.
        list_price=None,
        usual_price=line.unit_price,
        price_reason=given.reason.strip(),
    )


def on_ways(ways: Sequence[ShippingOption], overrides: Overrides) -> tuple[ShippingOption, ...]:
    """The ways to send at the fee that was given."""
    return tuple(_on_way(option, overrides.shipping) for option in ways)


def _on_way(option: ShippingOption, given: Override | None) -> ShippingOption:
    if given is None or given.amount == option.fee:
        return option
    return replace(option, fee=given.amount, usual_fee=option.fee)


def require_parcel(overrides: Overrides, *, has_parcel: bool) -> None:
    """Raise InvalidInput for a fee of sending nothing."""
    if overrides.shipping and not has_parcel:
        raise InvalidInput({"shipping_fee": [_("Nothing in this order is sent, so there is no fee.")]})
