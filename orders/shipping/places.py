"""In which zone an address lies."""

from collections.abc import Mapping
from typing import NamedTuple

from accounts.contact.places import region_key, rules_of, same_region
from database.rows import find_with
from orders.models import Zone, ZonePlace


def main_zone() -> Zone | None:
    """The zone that stands for an unknown address: the first one that the shop set up."""
    return Zone.objects.order_by("pk").first()


def zone_of(*, country: str, region: str) -> Zone | None:
    """The zone an address lies in: its region's if that one is listed, else its country's."""
    return zones_in(country).of(region)


class Zones(NamedTuple):
    """The zones of a country, by the keys of their regions; "" is the country's own."""

    country: str
    by_region: Mapping[str, Zone]

    def of(self, region: str) -> Zone | None:
        """As `zone_of`."""
        return self.by_region.get(same_region(self.country, region)) or self.by_region.get("")

    def is_unclear(self, region: str) -> bool:
        """Whether the fee hangs on the region, and this is none of the country's: an old address has to say it again."""
        if not any(self.by_region) or same_region(self.country, region) in self.by_region.keys() - {""}:
            return False
        return (
            bool(rules_of(self.country).regions) and region_key(country=self.country, region=region) is None
        )


def zones_in(country: str) -> Zones:
    """Read in one statement."""
    places = find_with(ZonePlace, "zone", "WHERE country = %s", [country])
    return Zones(country, {same_region(country, place.region): place.zone for place in places})
