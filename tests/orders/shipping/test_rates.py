"""Which shipping options a parcel has: zones, bands, volumetric weight, and what is switched off."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.shipping import rates
from orders.shipping.rates import Parcel
from tests.factories import make_address, make_price_table, make_product, unique

INT = 2**31 - 1
# What the columns of a product can hold, 100 lines of 999 pieces of it.
weights = st.integers(0, INT * 999 * 100)
sides = st.integers(0, INT)
heights = st.integers(0, INT * 999 * 100)


@given(weights, sides, sides, heights, st.integers(1, INT))
@example(0, INT, INT, INT * 999, 5000)
def test_the_chargeable_weight_is_the_first_gram_not_below_real_and_volumetric(
    w, length, width, height, divisor
):
    grams = Parcel(w, length, width, height).chargeable_weight_g(divisor)

    volume_g = length * width * height * 1000
    assert grams >= w
    assert grams * divisor >= volume_g
    assert grams == w or (grams - 1) * divisor < volume_g


@given(weights, sides, sides, heights, st.integers(1, INT - 1))
def test_a_larger_divisor_never_charges_more(w, length, width, height, divisor):
    parcel = Parcel(w, length, width, height)

    assert parcel.chargeable_weight_g(divisor + 1) <= parcel.chargeable_weight_g(divisor)


@pytest.mark.parametrize(
    ("parcel", "grams"),
    [
        (Parcel(500, 10, 10, 10), 500),
        (Parcel(100, 10, 10, 10), 200),
        (Parcel(0, 1, 1, 1), 1),
        (Parcel(0, 0, 9, 9), 0),
        (Parcel(201, 10, 10, 10), 201),
    ],
)
def test_5000_cubic_centimetres_weigh_a_kilogram(parcel, grams):
    assert parcel.chargeable_weight_g(5000) == grams


@pytest.mark.django_db
def test_a_parcel_stacks_the_pieces_on_the_largest_length_and_width():
    flat = make_product(weight_g=100, length_cm=40, width_cm=5, height_cm=1)
    wide = make_product(weight_g=30, length_cm=7, width_cm=20, height_cm=3)

    assert rates.pack([(flat, 3), (wide, 2)]) == Parcel(360, 40, 20, 9)


def zone(*places: tuple[str, str]) -> Zone:
    made = Zone.objects.create(name=unique("zone"))
    for country, region in places:
        ZonePlace.objects.create(zone=made, country=country, region=region)
    return made


def table(bands: list[tuple[Zone, int, str]], **fields) -> PriceTable:
    courier, _ = Courier.objects.get_or_create(name="Swift Post")
    made = PriceTable.objects.create(courier=courier, service=unique("Standard"), **fields)
    for where, up_to_g, fee in bands:
        PriceBand.objects.create(price_table=made, zone=where, up_to_g=up_to_g, fee=Decimal(fee))
    return made


def offered(weight_g=100, country="VN", region="", sides=(0, 0, 0)) -> list[tuple[int, str]]:
    found = rates.options(parcel=Parcel(weight_g, *sides), country=country, region=region)
    return [(option.price_table_id, str(option.fee)) for option in found]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "region", "fee"),
    [
        ("VN", "", "5.00"),
        ("VN", "Huế", "5.00"),
        ("VN", "Hà Nội", "2.00"),
        ("VN", " hà nội ", "2.00"),
        ("VN", unicodedata.normalize("NFD", "Hà Nội"), "2.00"),
        ("LA", "", "5.00"),
        ("LA", "Hà Nội", "5.00"),
        ("US", "Hawaii", "9.00"),
        ("US", "Texas", None),
        ("US", "", None),
        ("FR", "", None),
    ],
)
def test_a_region_wins_over_its_country(country, region, fee):
    near, far = zone(("VN", "Hà Nội")), zone(("VN", ""), ("LA", ""))
    islands = zone(("US", "Hawaii"))
    made = table([(near, 1000, "2.00"), (far, 1000, "5.00"), (islands, 1000, "9.00")])

    assert offered(country=country, region=region) == ([(made.pk, fee)] if fee else [])


@pytest.mark.django_db
def test_a_regions_zone_without_bands_is_not_served_by_the_countrys_bands():
    zone(("VN", "Côn Đảo"))
    table([(zone(("VN", "")), 1000, "5.00")])

    assert offered(region="Côn Đảo") == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("weight_g", "fee"),
    [(0, "2.00"), (500, "2.00"), (501, "3.50"), (2000, "3.50"), (2001, None)],
)
def test_the_fee_is_that_of_the_first_band_that_holds_the_weight(weight_g, fee):
    here = zone(("VN", ""))
    made = table([(here, 2000, "3.50"), (here, 500, "2.00")])

    assert offered(weight_g) == ([(made.pk, fee)] if fee else [])


@pytest.mark.django_db
def test_each_service_charges_by_its_own_divisor():
    here = zone(("VN", ""))
    bands = [(here, 500, "1.00"), (here, 5000, "8.00")]
    road, air = table(bands, volumetric_divisor=10_000), table(bands, volumetric_divisor=1000)

    assert offered(100, sides=(10, 10, 20)) == [(road.pk, "1.00"), (air.pk, "8.00")]


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["table", "courier"])
def test_what_is_switched_off_is_not_offered(what):
    made = make_price_table()
    assert offered() == [(made.pk, "4.00")]
    off = made if what == "table" else made.courier
    off.is_active = False
    off.save()

    assert offered() == []


@pytest.mark.django_db
def test_options_come_cheapest_first_then_fastest_then_oldest():
    here = zone(("VN", ""))
    late = table([(here, 1000, "3.00")], max_days=9)
    dear = table([(here, 1000, "4.00")], max_days=1)
    soon = table([(here, 1000, "3.00")], max_days=2)
    twin = table([(here, 1000, "3.00")], max_days=2)

    assert [pk for pk, _fee in offered()] == [soon.pk, twin.pk, late.pk, dear.pk]


@pytest.mark.django_db
@pytest.mark.flow
def test_an_address_that_no_courier_serves_gets_a_preview_without_options(api, buyer):
    abroad = make_address(buyer.user, country="FR")
    body = {"items": [{"sku": make_product().sku, "quantity": 1}], "address_id": abroad.pk}

    response = api.post("/api/orders/previews/", body, format="json")

    assert (response.status_code, response.json()["shipping_options"]) == (201, [])
