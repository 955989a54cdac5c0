"""A preview: lines, parcel, shipping options, totals; kept in the cache until it expires.

What is computed here is what the page shows, what the API answers and what placement charges: nothing is added up twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from django.utils.connection import ConnectionProxy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError
from uuid_utils.compat import uuid7

from accounts.models import Address
from catalog import shelf
from catalog.models import Product
from orders.billing.given import Billing
from orders.checkout.discounting import Taken, discounted, discounts_of
from orders.checkout.terms import billed_to, prices_for
from orders.errors import InvalidInput, OrderError
from orders.pricing.breakdown import Breakdown, Charge, break_down
from orders.pricing.discounts import Discount, Item, off_fee, off_items
from orders.pricing.payable import check_payable
from orders.pricing.prices import Prices
from orders.shipping import rates
from orders.shipping.rates import Parcel, ShippingOption

if TYPE_CHECKING:
    from accounts.models import User
    from orders.models import Zone

MAX_ITEMS = 100
MAX_QUANTITY = 999
# The courier whose divisor the preview's own chargeable weight uses: the usual one of air freight (IATA), cm³ per kg.
USUAL_DIVISOR = 5000
# One that says when it is away, as an order can't do without.
cache = ConnectionProxy(caches, "previews")
# Part of the cache key; to be raised when the fields of a Preview change, so that old ones are not misread.
FORMAT = 9


class PreviewExpired(OrderError):
    code = "preview_expired"
    status = 404
    title = gettext_lazy("Preview expired")
    message = gettext_lazy("This order preview has expired")
    advice = gettext_lazy("Previews are kept for some minutes. Make a new one; prices may have changed.")


class ServiceUnavailable(OrderError):
    """The cache does not answer. That is not the same as an expired preview."""

    code = "service_unavailable"
    status = 503
    title = gettext_lazy("Unavailable")
    message = gettext_lazy(
        "The shop cannot answer just now. Nothing was changed; please try again in a moment."
    )
    advice = gettext_lazy(
        "The shop can't answer just now. Nothing was changed; try again after `Retry-After`."
    )
    # Seconds after which a client may try again.
    headers = {"Retry-After": "5"}


class EventBegun(OrderError):
    """Of a product that is for something at a time, at a preview and at placing alike."""

    code = "event_begun"
    status = 409
    title = gettext_lazy("Begun already")
    message = gettext_lazy("This has begun already, and is not sold any more")
    advice = gettext_lazy("`product` is for something that has begun: see its `starts_at`. Order without it.")
    example = {"product": "CONCERT-JUNE"}


class RegionUnclear(InvalidInput):
    """An address from before regions were chosen, in a country where the fee hangs on them: it is asked again."""

    def __init__(self, address_id: int):
        super().__init__(
            {"address_id": [_("Choose the region of this address: what sending costs depends on it.")]}
        )
        self.address_id = address_id


@dataclass(frozen=True)
class PreviewLine:
    product_id: int
    inventory: str
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    refunds: str
    tax_rate: Decimal
    # Of a piece before its sale, where it is on sale; and what promotions take off the line.
    list_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    # Of a concert, a stay or a course.
    starts_at: datetime | None = None

    @property
    def line_total(self) -> Decimal:
        """What is paid for it."""
        return self.unit_price * self.quantity - self.discount


@dataclass(frozen=True)
class Preview:
    """A preview for one customer, good until `expires_at`; prices and fees in it are honoured until then."""

    id: UUID
    customer_id: int
    expires_at: datetime
    currency: str
    lines: tuple[PreviewLine, ...]
    parcel: Parcel
    shipping_options: tuple[ShippingOption, ...]
    address: dict[str, Any]
    needs_parcel: bool
    shipping_tax_rate: Decimal
    tax_reason: str
    billing: Billing | None
    # What the customer gave of it, without what was empty.
    billing_given: dict[str, str]
    discounts: tuple[Discount, ...] = ()

    @cached_property
    def items_total(self) -> Decimal:
        return sum((line.line_total for line in self.lines), Decimal(0))

    @property
    def chargeable_weight_g(self) -> int:
        return self.parcel.chargeable_weight_g(USUAL_DIVISOR)

    def option(self, price_table_id: int) -> ShippingOption | None:
        return next(
            (option for option in self.shipping_options if option.price_table_id == price_table_id),
            None,
        )

    def total(self, option: ShippingOption) -> Decimal:
        """What the customer pays when the parcel goes this way."""
        return self.items_total + option.fee

    def discount(self, option: ShippingOption) -> Decimal:
        """What of all that is taken off when the parcel goes this way."""
        return sum((line.discount for line in self.lines), option.discount)

    def taken_off(self, option: ShippingOption) -> list[Taken]:
        """What each promotion takes off then; one that only takes off shipping may take off nothing."""
        off_shipping = off_fee(self.discounts, option.full_fee)
        taken = [Taken(one, off) for one, off in zip(self.discounts, off_shipping, strict=True)]
        return [one for one in taken if one.amount]

    def breakdown(self, option: ShippingOption) -> Breakdown:
        """The tax in that total."""
        return break_down(
            lines=[Charge(line.sku, line.line_total, line.tax_rate) for line in self.lines],
            shipping=Charge("", option.fee, self.shipping_tax_rate),
            currency=self.currency,
        )


def create_preview(
    *,
    customer: "User",
    items: Sequence[tuple[str, int]],
    address_id: int | None = None,
    codes: Sequence[str] = (),
    billing: Mapping[str, str] | None = None,
) -> Preview:
    """Make a preview for (sku, quantity) pairs sent to one of the customer's addresses, and keep it.

    Where nothing needs a parcel, no address is needed either; one that is given is kept all the same. `billing` is what
    the customer gave as billing details (orders/billing/given.py): a VAT id may be looked up, so call it in no transaction.
    Repeated skus are added up; stock is not looked at. Every one of the `codes` takes something off, or is wrong. Raises
    InvalidInput with every wrong field, EventBegun, TooManyCodes, AmountNotPayable, and ServiceUnavailable when the cache
    does not answer.
    """
    ordered, errors = _wanted(items)
    has_parcel = any(product.needs_parcel for product, _quantity in ordered)
    address = _address(customer, address_id, errors, is_needed=has_parcel)
    zones = rates.zones_in(address.country) if address and has_parcel else None
    if address and zones and zones.is_unclear(address.region):
        raise RegionUnclear(address.pk)
    billed = billed_to(billing, address, errors)
    if errors:
        raise InvalidInput(errors)
    _check_not_begun(product for product, _quantity in ordered)

    given = {name: value for name, value in (billing or {}).items() if value}
    terms = _Terms(customer.pk, address or Address(full_name=customer.full_name), zones, billed, given)
    preview = _made(ordered, terms, codes)
    check_payable(map(preview.total, preview.shipping_options), preview.currency)
    _keep(preview)
    return preview


@dataclass(frozen=True)
class _Terms:
    """For whom a preview is made, where it goes and who is billed; nothing is wrong about it. Without zones: no parcel."""

    customer_id: int
    address: Address
    zones: rates.Zones | None
    billed: Billing | None
    billing_given: dict[str, str]


def _made(ordered: Sequence[tuple[Product, int]], terms: _Terms, codes: Sequence[str]) -> Preview:
    """Promotions take off what is paid at the customer's place: the total has less by what they say. Raises InvalidInput."""
    address, zones = terms.address, terms.zones
    prices = prices_for(address, terms.billed, is_sent=zones is not None)
    parcel = rates.pack(ordered)
    lines = tuple(_line(product, quantity, prices) for product, quantity in ordered)
    ways = _ways(parcel, zones.of(address.region), prices) if zones else (rates.without_parcel(),)
    items = [Item(line.sku, line.unit_price, line.quantity, line.product_id) for line in lines]
    discounts = discounts_of(customer_id=terms.customer_id, items=items, codes=codes, ways=ways)
    off = off_items(discounts, len(lines))
    return Preview(
        id=uuid7(),
        customer_id=terms.customer_id,
        expires_at=timezone.now() + timedelta(seconds=settings.ORDER_PREVIEW_TTL),
        currency=settings.CURRENCY,
        lines=tuple(replace(line, discount=less) for line, less in zip(lines, off, strict=True)),
        parcel=parcel,
        shipping_options=tuple(discounted(option, discounts) for option in ways),
        address=address.snapshot(),
        needs_parcel=zones is not None,
        shipping_tax_rate=prices.rates.shipping,
        tax_reason=prices.reason({prices.rates.shipping, *(line.tax_rate for line in lines)}),
        billing=terms.billed,
        billing_given=terms.billing_given,
        discounts=discounts,
    )


