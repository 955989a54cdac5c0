"""Previews: made, kept in the cache until they expire, and found again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from django.utils.connection import ConnectionProxy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from accounts.models import Address
from database.rows import find_one
from orders.checkout import overrides as by_hand
from orders.checkout.begun import check_not_begun
from orders.checkout.items import wanted
from orders.checkout.making import TakenOrder, Terms, made
from orders.checkout.preview import Preview
from orders.checkout.terms import billed_to
from orders.errors import InvalidInput, OrderError
from orders.pricing.payable import check_payable
from orders.shipping import places, rates

if TYPE_CHECKING:
    from accounts.models import User

# The customer of a preview for somebody who has no account yet.
NOBODY = 0
# One that says when it is away, as an order can't do without.
cache = ConnectionProxy(caches, "previews")
# Part of the cache key; to be raised when the fields of a Preview change, or a class in it moves: old ones are not misread.
FORMAT = 12


MINE = "WHERE id = %s AND user_id = %s"


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


class RegionUnclear(InvalidInput):
    """An address from before regions were chosen, in a country where the fee hangs on them: it is asked again."""

    def __init__(self, address_id: int | None):
        super().__init__(
            {"address_id": [_("Choose the region of this address: what sending costs depends on it.")]}
        )
        self.address_id = address_id


def create_preview(
    *,
    customer: "User",
    items: Sequence[tuple[str, int]],
    address_id: int | None = None,
    codes: Sequence[str] = (),
    billing: Mapping[str, str] | None = None,
    taken: TakenOrder | None = None,
) -> Preview:
    """Make a preview for (sku, quantity) pairs sent to one of the customer's addresses, and keep it.

    Where nothing needs a parcel, or it can be fetched, no address is needed either; one that is given is kept all the
    same. `billing` is what the customer gave as billing details (orders/billing/given.py): a VAT id may be looked up, so
    call it in no transaction. Repeated skus are added up; stock is not looked at. Every one of the `codes` takes something
    off, or is wrong. An order that staff take (`taken`) goes to the address that it says, which may be in no one's book.
    Raises InvalidInput with every wrong field, EventBegun, TooManyCodes, AmountNotPayable, ServiceUnavailable when the
    cache does not answer.
    """
    ordered, errors = wanted(items)
    has_parcel = any(product.needs_parcel for product, _quantity in ordered)
    if taken is None:
        is_needed = has_parcel and (address_id is not None or not rates.may_be_fetched())
        address = _address(customer, address_id, errors, is_needed=is_needed)
    else:
        address = _address_taken(taken, errors, has_parcel=has_parcel)
    zones = _zones(address) if has_parcel else None
    billed = billed_to(billing, address, errors)
    if errors:
        raise InvalidInput(errors)
    check_not_begun(product for product, _quantity in ordered)

    given = {name: value for name, value in (billing or {}).items() if value}
    sent_to = address or Address(full_name=customer.full_name)
    preview = made(ordered, Terms(customer.pk or NOBODY, sent_to, zones, billed, given, taken), codes)
    check_payable(map(preview.total, preview.shipping_options), preview.currency)
    return _kept(preview)


def _address(
    customer: "User", address_id: int | None, errors: dict[str, list[str]], *, is_needed: bool
) -> Address | None:
    """The customer's address, if one was chosen; what is wrong with the choice goes into the errors."""
    address = None if address_id is None else find_one(Address, MINE, [address_id, customer.pk])
    if address_id is not None and address is None:
        errors["address_id"] = [_("You have no such address.")]
    elif address is None and is_needed:
        errors["address_id"] = [_("Choose the address that the parcel goes to.")]
    return address


def _zones(address: Address | None) -> places.Zones:
    """Of what needs a parcel: none without an address, which can only be fetched. Raises RegionUnclear."""
    if address is None:
        return places.Zones("", {})
    zones = places.zones_in(address.country)
    if zones.is_unclear(address.region):
        raise RegionUnclear(address.pk)
    return zones


def _address_taken(taken: TakenOrder, errors: dict[str, list[str]], *, has_parcel: bool) -> Address | None:
    """The same of an order that staff take."""
    if taken.address is None and has_parcel and not rates.may_be_fetched():
        errors["address"] = [_("Enter the address that the parcel goes to.")]
    by_hand.require_parcel(taken.overrides, has_parcel=has_parcel)
    return taken.address


def _kept(preview: Preview) -> Preview:
    try:
        cache.set(_key(preview.id), preview, timeout=settings.ORDER_PREVIEW_TTL)
    except RedisError as error:
        raise ServiceUnavailable from error
    return preview


def get_preview(*, preview_id: UUID, customer_id: int, draft: tuple[int, int] | None = None) -> Preview:
    """The customer's own preview, or that of a draft. Raises PreviewExpired if there is none, ServiceUnavailable."""
    try:
        preview: Preview | None = cache.get(_key(preview_id))
    except RedisError as error:
        raise ServiceUnavailable from error
    if preview is None or preview.expires_at <= timezone.now():
        raise PreviewExpired
    if (preview.customer_id, preview.draft) != (customer_id, draft):
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
