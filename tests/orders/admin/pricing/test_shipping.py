"""Couriers, zones and price tables in Django admin: what makes no sense is refused in words."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.contact.countries import EUROPEAN_UNION, names
from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace
from orders.status import OrderStatus
from tests.factories import make_price_table


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def formset(prefix: str, *rows: dict, initial: int = 0) -> dict:
    fields = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    return fields | {f"{prefix}-{i}-{key}": value for i, row in enumerate(rows) for key, value in row.items()}


def add_zone(desk, name: str, *places: tuple[str, str]):
    rows = [{"country": country, "region": region} for country, region in places]
    return desk.post("/admin/orders/zone/add/", {"name": name, **formset("places", *rows)})


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Sweden", "SE"),
        ("sweden", "SE"),
        ("SE", "SE"),
        ("se", "SE"),
        ("Åland Islands", "AX"),
        ("Cote d'Ivoire", "CI"),
    ],
)
def test_a_country_is_picked_by_its_name_or_code(desk, written, code):
    assert add_zone(desk, "North", (written, "")).status_code == 302
    assert list(ZonePlace.objects.values_list("country", "region")) == [(code, "")]


def test_a_country_is_picked_in_the_readers_language_or_english(desk):
    desk.cookies[settings.LANGUAGE_COOKIE_NAME] = "vi"
    assert add_zone(desk, "Tây", ("Đức", ""), ("France", "")).status_code == 302
    assert sorted(ZonePlace.objects.values_list("country", flat=True)) == ["DE", "FR"]


def test_a_region_is_stored_as_addresses_have_it(desk):
    assert (
        add_zone(desk, "South", ("Vietnam", "Tỉnh Kiên Giang"), ("United States", "california")).status_code
        == 302
    )
    assert set(ZonePlace.objects.values_list("country", "region")) == {("VN", "Kiên Giang"), ("US", "CA")}


@pytest.mark.parametrize(
    ("places", "why"),
    [
        ([("Ge", "")], "“Ge” is no country. Choose one from the list, such as Georgia, Germany"),
        ([("UK", "")], "“UK” is no country. Choose one from the list, such as Ukraine."),
        ([("Nowhere", "")], "“Nowhere” is no country. Choose one from the list."),
        ([("S1", "")], "“S1” is no country"),
        ([("XK", "")], "“XK” is no country"),
        ([("United States", "Kiên Giang")], "Choose one of the country&#x27;s regions."),
        ([("SE", "Skåne"), ("Sweden", "skåne")], "entered twice"),
        ([("VN", "")], "lies in a zone already"),
    ],
)
def test_zone_with_a_wrong_place_is_refused_in_words(desk, places, why):
    make_price_table(country="VN")
    response = add_zone(desk, "Odd", *places)
    assert why in response.content.decode()
    assert not Zone.objects.filter(name="Odd").exists()


class TestManyCountriesAtOnce:
    def add(self, desk, preset: str, *places: tuple[str, str]) -> str:
        rows = [{"country": country, "region": region} for country, region in places]
        fields = {"name": "Many", "preset": preset, **formset("places", *rows)}
        return desk.post("/admin/orders/zone/add/", fields, follow=True).text

    def test_the_european_union_without_what_lies_elsewhere(self, desk):
        germany = make_price_table(country="DE").bands.get().zone
        said = self.add(desk, "eu", ("Norway", ""))
        many = Zone.objects.get(name="Many")
        assert {place.country for place in many.places.all()} == EUROPEAN_UNION - {"DE"} | {"NO"}
        assert [place.country for place in germany.places.all()] == ["DE"]
        assert "Countries added: 26" in said and "In another zone, and left there: Germany" in said

    def test_the_rest_of_the_world(self, desk):
        make_price_table(country="VN")
        ZonePlace.objects.create(zone=Zone.objects.create(name="Island"), country="PT", region="Madeira")
        self.add(desk, "rest")
        many = Zone.objects.get(name="Many")
        assert {place.country for place in many.places.all()} == names().keys() - {"VN"}

    def test_what_is_there_already_is_no_mistake(self, desk):
        said = self.add(desk, "eu", ("France", ""))
        assert Zone.objects.get(name="Many").places.count() == 27
        assert "Countries added: 26" in said and "left there" not in said

    def test_something_else_is_no_preset(self, desk):
        self.add(desk, "moon")
        assert not Zone.objects.exists()


@pytest.mark.parametrize(
    ("country", "offered"),
    [
        ("Vietnam", ["Kiên Giang", "Kiên Giang"]),
        ("US", ["CA", "California"]),
        ("Iceland", None),
        ("Ge", None),
        ("", None),
    ],
)
def test_regions_are_offered_for_the_country(desk, country, offered):
    regions = desk.get("/admin/orders/zone/regions/", {"country": country}).json()["regions"]
    assert offered in regions if offered else regions == []


def save_table(desk, *bands: dict, **fields):
    courier, _ = Courier.objects.get_or_create(name="Slow Post")
    table = {"courier": courier.pk, "service": "Slow", "is_active": "on", "min_days": 2, "max_days": 9}
    table |= {"volumetric_divisor": 5000, "pickup_fee": "0", **fields}
    return desk.post("/admin/orders/pricetable/add/", table | formset("bands", *bands))


def test_price_table_is_made_with_its_bands(desk):
    zone = Zone.objects.create(name="Here")
    bands = [
        {"zone": zone.pk, "up_to_g": 1000, "fee": "2.50"},
        {"zone": zone.pk, "up_to_g": 5000, "fee": "4.00"},
    ]
    assert save_table(desk, *bands).status_code == 302
    assert list(PriceBand.objects.values_list("fee", flat=True)) == [Decimal("2.50"), Decimal("4.00")]


@pytest.mark.parametrize(
    ("fields", "band", "why"),
    [
        ({"max_days": 1}, {}, "fewer than days at least"),
        ({"volumetric_divisor": 0}, {}, "1 or more"),
        ({}, {"fee": "-1"}, "0 or more"),
    ],
)
def test_price_table_that_makes_no_sense_is_refused_in_words(desk, fields, band, why):
    zone = Zone.objects.create(name="Here")
    response = save_table(desk, {"zone": zone.pk, "up_to_g": 1000, "fee": "2", **band}, **fields)
    assert why in response.content.decode()
    assert not PriceTable.objects.exists()


def test_price_table_page_takes_the_same_statements_for_one_band_and_three(desk):
    table = make_price_table()
    page = reverse("admin:orders_pricetable_change", args=[table.pk])
    desk.get(page)
    counts = []
    for more in (0, 2):
        for i in range(more):
            PriceBand.objects.create(price_table=table, zone=Zone.objects.first(), up_to_g=i, fee=i)
        with CaptureQueriesContext(connection) as queries:
            desk.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


TWICE = "This zone has a band up to this weight already."


def change_table(desk, table: PriceTable, *rows: dict):
    """Save the table's page with these rows, the saved ones first."""
    given = [{"price_table": table.pk, **row} for row in rows]
    saved = sum("id" in row for row in rows)
    fields = ("courier_id", "service", "min_days", "max_days", "volumetric_divisor", "pickup_fee")
    values = {name.removesuffix("_id"): getattr(table, name) for name in fields}
    page = reverse("admin:orders_pricetable_change", args=[table.pk])
    return desk.post(
        page, values | {"is_active": "on"} | formset("bands", *given, initial=saved), follow=True
    )


