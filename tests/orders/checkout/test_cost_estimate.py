"""What something would cost is what a preview says; and each service that is no option has its reason."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.checkout.cost_estimate import Place, cost
from orders.checkout.previews import create_preview
from orders.errors import InvalidInput
from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.shipping.rates import Parcel
from tests.factories import make_address, make_product, make_user, unique

pytestmark = pytest.mark.django_db


def zone(country: str = "VN", region: str = "") -> Zone:
    made = Zone.objects.create(name=unique("zone"))
    ZonePlace.objects.create(zone=made, country=country, region=region)
    return made


def table(where: Zone, *bands: tuple[int, str], courier: str = "Swift Post", **fields) -> PriceTable:
    sender, _ = Courier.objects.get_or_create(name=courier)
    made = PriceTable.objects.create(courier=sender, service=unique("Standard"), **fields)
    for up_to_g, fee in bands:
        PriceBand.objects.create(price_table=made, zone=where, up_to_g=up_to_g, fee=Decimal(fee))
    return made


def reasons(parcel: Parcel, where: Zone) -> dict[int, tuple[str, int, int | None]]:
    found = cost(what=parcel, place=Place(zone_id=where.pk))
    return {one.price_table_id: (one.why, one.chargeable_weight_g, one.heaviest_g) for one in found.others}


sides = st.integers(0, 60)
products = st.tuples(st.integers(0, 20_000), sides, sides, sides, st.integers(1, 5))
bands = st.dictionaries(st.integers(0, 60_000), st.decimals(0, 500, places=2), max_size=4)
tables = st.tuples(st.sampled_from([1000, 4000, 5000]), st.booleans(), bands)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(products, min_size=1, max_size=3), st.lists(tables, max_size=4))
def test_cost_of_goods_is_what_a_quote_for_them_says(goods, services):
    with transaction.atomic():
        here = zone("VN", "Huế")
        for divisor, is_active, steps in services:
            table(here, *((up_to_g, str(fee)) for up_to_g, fee in steps.items()),
                  volumetric_divisor=divisor, is_active=is_active)  # fmt: skip
        items = [
            (make_product(weight_g=w, length_cm=x, width_cm=y, height_cm=z).sku, n) for w, x, y, z, n in goods
        ]
        customer = make_user()
        address = make_address(customer, region="huế")
        preview = create_preview(customer=customer, items=items, address_id=address.pk)
        found = cost(what=items, place=Place(country="VN", region="huế"))

        assert found.parcel == preview.parcel and found.zone == here
        assert tuple(offer.option for offer in found.offers) == preview.shipping_options
        assert len(found.offers) + len(found.others) == len(services)
        assert cost(what=preview.parcel, place=Place(zone_id=here.pk)) == found
        transaction.set_rollback(True)


def test_offer_names_the_band_that_decided_its_fee():
    here = zone()
    table(here, (500, "2.00"), (2000, "3.50"), (9000, "8.00"))
    offer = cost(what=Parcel(501, 0, 0, 0), place=Place(zone_id=here.pk)).offers[0]
    assert (offer.up_to_g, offer.option.fee) == (2000, Decimal("3.50"))


def test_each_service_that_does_not_carry_it_says_why():
    here, there = zone("VN"), zone("LA")
    small = table(here, (500, "1.00"), (1000, "2.00"))
    elsewhere = table(there, (9000, "1.00"))
    off = table(here, (9000, "1.00"), is_active=False)
    gone = table(here, (9000, "1.00"), courier="Gone Post")
    Courier.objects.filter(name="Gone Post").update(is_active=False)

    assert reasons(Parcel(300, 20, 20, 15), here) == {
        small.pk: ("too_heavy", 1200, 1000),
        elsewhere.pk: ("no_band", 1200, None),
        off.pk: ("switched_off", 1200, 9000),
        gone.pk: ("switched_off", 1200, 9000),
    }


def test_address_in_no_zone_is_carried_to_by_nobody():
    table(zone("VN"), (9000, "1.00"))
    found = cost(what=Parcel(1, 0, 0, 0), place=Place(country="FR"))
    assert (found.zone, found.offers, found.others) == (None, [], [])


def test_cost_refuses_goods_that_no_quote_takes_and_no_place():
    sku = make_product().sku
    off_sale = make_product(is_active=False).sku
    with pytest.raises(InvalidInput) as refused:
        cost(what=[(sku, 0), (off_sale, 1)], place=Place(country="VN"))
    assert set(refused.value.errors) == {"items.0.quantity", "items.1.sku"}
    with pytest.raises(InvalidInput) as refused:
        cost(what=[(sku, 1)], place=Place())
    assert set(refused.value.errors) == {"zone"}
