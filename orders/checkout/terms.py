"""On which terms a preview is made: to whom it is billed, and at which prices."""

from collections.abc import Mapping

from django.conf import settings

from accounts.models import Address
from orders.billing.given import Billing, read
from orders.errors import InvalidInput
from orders.pricing.prices import Prices, prices_at


def billed_to(
    given: Mapping[str, str] | None, address: Address | None, errors: dict[str, list[str]]
) -> Billing | None:
    """Billing details as they were given; whatever is wrong about them is added to the errors."""
    try:
        return read(given or {}, delivery=address)
    except InvalidInput as error:
        errors |= error.errors
        return None


def prices_fetched() -> Prices:
    """Of what is fetched at the shop: goods that don't leave the place where it is, whoever buys them."""
    return prices_at(country=settings.SHOP_COUNTRY, region=settings.SHOP_REGION, is_sent=True)


def prices_for(address: Address, billed: Billing | None, *, is_sent: bool) -> Prices:
    """Of what is sent where it goes to counts, of all else where it is billed to, as far as that is known."""
    known = billed if billed and not (is_sent or address.country) else address
    return prices_at(
        country=known.country,
        region=known.region,
        is_sent=is_sent,
        vat_country=billed.vat_country if billed else "",
    )
