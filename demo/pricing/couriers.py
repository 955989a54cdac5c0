"""The demo shop's zones, three couriers with two price tables each, and a counter where orders are fetched."""

from django.db import transaction

from demo.pricing.prices import local
from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace

# Countries (ISO 3166-1), or a country and one region of it. Antarctica (AQ), for one, is in no zone.
ZONES: dict[str, list[tuple[str, str]]] = {
    "Vietnam": [("VN", "")],
    "Vietnam, islands and far south": [("VN", "Kiên Giang"), ("VN", "Cà Mau"), ("VN", "Côn Đảo")],
    "Southeast Asia": [(code, "") for code in ("TH", "LA", "KH", "MY", "SG", "ID", "PH", "MM", "BN", "TL")],
    "East Asia & Oceania": [(code, "") for code in ("JP", "KR", "CN", "HK", "TW", "AU", "NZ")],
    "Europe": [
        (code, "")
        for code in [
            "AT",
            "BE",
            "BG",
            "CH",
            "CY",
            "CZ",
            "DE",
            "DK",
            "EE",
            "ES",
            "FI",
            "FR",
            "GB",
            "GR",
            "HR",
            "HU",
            "IE",
            "IS",
            "IT",
            "LT",
            "LU",
            "LV",
            "MT",
            "NL",
            "NO",
            "PL",
            "PT",
            "RO",
            "SE",
            "SI",
            "SK",
            "UA",
        ]
    ],
    "North America": [("US", ""), ("CA", ""), ("MX", "")],
}

# Courier -> service -> (days at least, days at most, cm³ per kg, zone -> (up to grams, fee)).
Bands = dict[str, list[tuple[int, str]]]
TABLES: dict[str, dict[str, tuple[int, int, int, Bands]]] = {
    "Lotus Post": {
        "Standard": (2, 4, 5000, {
            "Vietnam": [(1000, "2.50"), (5000, "4.00"), (20000, "9.00"), (50000, "18.00")],
            "Vietnam, islands and far south": [(1000, "4.50"), (5000, "7.50"), (20000, "16.00")],
            "Southeast Asia": [(500, "7.00"), (2000, "12.00"), (10000, "28.00"), (30000, "64.00")],
            "East Asia & Oceania": [(500, "9.50"), (2000, "17.00"), (10000, "42.00"), (30000, "98.00")],
            "Europe": [(500, "12.00"), (2000, "22.00"), (10000, "54.00"), (30000, "120.00")],
            "North America": [(500, "13.00"), (2000, "24.00"), (10000, "58.00"), (30000, "130.00")],
        }),
        "Express": (1, 2, 5000, {
            "Vietnam": [(1000, "5.00"), (5000, "8.50"), (20000, "19.00")],
            "Vietnam, islands and far south": [(1000, "9.00"), (5000, "15.00")],
            "Southeast Asia": [(500, "16.00"), (2000, "27.00"), (10000, "66.00")],
        }),
    },
    "Crane Freight": {
        "Economy": (6, 14, 6000, {
            "Vietnam": [(5000, "3.20"), (30000, "7.00"), (100000, "22.00")],
            "Southeast Asia": [(5000, "14.00"), (30000, "38.00"), (100000, "95.00")],
            "Europe": [(5000, "26.00"), (30000, "82.00"), (100000, "210.00")],
            "North America": [(5000, "28.00"), (30000, "88.00"), (100000, "230.00")],
        }),
        "Priority": (3, 6, 5000, {
            "Southeast Asia": [(2000, "15.50"), (10000, "36.00"), (50000, "110.00")],
            "East Asia & Oceania": [(2000, "21.00"), (10000, "52.00"), (50000, "160.00")],
            "Europe": [(2000, "29.00"), (10000, "69.00"), (50000, "205.00")],
            "North America": [(2000, "31.00"), (10000, "74.00"), (50000, "220.00")],
        }),
    },
    "Swallow Air": {
        "Next day": (1, 1, 4000, {
            "Vietnam": [(500, "7.50"), (2000, "10.00"), (10000, "21.00")],
        }),
        "World Express": (2, 4, 5000, {
            "Southeast Asia": [(500, "22.00"), (2000, "34.00"), (10000, "79.00"), (30000, "190.00")],
            "East Asia & Oceania": [(500, "28.00"), (2000, "43.00"), (10000, "102.00"), (30000, "240.00")],
            "Europe": [(500, "34.00"), (2000, "52.00"), (10000, "125.00"), (30000, "290.00")],
            "North America": [(500, "36.00"), (2000, "55.00"), (10000, "132.00"), (30000, "310.00")],
        }),
    },
}  # fmt: skip


@transaction.atomic
def hire_couriers() -> bool:
    """Make zones, couriers and price tables, all of them or, in a shop that has any already, none."""
    if Zone.objects.exists() or Courier.objects.exists():
        return False
    zones = {name: _make_zone(name, places) for name, places in ZONES.items()}
    for name, services in TABLES.items():
        courier = Courier.objects.create(name=name)
        for service, (min_days, max_days, divisor, bands) in services.items():
            table = PriceTable.objects.create(
                courier=courier,
                service=service,
                min_days=min_days,
                max_days=max_days,
                volumetric_divisor=divisor,
            )
            _make_bands(table, zones, bands)
    _open_counter()
    return True


def _open_counter() -> None:
    """Where orders are picked up, for nothing."""
    PriceTable.objects.create(
        courier=Courier.objects.create(name="Our shop"),
        service="Pickup",
        is_pickup=True,
        pickup_address="12 Hàng Bạc, Hoàn Kiếm, Hà Nội",
        pickup_hours="Monday to Saturday, 9 to 19",
        pickup_hours_vi="Thứ Hai đến thứ Bảy, 9 đến 19 giờ",
        min_days=0,
        max_days=1,
    )


def _make_zone(name: str, places: list[tuple[str, str]]) -> Zone:
    zone = Zone.objects.create(name=name)
    ZonePlace.objects.bulk_create(
        ZonePlace(zone=zone, country=country, region=region) for country, region in places
    )
    return zone


def _make_bands(table: PriceTable, zones: dict[str, Zone], bands: Bands) -> None:
    PriceBand.objects.bulk_create(
        PriceBand(price_table=table, zone=zones[zone], up_to_g=up_to_g, fee=local(fee))
        for zone, steps in bands.items()
        for up_to_g, fee in steps
    )
