"""Price tables on the desk: what is odd is said where staff look, and "What would this cost?" answers by address."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk import navigation
from orders.models import Courier, PriceBand, PriceTable, Zone, ZonePlace
from tests.factories import Buyer, make_price_table, make_product, make_user, staff_of, unique
from tests.orders.admin.pricing.test_shipping import change_table, row

LIST = "/admin/orders/pricetable/"
COST = "/admin/orders/pricetable/cost/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def table(db) -> PriceTable:
    return make_price_table()


def page_of(table: PriceTable) -> str:
    return reverse("admin:orders_pricetable_change", args=[table.pk])


def add_band(table: PriceTable, up_to_g: int, fee: str, zone: Zone | None = None) -> PriceBand:
    where = zone or table.bands.first().zone
    return PriceBand.objects.create(price_table=table, zone=where, up_to_g=up_to_g, fee=Decimal(fee))


def lonely_zone() -> Zone:
    zone = Zone.objects.create(name="Lonely")
    ZonePlace.objects.create(zone=zone, country="IS")
    return zone


def codes(html: str) -> list[str]:
    return re.findall(r'data-code="(\w+)"', html)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- findings --------------------------------------------------------------------------------------------------------


def test_page_of_a_price_table_says_what_is_odd_about_it(desk, table):
    assert codes(desk.get(page_of(table)).text) == []
    lonely_zone()
    add_band(table, 500, "9.00")
    shown = desk.get(page_of(table)).text
    assert codes(shown) == ["fee_falls", "zone_missing"]
    assert "It carries nothing to these zones: Lonely." in shown


def test_list_of_price_tables_counts_what_is_odd_and_tells_of_all_together(desk, table):
    assert codes(desk.get(LIST).text) == ["heaviest_parcel"]
    lonely_zone()
    add_band(table, 500, "9.00")
    make_product(weight_g=20_000_000)
    shown = desk.get(LIST)
    assert codes(shown.text) == ["zone_unserved", "products_uncarried", "heaviest_parcel"]
    assert re.search(r'class="badge badge-warning" title="[^"]*Lonely[^"]*">2<', shown.text)


def test_products_that_nobody_carries_are_one_click_away(desk, table):
    fits, heavy = make_product(), make_product(weight_g=20_000_000)
    big = make_product(length_cm=1000, width_cm=1000, height_cm=1000)
    make_product(weight_g=20_000_000, is_active=False)
    add_band(make_price_table(volumetric_divisor=100), 99, "1.00")
    link = re.search(r'href="([^"]+beyond=[^"]+)"', desk.get(LIST).text)[1]
    shown = desk.get(link).context["cl"]
    assert set(shown.result_list) == {heavy, big} and fits not in shown.result_list
    assert desk.get("/admin/catalog/product/?beyond=5x").context["cl"].result_count == 4


def test_who_may_not_see_products_gets_no_link_to_them(client, table):
    make_product(weight_g=20_000_000)
    clerk = make_user(is_staff=True)
    clerk.user_permissions.add(*_permissions("view_pricetable"))
    client.force_login(clerk)
    shown = client.get(LIST).text
    assert "products_uncarried" in codes(shown) and "beyond=" not in shown


def _permissions(*names: str):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names)


def test_first_page_counts_zones_that_nobody_serves(desk, table):
    lonely_zone()
    cards = {str(card.matter.title): card for card in desk.get("/admin/").context["cards"]}
    card = cards["Zones nobody serves"]
    shown = desk.get(card.link).context["cl"].result_list
    assert card.count == 1 and [zone.name for zone in shown] == ["Lonely"]
    assert desk.get("/admin/orders/zone/").context["cl"].result_count == 2


def test_fee_that_falls_is_saved_with_a_warning(desk, table):
    band = table.bands.get()
    said = change_table(desk, table, row(band), {"zone": band.zone_id, "up_to_g": 500, "fee": "40"})
    warnings = [str(one) for one in said.context["messages"] if one.level_tag == "warning"]
    assert len(warnings) == 1 and "less than up to 500 g ($40.00)" in warnings[0]
    assert table.bands.count() == 2


def test_price_table_page_takes_the_same_statements_for_40_bands(desk, table):
    desk.get(page_of(table))
    counts = []
    for more in (0, 40):
        for step in range(more):
            add_band(table, 100 + step, "1.00")
        with CaptureQueriesContext(connection) as queries:
            shown = desk.get(page_of(table))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
    assert shown.text.count("-up_to_g") >= 40


# --- what would this cost --------------------------------------------------------------------------------------------


def offers(response) -> list[tuple[int, str]]:
    answer = response.context["question"].answer
    return [(offer.option.price_table_id, str(offer.option.fee)) for offer in answer.offers]


def test_cost_of_products_is_what_a_customers_quote_says(desk):
    buyer = Buyer()
    add_band(buyer.table, 1000, "2.00")
    mug, rug = make_product(weight_g=300), make_product(weight_g=100, length_cm=90, width_cm=60, height_cm=2)
    preview = buyer.preview((mug, 2), (rug, 1))
    asked = {"sku": [mug.sku, "", rug.sku], "quantity": ["2", "1", "1"], "country": "vn", "region": ""}
    shown = desk.get(COST, asked)
    expected = [(option.price_table_id, str(option.fee)) for option in preview.shipping_options]
    assert offers(shown) == expected == [(buyer.table.pk, "4.00")]
    assert "2.16 kg" in words(shown.text) and "$4.00" in words(shown.text)


def test_cost_of_a_measured_parcel_to_a_zone_names_every_service(desk, table):
    small, off = make_price_table(fee="1.00"), make_price_table(is_active=False)
    zone = small.bands.get().zone
    small.bands.update(up_to_g=1500)
    elsewhere = PriceTable.objects.create(courier=small.courier, service=unique("Far"))
    shown = desk.get(
        COST, {"weight_g": "700", "length_cm": "40", "width_cm": "20", "height_cm": "10", "zone": zone.pk}
    )
    said = words(shown.text)
    assert offers(shown) == [(table.pk, "4.00")]
    assert f"{small} charged as 1.6 kg, heavier than its heaviest band (1.5 kg)" in said
    assert f"{elsewhere} no band for this zone" in said and f"{off} switched off" in said


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"sku": "nothing", "quantity": "1", "country": "VN"}, "There is no such product on sale."),
        ({"sku": "{sku}", "quantity": "many", "country": "VN"}, "The quantity must be 1 to 999."),
        ({"sku": "{sku}", "quantity": "1" * 400, "country": "VN"}, "The quantity must be 1 to 999."),
        ({"sku": ["{sku}"] * 101, "quantity": ["1"] * 101, "country": "VN"}, "1 to 100 items"),
        ({"sku": "{sku}", "quantity": "1"}, "Enter a country or choose a zone."),
        ({"country": "VN"}, "Enter products, or the weight and sides of a parcel."),
        ({"sku": "{sku}", "quantity": "1", "weight_g": "5", "country": "VN"}, "Enter products, or the weight"),
        ({"weight_g": "5", "country": "Vietna"}, "“Vietna” is no country. Choose one from the list, such as Vietnam."),
        ({"weight_g": "5", "country": "V1"}, "“V1” is no country. Choose one from the list."),
        ({"weight_g": "-5", "country": "VN"}, "greater than or equal to 0"),
        ({"weight_g": "heavy", "country": "VN"}, "Enter a whole number."),
        ({"weight_g": "5", "zone": "0"}, "Select a valid choice."),
        ({"weight_g": "5", "country": "FR"}, "This address lies in no zone"),
        ({"weight_g": "10000001", "country": "VN"}, "Nobody carries this parcel there."),
        ({"sku": "a\\0b", "quantity": "1", "country": "VN"}, "There is no such product on sale."),
    ],
)  # fmt: skip
def test_cost_of_what_makes_no_sense_is_said_in_words(desk, table, asked, why):
    sku = make_product().sku
    given = {
        name: [one.replace("{sku}", sku).replace("\\0", "\0") for one in ([value] if isinstance(value, str) else value)]
        for name, value in asked.items()
    }  # fmt: skip
    shown = desk.get(COST, given)
    assert shown.status_code == 200 and why in words(shown.text)


def test_cost_page_asks_for_nothing_at_first_and_keeps_what_was_typed(desk, table):
    first = desk.get(COST)
    assert first.context["question"].form.errors == {} and 'class="wrong"' not in first.text
    shown = desk.get(COST, {"sku": ["A", "B", "C"], "quantity": ["1", "2", "3"], "country": "VN"}).text
    assert [*re.findall(r'name="sku"[^>]*?value="(\w*)"', shown, re.DOTALL)] == ["A", "B", "C", ""]


def test_sidebar_marks_one_page_as_open(desk, table):
    for path, title in (
        (COST, "What would this cost?"),
        (LIST, "Price tables"),
        (page_of(table), "Price tables"),
    ):
        sections = desk.get(path).context["sidebar_navigation"]
        items = [item for section in sections for item in section["items"]]
        assert [str(item["title"]) for item in items if item["active"]] == [title], path


def test_sidebar_works_out_its_addresses_once(desk, monkeypatch):
    desk.get(LIST)
    asked: list[str] = []
    monkeypatch.setattr(navigation, "reverse", lambda name: asked.append(name) or "/")

    assert desk.get(LIST).status_code == 200

    assert asked == []


def test_cost_box_of_a_tables_page_marks_the_table_and_answers_alone_to_htmx(desk, table):
    other = make_price_table(fee="1.00")
    box = desk.get(page_of(table)).text
    assert f'<input type="hidden" name="table" value="{table.pk}">' in box and f'action="{COST}"' in box
    answer = desk.get(COST, {"weight_g": "5", "country": "VN", "table": table.pk}, headers=HTMX).text
    assert "<html" not in answer and f'data-table="{table.pk}" class="this"' in answer
    assert f'data-table="{other.pk}">' in answer
    assert (
        desk.get(COST, {"table": "9" * 30}).status_code == desk.get(COST, {"table": "x"}).status_code == 200
    )


def test_skus_are_suggested_by_sku_and_name(desk):
    tea = make_product(sku="TEA-1", name="Lotus tea")
    make_product(sku="CUP-1", name="Cup")
    make_product(sku="TEA-2", name="Old tea", is_active=False)
    for typed in ("TEA-1", "lot", "tea"):
        found = desk.get(f"{COST}skus/", {"sku": typed}).text
        assert re.findall(r'value="([^"]+)"', found) == [tea.sku], typed
    assert desk.get(f"{COST}skus/", {"sku": " "}).text.strip() == desk.get(f"{COST}skus/").text.strip() == ""


def test_cost_is_asked_by_whoever_sees_price_tables(client, table):
    asked = {"weight_g": "5", "country": "VN"}
    for user, status in ((staff_of("support"), 200), (staff_of(), 403), (make_user(), 302)):
        client.force_login(user)
        assert client.get(COST, asked).status_code == status
        assert client.get(f"{COST}skus/", {"sku": "x"}).status_code == status
    client.force_login(staff_of("support"))
    assert f'href="{COST}"' in client.get("/admin/").text
    client.force_login(staff_of())
    assert COST not in client.get("/admin/").text


def test_switched_off_courier_is_said_on_the_page_of_its_tables(desk, table):
    Courier.objects.update(is_active=False)
    assert codes(desk.get(page_of(table)).text) == ["courier_off"]
