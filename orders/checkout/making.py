"""How a preview is made: what is ordered, at the prices of its place, less what is taken off, with each way to send it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from accounts.models import Address
from catalog.models import Product
from catalog.money import rounded
from orders.billing.given import Billing
from orders.checkout import overrides as by_hand
from orders.checkout.discounting import discounted, discounts_of
from orders.checkout.lines import PreviewLine
from orders.checkout.overrides import Overrides
from orders.checkout.preview import Preview
from orders.checkout.terms import prices_fetched, prices_for
from orders.errors import InvalidInput
from orders.pricing.discounts import Discount, Item, off_items
from orders.pricing.prices import Prices
from orders.shipping import places, rates
from orders.shipping.rates import Parcel, ShippingOption


@dataclass(frozen=True)
class TakenOrder:
    """What staff say of an order that they take: of which draft (its id and serial), where to, and at which prices."""

    draft: tuple[int, int]
    address: Address | None
    overrides: Overrides


@dataclass(frozen=True)
class Terms:
    """For whom a preview is made, where it goes and who is billed; nothing is wrong about it. Without zones: no parcel."""

    customer_id: int
    address: Address
    zones: places.Zones | None
    billed: Billing | None
    billing_given: dict[str, str]
    taken: TakenOrder | None


@dataclass(frozen=True)
class _Wish:
    """What is ordered, on which terms, and with which codes."""

    ordered: Sequence[tuple[Product, int]]
    parcel: Parcel
    terms: Terms
    codes: Sequence[str]


def made(ordered: Sequence[tuple[Product, int]], terms: Terms, codes: Sequence[str]) -> Preview:
    """Promotions take off what is paid at the customer's place: the total has less by what they say. Raises InvalidInput."""
    parcel, zones = rates.pack(ordered), terms.zones
    if zones is None:
        ways = [rates.without_parcel()]
    else:
        days = [day for product, _quantity in ordered if (day := product.preorder_from)]
        zone = zones.of(terms.address.region)
        ways = rates.options_in(parcel=parcel, zone=zone, day=max(days, default=None))
    wish = _Wish(ordered, parcel, terms, codes)
    to_fetch = [way for way in ways if way.is_pickup]
    if to_fetch and to_fetch == ways:
        return _quoted(wish, prices_fetched(), ways)
    prices = prices_for(terms.address, terms.billed, is_sent=zones is not None)
    sent = _quoted(wish, prices, [way for way in ways if not way.is_pickup])
    return _beside(sent, wish, to_fetch) if to_fetch else sent


def _beside(sent: Preview, wish: _Wish, to_fetch: Sequence[ShippingOption]) -> Preview:
    """A preview of what is sent that may be fetched as well; not where a code takes nothing off then."""
    try:
        fetched = _quoted(wish, prices_fetched(), to_fetch, as_sent=sent)
    except InvalidInput:
        return sent
    fetched = replace(fetched, id=sent.id, expires_at=sent.expires_at)
    ways = (*sent.shipping_options, *fetched.shipping_options)
    return replace(sent, shipping_options=ways, fetched=fetched)


def _quoted(
    wish: _Wish, prices: Prices, ways: Sequence[ShippingOption], as_sent: Preview | None = None
) -> Preview:
    """The preview at these prices. Where it costs the same as what is sent, the same is taken off. Raises InvalidInput."""
    terms, taken = wish.terms, wish.terms.taken
    given = taken.overrides if taken else by_hand.NONE
    ways = by_hand.on_ways([replace(way, fee=prices.of_shipping(way.fee)) for way in ways], given)
    lines = by_hand.on_lines([_line(product, quantity, prices) for product, quantity in wish.ordered], given)
    _check_worth(wish.ordered, lines)
    alike = as_sent if as_sent and _costs(lines) == _costs(as_sent.lines) else None
    discounts = alike.discounts if alike else _discounts(wish, lines, ways)
    off = off_items(discounts, len(lines))
    return Preview(
        id=uuid7(),
        customer_id=terms.customer_id,
        expires_at=timezone.now() + timedelta(seconds=settings.ORDER_PREVIEW_TTL),
        currency=settings.CURRENCY,
        lines=tuple(replace(line, discount=less) for line, less in zip(lines, off, strict=True)),
        parcel=wish.parcel,
        shipping_options=tuple(discounted(option, discounts) for option in ways),
        address=terms.address.snapshot(),
        needs_parcel=terms.zones is not None,
        shipping_tax_rate=prices.rates.shipping,
        tax_reason=_reason(wish.ordered, lines, prices),
        billing=terms.billed,
        billing_given=terms.billing_given,
        discounts=discounts,
        draft=taken.draft if taken else None,
        shipping_reason=given.shipping.reason.strip() if given.shipping else "",
    )


def _discounts(
    wish: _Wish, lines: Sequence[PreviewLine], ways: Sequence[ShippingOption]
) -> tuple[Discount, ...]:
    items = [
        Item(line.sku, line.unit_price, line.quantity, line.product_id, is_money=product.is_gift_card)
        for line, (product, _quantity) in zip(lines, wish.ordered, strict=True)
    ]
    return discounts_of(
        customer_id=wish.terms.customer_id,
        items=items,
        codes=wish.codes,
        ways=ways,
        by_staff=wish.terms.taken is not None,
    )


def _reason(ordered: Sequence[tuple[Product, int]], lines: Sequence[PreviewLine], prices: Prices) -> str:
    """Why there is no tax; of gift cards none has to be said, as what they buy is taxed."""
    pairs = zip(lines, ordered, strict=True)
    rates = {line.tax_rate for line, (product, _quantity) in pairs if not product.is_gift_card}
    return prices.reason({prices.rates.shipping, *rates}) if rates else ""


def _check_worth(ordered: Sequence[tuple[Product, int]], lines: Sequence[PreviewLine]) -> None:
    """Raise InvalidInput for a gift card that costs nothing, and so would have nothing on it."""
    for (product, _quantity), line in zip(ordered, lines, strict=True):
        if product.is_gift_card and not line.unit_price:
            raise InvalidInput({"items": [_("A gift card has on it what it costs, which can't be nothing.")]})


def _costs(lines: Iterable[PreviewLine]) -> list[Decimal]:
    return [line.unit_price for line in lines]


def _line(product: Product, quantity: int, prices: Prices) -> PreviewLine:
    if product.is_gift_card:
        # Money in advance: what it costs is what is on it, and what it buys is taxed then (docs/tax.md).
        return _plain(product, quantity, unit_price=rounded(product.price), rate=Decimal(0))
    unit_price = prices.of(product.price_now, product.tax_class_id)
    before = None if product.list_price is None else prices.of(product.list_price, product.tax_class_id)
    line = _plain(product, quantity, unit_price=unit_price, rate=prices.rates.of(product.tax_class_id))
    if day := product.preorder_from:
        line = replace(line, available_from=day)
    # Only where it is more in what the currency has.
    return replace(line, list_price=before) if before is not None and before > unit_price else line


def _plain(product: Product, quantity: int, *, unit_price: Decimal, rate: Decimal) -> PreviewLine:
    return PreviewLine(
        product.pk,
        product.inventory,
        product.sku,
        product.local_name,
        quantity,
        unit_price,
        product.refunds,
        rate,
        starts_at=product.starts_at,
    )