def _address(
    customer: "User", address_id: int | None, errors: dict[str, list[str]], *, is_needed: bool
) -> Address | None:
    """The customer's address, if one was chosen; what is wrong with the choice goes into the errors."""
    address = None if address_id is None else customer.addresses.filter(pk=address_id).first()
    if address_id is not None and address is None:
        errors["address_id"] = [_("You have no such address.")]
    elif address is None and is_needed:
        errors["address_id"] = [_("Choose the address that the parcel goes to.")]
    return address


def _ways(parcel: Parcel, zone: "Zone | None", prices: Prices) -> tuple[ShippingOption, ...]:
    options = rates.options_in(parcel=parcel, zone=zone)
    return tuple(replace(option, fee=prices.of_shipping(option.fee)) for option in options)


def _keep(preview: Preview) -> None:
    try:
        cache.set(_key(preview.id), preview, timeout=settings.ORDER_PREVIEW_TTL)
    except RedisError as error:
        raise ServiceUnavailable from error


def get_preview(*, preview_id: UUID, customer_id: int) -> Preview:
    """The customer's own preview. Raises PreviewExpired if there is none any more, ServiceUnavailable without a cache."""
    try:
        preview: Preview | None = cache.get(_key(preview_id))
    except RedisError as error:
        raise ServiceUnavailable from error
    if preview is None or preview.customer_id != customer_id or preview.expires_at <= timezone.now():
        raise PreviewExpired
    return preview