def row(band: PriceBand, **fields) -> dict:
    return {"id": band.pk, "zone": band.zone_id, "up_to_g": band.up_to_g, "fee": band.fee} | fields


def row_errors(page) -> list[dict]:
    return [dict(errors) for errors in page.context["inline_admin_formsets"][0].formset.errors]


def test_price_table_with_a_weight_twice_is_refused_at_the_row(desk):
    band = {"zone": Zone.objects.create(name="Here").pk, "up_to_g": 1000, "fee": "2"}
    refused = save_table(desk, band, band | {"fee": "3"})
    assert row_errors(refused) == [{}, {"up_to_g": [TWICE]}] and TWICE in refused.text
    assert not PriceTable.objects.exists()
    save_table(desk, band)
    assert "already exists" in save_table(desk, band).text
    assert PriceTable.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_bands_may_swap_their_weights_and_take_the_place_of_a_deleted_one(desk):
    table = make_price_table()
    first = table.bands.get()
    second = PriceBand.objects.create(price_table=table, zone=first.zone, up_to_g=500, fee="1.00")
    change_table(desk, table, row(first, up_to_g=500), row(second, up_to_g=first.up_to_g))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.up_to_g, second.up_to_g) == (500, 10_000_000)

    new = {"zone": first.zone_id, "up_to_g": 10_000_000, "fee": "9.00"}
    change_table(desk, table, row(first, up_to_g=700), row(second, DELETE="on"), new)
    assert list(table.bands.values_list("up_to_g", "fee")) == [(700, 4), (10_000_000, 9)]


def test_saved_band_that_becomes_another_ones_twin_is_refused_at_the_row(desk):
    table = make_price_table()
    first = table.bands.get()
    second = PriceBand.objects.create(price_table=table, zone=first.zone, up_to_g=500, fee="1.00")
    refused = change_table(desk, table, row(first, up_to_g=500), row(second))
    assert row_errors(refused) == [{}, {"up_to_g": [TWICE]}]


def test_band_that_somebody_else_added_meanwhile_is_seen(desk):
    table = make_price_table()
    first = table.bands.get()
    PriceBand.objects.create(price_table=table, zone=first.zone, up_to_g=500, fee="1.00")
    refused = change_table(desk, table, row(first), {"zone": first.zone_id, "up_to_g": 500, "fee": "2"})
    assert row_errors(refused) == [{}, {"up_to_g": [TWICE]}]


def test_bands_stand_by_zone_then_weight(desk):
    table = make_price_table()
    for name, up_to_g in (("Beta", 9), ("Alpha", 1000), ("Beta", 5), ("Alpha", 200)):
        zone, _ = Zone.objects.get_or_create(name=name)
        PriceBand.objects.create(price_table=table, zone=zone, up_to_g=up_to_g, fee=1)
    Zone.objects.filter(places__country="VN").update(name="Zulu")
    page = desk.get(reverse("admin:orders_pricetable_change", args=[table.pk]))
    forms = page.context["inline_admin_formsets"][0].formset.initial_forms
    shown = [(form.instance.zone.name, form.instance.up_to_g) for form in forms]
    assert shown == [("Alpha", 200), ("Alpha", 1000), ("Beta", 5), ("Beta", 9), ("Zulu", 10_000_000)]


@pytest.mark.parametrize("name", ["courier", "zone", "pricetable", "payment", "order"])
def test_lists_open(desk, buyer, name):
    buyer.order_in(OrderStatus.PAID)
    assert desk.get(f"/admin/orders/{name}/").status_code == 200


def test_couriers_and_price_tables_are_made_inactive_not_deleted(desk):
    table = make_price_table()
    assert desk.post(f"/admin/orders/pricetable/{table.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"/admin/orders/courier/{table.courier_id}/delete/", {"post": "yes"}).status_code == 403
