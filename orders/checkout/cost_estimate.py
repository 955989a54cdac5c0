"""What sending something would cost, as a preview for it would say; and of each other service, why it does not carry it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from orders.checkout.items import parcel_of
from orders.errors import InvalidInput
from orders.models import Zone
from orders.pricing.prices import prices_at
from orders.shipping import places, rates
from orders.shipping.rates import NotCarried, Offer, Parcel


@dataclass(frozen=True)
class Place:
    """Where to: a country (two letters) with a region, or a zone. A country is asked first."""

    country: str = ""
    region: str = ""
    zone_id: int | None = None


@dataclass(frozen=True)
class Cost:
    """`zone` is None where an address lies in none: no courier serves it."""

    parcel: Parcel
    zone: Zone | None
    offers: list[Offer]
    others: list[NotCarried]


def cost(*, what: Sequence[tuple[str, int]] | Parcel, place: Place) -> Cost:
    """The offers for (sku, quantity) pairs, or for a parcel that was measured, from the saved price tables.

    Raises InvalidInput as a preview does for the pairs, and where no place is given.
    """
    parcel = what if isinstance(what, Parcel) else parcel_of(items=what)
    zone = _zone(place)
    offers, others = rates.every_service(parcel=parcel, zone=zone) if zone else ([], [])
    return Cost(parcel, zone, _with_tax(offers, place), others)


def _with_tax(offers: list[Offer], place: Place) -> list[Offer]:
    """As it would be paid at a country; of a zone fees are as they were entered."""
    if settings.PRICES_INCLUDE_TAX or not place.country:
        return offers
    prices = prices_at(country=place.country, region=place.region, is_sent=True)
    paid = (replace(offer.option, fee=prices.of_shipping(offer.option.fee)) for offer in offers)
    return [replace(offer, option=option) for offer, option in zip(offers, paid, strict=True)]


def _zone(place: Place) -> Zone | None:
    if place.country:
        return places.zone_of(country=place.country, region=place.region)
    zone = Zone.objects.filter(pk=place.zone_id).first() if place.zone_id else None
    if zone is None:
        raise InvalidInput({"zone": [_("Enter a country or choose a zone.")]})
    return zone