def forget_preview(preview_id: UUID) -> None:
    """Drop a preview that became an order. A cache that is down does not matter: the order's id is taken now."""
    try:
        cache.delete(_key(preview_id))
    except RedisError:
        pass


def _key(preview_id: UUID) -> str:
    return f"preview:{FORMAT}:{preview_id}"


def parcel_of(*, items: Sequence[tuple[str, int]]) -> Parcel:
    """The parcel that a preview for the (sku, quantity) pairs would have. Raises InvalidInput as create_preview does."""
    ordered, errors = _wanted(items)
    if errors:
        raise InvalidInput(errors)
    return rates.pack(ordered)


def needs_parcel(*, items: Sequence[tuple[str, int]]) -> bool:
    """Whether anything of the (sku, quantity) pairs that is on sale needs a parcel, and so an address."""
    parcels = Product.objects.filter(is_active=True, needs_parcel=True)
    return bool(shelf.by_sku(parcels, [sku for sku, _quantity in items]))


def _wanted(items: Sequence[tuple[str, int]]) -> tuple[list[tuple[Product, int]], dict[str, list[str]]]:
    """The products on sale with their quantities, and every field that is wrong."""
    meant = shelf.by_sku(Product.objects.filter(is_active=True), [sku for sku, _quantity in items])
    errors = _check_items([(meant[sku].sku if sku in meant else sku, quantity) for sku, quantity in items])
    for index, (sku, _quantity) in enumerate(items):
        if sku not in meant:
            errors.setdefault(f"items.{index}.sku", []).append(_("There is no such product on sale."))
    added_up: dict[Product, int] = {}
    for sku, quantity in items:
        if product := meant.get(sku):
            added_up[product] = added_up.get(product, 0) + quantity
    return list(added_up.items()), errors


def _check_not_begun(products: Iterable[Product]) -> None:
    """Raise EventBegun for the first that has begun: the database is asked only where there is an event."""
    events = {product.pk: product.sku for product in products if product.starts_at}
    if events:
        found = Product.objects.filter(shelf.has_begun(), pk__in=events)
        if begun := set(found.values_list("pk", flat=True)):
            raise EventBegun(product=next(sku for pk, sku in events.items() if pk in begun))


def _check_items(items: Sequence[tuple[str, int]]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(items) <= MAX_ITEMS:
        errors["items"] = [_("An order has 1 to %(most)d items.") % {"most": MAX_ITEMS}]
    together: dict[str, int] = {}
    for index, (sku, quantity) in enumerate(items):
        together[sku] = together.get(sku, 0) + quantity
        if quantity < 1 or together[sku] > MAX_QUANTITY:
            errors[f"items.{index}.quantity"] = [
                _("The quantity must be 1 to %(most)d.") % {"most": MAX_QUANTITY}
            ]
    return errors


def _line(product: Product, quantity: int, prices: Prices) -> PreviewLine:
    unit_price = prices.of(product.price_now, product.tax_class_id)
    before = None if product.list_price is None else prices.of(product.list_price, product.tax_class_id)
    return PreviewLine(
        product.pk,
        product.inventory,
        product.sku,
        product.local_name,
        quantity,
        unit_price,
        product.refunds,
        prices.rates.of(product.tax_class_id),
        # Only where it is more in what the currency has.
        before if before is not None and before > unit_price else None,
        starts_at=product.starts_at,
    )
