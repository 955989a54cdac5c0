"""Many countries at once into a zone."""

from collections.abc import Iterable
from dataclasses import dataclass

from orders.models import Zone, ZonePlace


@dataclass(frozen=True)
class Added:
    """Codes of the countries that were added, and of those that lie in another zone and stay there."""

    added: list[str]
    elsewhere: list[str]


def add_countries(*, zone: Zone, countries: Iterable[str]) -> Added:
    """Add countries (two letters each) to a zone, in the caller's transaction; what lies in another zone stays there."""
    wanted = sorted(countries)
    there = dict(ZonePlace.objects.filter(country__in=wanted, region="").values_list("country", "zone_id"))
    # Whoever adds one of them at the same moment wins: an address lies in one zone at most.
    ZonePlace.objects.bulk_create(
        [ZonePlace(zone=zone, country=code) for code in wanted if code not in there], ignore_conflicts=True
    )
    return Added(
        [code for code in wanted if code not in there],
        [code for code, other in there.items() if other != zone.pk],
    )
