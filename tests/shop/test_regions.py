"""Regions on the pages: they are chosen from a list, and an address that lacks its own is asked again, never priced."""

import pytest

from orders.checkout.previews import RegionUnclear
from orders.models import PriceBand, Zone, ZonePlace
from tests.factories import make_address, make_product
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
NEW = "/accounts/addresses/new/"


@pytest.fixture
def islands(buyer):
    """Kiên Giang is dearer than the rest of its country."""
    zone = Zone.objects.create(name="Islands")
    ZonePlace.objects.create(zone=zone, country="VN", region="Kiên Giang")
    PriceBand.objects.create(price_table=buyer.table, zone=zone, up_to_g=10_000, fee=40)


@pytest.mark.parametrize(("region", "fee"), [("Tỉnh Kiên Giang", 40), ("kien giang", 40), ("Hà Nội", 4)])
def test_a_fee_goes_by_the_region_however_it_is_written(buyer, islands, region, fee):
    buyer.address = make_address(buyer.user, region=region)
    assert buyer.preview((make_product(stock=1), 1)).shipping_options[0].fee == fee


@pytest.mark.parametrize("region", ["", "Atlantis"])
def test_an_old_address_without_a_region_is_asked_again_and_not_priced(customer, buyer, islands, region):
    buyer.address = make_address(buyer.user, region=region)
    with pytest.raises(RegionUnclear):
        buyer.preview((make_product(stock=1), 1))
    customer.put(make_product(stock=1))
    asked = customer.get(f"/checkout/?address={buyer.address.pk}", follow=True)
    assert asked.redirect_chain[-1][0] == f"/accounts/addresses/{buyer.address.pk}/"
    assert "Choose the region of this address" in words(asked)
    assert '<option value="Kiên Giang">' in words(asked)


def test_where_no_fee_hangs_on_the_region_an_old_address_is_as_good_as_ever(buyer):
    assert buyer.preview((make_product(stock=1), 1)).shipping_options


def test_a_form_with_an_unknown_region_offers_those_that_there_are(customer):
    typed = {
        "full_name": "Lan",
        "phone": "0234 382 2000",
        "line1": "1 Lê Lợi",
        "city": "Huế",
        "country": "VN",
    }
    asked = words(customer.post(NEW, {**typed, "region": "Atlantis"}))
    assert "Choose one of the country's regions." in asked.replace("&#x27;", "'")
    assert '<option value="Thừa Thiên–Huế">' in asked
    assert customer.post(NEW, {**typed, "region": "Huế"}).status_code == 200
    assert customer.post(NEW, {**typed, "region": "Thừa Thiên–Huế"}).status_code == 303


def test_the_field_of_another_country_is_given_to_the_script(customer):
    shown = words(customer.get("/accounts/addresses/region/?country=US&prefix=new"))
    assert 'name="new-region"' in shown and '<option value="OR">Oregon</option>' in shown
    assert "<select" not in words(customer.get("/accounts/addresses/region/?country=GB"))
