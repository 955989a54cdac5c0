"""What is found about price tables: each oddity by its code, and nothing about healthy ones."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models import Product
from catalog.shelf.sizes import Limit, all_exceeded, limits_from, on_sale_with_size
from catalog.weights import weight
from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.shipping.rate_checks import Finding, all_findings, findings_of, unserved_zones
from orders.shipping.rates import options, pack
from tests.factories import make_product, unique

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Zone:
    return zone("North", "SE")


@pytest.fixture
def south() -> Zone:
    return zone("South", "IT")


def zone(name: str, *countries: str) -> Zone:
    made = Zone.objects.create(name=name)
    for country in countries:
        ZonePlace.objects.create(zone=made, country=country)
    return made


def table(*bands: tuple[Zone, int, str], courier: str = "Swift Post", **fields) -> PriceTable:
    sender, _ = Courier.objects.get_or_create(name=courier)
    made = PriceTable.objects.create(courier=sender, **{"service": unique("Standard")} | fields)
    for where, up_to_g, fee in bands:
        PriceBand.objects.create(price_table=made, zone=where, up_to_g=up_to_g, fee=Decimal(fee))
    return made


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.says) for finding in found]


def codes() -> list[str]:
    return [finding.code for finding in all_findings()]


def test_healthy_tables_have_no_finding_but_their_heaviest_parcels(north, south):
    steps = [(1000, "2.00"), (5000, "2.00"), (30_000, "9.00")]
    healthy = table(*((where, *step) for where in (north, south) for step in steps), service="Express")
    make_product(weight_g=30_000, length_cm=50, width_cm=50, height_cm=60)

    assert findings_of(table_id=healthy.pk) == []
    assert told(all_findings()) == [
        ("heaviest_parcel", "North: the heaviest parcel is 30 kg, by Swift Post Express."),
        ("heaviest_parcel", "South: the heaviest parcel is 30 kg, by Swift Post Express."),
    ]


def test_zones_without_a_band_are_a_gap(north, south):
    zone("Nowhere")
    made = table((north, 1000, "1.00"))
    assert told(findings_of(table_id=made.pk)) == [
        ("zone_missing", "It carries nothing to these zones: South.")
    ]


def test_zone_with_a_lighter_heaviest_band_is_named(north, south):
    made = table((north, 500, "1.00"), (north, 20_000, "3.00"), (south, 2500, "1.00"))
    assert told(findings_of(table_id=made.pk)) == [
        ("zone_lighter", "It carries up to 20 kg, but less to these zones: South (2.5 kg).")
    ]


def test_fee_that_falls_while_the_weight_rises_is_a_warning(north, south):
    steps = (500, "4.00"), (1000, "40.00"), (5000, "6.00"), (9000, "6.00")
    made = table(
        *((where, *step) for where, step in zip([north] * 4, steps, strict=True)), (south, 9000, "1")
    )
    found = findings_of(table_id=made.pk)
    assert (
        told(found) == [("fee_falls", "North: up to 5 kg costs $6.00, less than up to 1 kg ($40.00).")]
        and found[0].level == "warning"
    )


def test_active_table_without_bands_is_found_and_an_inactive_one_is_not(north):
    table((north, 1000, "1.00"))
    empty, resting = table(), table(is_active=False)
    assert [finding.code for finding in findings_of(table_id=empty.pk)] == ["no_bands"]
    assert findings_of(table_id=resting.pk) == []


def test_active_table_of_an_inactive_courier_is_found(north):
    table((north, 1000, "1.00"))
    made, resting = (table((north, 1, "1"), courier="Gone Post", is_active=on) for on in (True, False))
    Courier.objects.filter(name="Gone Post").update(is_active=False)
    assert told(findings_of(table_id=made.pk)) == [
        ("courier_off", "Its courier Gone Post is switched off, so nobody is offered it.")
    ]
    assert findings_of(table_id=resting.pk) == []


def test_zone_that_nobody_serves_is_serious_and_comes_first(north, south):
    zone("Nowhere")
    table((north, 1000, "1.00"))
    table((south, 1000, "1.00"), is_active=False)
    worst = all_findings()[0]
    assert (
        told([worst]) == [("zone_unserved", "Nobody carries to the zone South: customers there can't order.")]
        and worst.level == "serious"
    )
    assert [one.name for one in unserved_zones()] == ["South"]
    Courier.objects.update(is_active=False)
    assert [one.name for one in unserved_zones()] == ["North", "South"]


def test_heaviest_parcel_is_that_of_the_service_that_carries_most(north):
    table((north, 5000, "1.00"))
    table((north, 500, "1.00"), (north, 100_000, "2.00"), service="Freight")
    table((north, 900_000, "1.00"), is_active=False)
    assert told(all_findings()) == [
        ("heaviest_parcel", "North: the heaviest parcel is 100 kg, by Swift Post Freight.")
    ]


def test_products_that_nobody_carries_are_counted_by_zone(north, south):
    table((north, 5000, "1.00"), volumetric_divisor=5000)
    table((north, 4000, "1.00"), (south, 9000, "1.00"), volumetric_divisor=10_000)
    make_product(weight_g=5000)
    # By volume 8.2 kg for the first service, 4.1 kg for the second: too big for both to the north.
    make_product(weight_g=1, length_cm=41, width_cm=100, height_cm=10)
    make_product(weight_g=5001)
    make_product(weight_g=99_000, is_active=False)
    found = [one for one in all_findings() if one.code == "products_uncarried"]
    assert told(found) == [
        ("products_uncarried", "North: 2 products on sale are too heavy or too big for every service.")
    ]
    make_product(weight_g=9001)
    says = "South: 1 product on sale is too heavy or too big for every service."
    assert says in [finding.says for finding in all_findings()]


@settings(max_examples=50, deadline=None)
@given(
    st.tuples(st.integers(0, 3000), *[st.integers(0, 40)] * 3),
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([1000, 5000])), min_size=1, max_size=3),
)
def test_product_is_uncarried_just_when_no_quote_has_an_option_for_it(sizes, services):
    Product.objects.all().delete()
    PriceBand.objects.all().delete()
    here = Zone.objects.filter(places__country="SE").first() or zone("North", "SE")
    for up_to_g, divisor in services:
        table((here, up_to_g, "1.00"), volumetric_divisor=divisor)
    w, x, y, z = sizes
    piece = make_product(weight_g=w, length_cm=x, width_cm=y, height_cm=z)

    limits = [Limit(*service) for service in services]
    is_beyond = on_sale_with_size().filter(all_exceeded(limits)).exists()
    assert is_beyond == (options(parcel=pack([(piece, 1)]), country="SE", region="") == [])
    assert ("products_uncarried" in codes()) == is_beyond


def test_sizes_as_large_as_columns_hold_are_compared():
    most = 2**31 - 1
    product = make_product(weight_g=most, length_cm=most, width_cm=most, height_cm=most)
    assert list(on_sale_with_size().filter(all_exceeded([Limit(most, most)]))) == [product]


def test_limits_are_read_as_they_are_written():
    limits = [Limit(5000, 4000), Limit(0, 1)]
    assert limits_from(",".join(map(str, limits))) == limits
    for nonsense in ("", "5", "5x", "x5", "-1x5", "5x5x5", "5x5,", "٥x5"):
        assert limits_from(nonsense) is None, nonsense


@pytest.mark.parametrize(
    ("grams", "english", "vietnamese"),
    [(0, "0 g", "0 g"), (999, "999 g", "999 g"), (1000, "1 kg", "1 kg"), (2050, "2.05 kg", "2,05 kg"),
     (100_000, "100 kg", "100 kg")],
)  # fmt: skip
def test_weights_are_written_as_people_do(grams, english, vietnamese):
    assert weight(grams) == english
    with translation.override("vi"):
        assert weight(grams) == vietnamese


def test_findings_take_the_same_statements_however_many_tables(north, south):
    counts = []
    for _ in range(2):
        for step in range(1, 5):
            table((north, step * 1000, "1.00"), (south, step * 900, "1.00"))
        with CaptureQueriesContext(connection) as queries:
            all_findings()
        counts.append(len(queries))
    one = PriceTable.objects.earliest("pk")
    with CaptureQueriesContext(connection) as queries:
        findings_of(table_id=one.pk)
    assert counts == [5, 5] and len(queries) == 3
