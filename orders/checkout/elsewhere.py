"""What it costs to send what is left of an order to another address than the one it was placed for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Address
from orders.billing.given import Billing
from orders.errors import OrderError
from orders.models import Order, Zone
from orders.pricing.prices import Prices, prices_at
from orders.shipping import places, rates
from orders.shipping.rates import Parcel


class TaxWouldDiffer(OrderError):
    """Another tax counts at the new place, so that each price of the order would be another one."""

    code = "tax_would_differ"
    status = 409
    title = _("Another tax there")
    message = _(
        "Another tax counts at that address, so what was paid would be wrong. Cancel the order, and order again."
    )
    advice = _(
        "The rates of tax at the new place are not those that the order was placed with. Cancel it, and place another."
    )


class OtherCurrency(OrderError):
    """The shop's prices and fees are in another currency by now: what it costs more or less can't be said."""

    code = "other_currency"
    status = 409
    title = _("Another currency")
    message = _("The shop's prices are in another currency now. Cancel the order, and order again.")
    advice = _(
        "The order was placed in another `currency` than today's prices are in. Cancel it, and place another."
    )


class NotSentThere(OrderError):
    """The order's courier and service do not carry the parcel to the new place."""

    code = "not_sent_there"
    status = 409
    title = _("Not sent there")
    message = _("The way of sending that was chosen does not go to that address.")
    advice = _(
        "The order's price table has no fee for the parcel at the new place. Cancel the order, and place another."
    )


@dataclass(frozen=True)
class Fees:
    """What sending costs at the order's place and at another one, both today and with the tax in them."""

    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def fees_at(order: Order, address: Address, *, pieces: Mapping[int, int]) -> Fees:
    """Those of the order's own way of sending, for so many pieces of its lines, by the line's id.

    Both are of today, so that nothing counts but the place. Raises OtherCurrency, TaxWouldDiffer, NotSentThere.
    """
    was, country = _place(order.address_snapshot), address.country
    here, there = _prices(order, *was), _prices(order, country, address.region)
    lines = list(order.lines.select_related("product"))
    if _taxes(here, lines) != _taxes(there, lines):
        raise TaxWouldDiffer
    old, new = (
        places.zone_of(country=was[0], region=was[1]),
        places.zone_of(country=country, region=address.region),
    )
    if old is not None and old == new:
        return Fees(Decimal(0), Decimal(0))
    parcel = rates.pack((line.product, pieces.get(line.pk, 0)) for line in lines)
    after = _fee(order, parcel, new, there)
    if after is None:
        raise NotSentThere
    before = _fee(order, parcel, old, here)
    return Fees(order.shipping_fee if before is None else before, after)


def prices_there(order: Order) -> Prices:
    """What is paid where the order goes, today. Raises OtherCurrency."""
    return _prices(order, *_place(order.address_snapshot), is_sent=order.needs_parcel)


def _place(snapshot: Mapping[str, Any]) -> tuple[str, str]:
    return str(snapshot.get("country") or ""), str(snapshot.get("region") or "")


def _prices(order: Order, country: str, region: str, *, is_sent: bool = True) -> Prices:
    """As when the order was placed, at another place (orders/checkout/terms.py). Raises OtherCurrency."""
    if order.currency != settings.CURRENCY:
        raise OtherCurrency
    billed = Billing(**order.billing_snapshot) if order.billing_snapshot else None
    vat_country = billed.vat_country if billed else ""
    if billed and not (is_sent or country):
        country, region = billed.country, billed.region
    return prices_at(country=country, region=region, is_sent=is_sent, vat_country=vat_country)


def _taxes(prices: Prices, lines: list[Any]) -> tuple[Any, ...]:
    of_lines = tuple(prices.rates.of(line.product.tax_class_id) for line in lines)
    return of_lines, prices.rates.shipping, prices.reason({prices.rates.shipping, *of_lines})


def _fee(order: Order, parcel: Parcel, zone: Zone | None, prices: Prices) -> Decimal | None:
    found = rates.options_in(parcel=parcel, zone=zone)
    ways = (one for one in found if one.price_table_id == order.price_table_id)
    return next((replace(one, fee=prices.of_shipping(one.fee)).fee for one in ways), None)
