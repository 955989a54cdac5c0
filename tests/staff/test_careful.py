"""Whatever is edited at the desk carries what was read: old values are not put back, and the second writer sees both."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from catalog.models import Category, Product
from orders.models import PriceBand, PriceTable, ZonePlace
from tests.bulk.tables import imported
from tests.confirmed import sign_in
from tests.factories import make_picture, make_price_table, make_product, make_staff, make_user
from tests.html_form import fields_of
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    sign_in(client, staff)
    return client


def page_of(thing) -> str:
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def opened(desk, thing) -> dict:
    """The form of somebody's page, as their browser has it."""
    return fields_of(desk.get(page_of(thing)).text, f"{thing._meta.model_name}_form")


def product_with(**fields) -> Product:
    return make_product(sku="CUP", name="Cup", price="12.50", description="Two\nlines ", **fields)


# --- products --------------------------------------------------------------------------------------------------------


def test_a_page_that_was_opened_before_an_import_keeps_the_new_price(desk, staff):
    cup = product_with()
    form = opened(desk, cup)
    imported("prices", "sku,price\nCUP,14.00\n", actor=staff)
    assert desk.post(page_of(cup), form | {"name": "Better cup"}).status_code == 302
    cup.refresh_from_db()
    assert (cup.name, cup.price, cup.description) == ("Better cup", 14, "Two\nlines ")


def test_a_price_that_both_changed_is_asked_about_with_both(desk, staff):
    cup = product_with()
    form = opened(desk, cup) | {"price": "13.00"}
    imported("prices", "sku,price\nCUP,14.00\n", actor=staff)

    answer = desk.post(page_of(cup), form)

    assert answer.status_code == 200
    assert "from “12.50” to “14.00”. You entered “13.00”" in answer.text
    cup.refresh_from_db()
    assert cup.price == 14
    again = fields_of(answer.text, "product_form")
    assert again["price"] == ["13.00"]
    assert desk.post(page_of(cup), again).status_code == 302
    cup.refresh_from_db()
    assert cup.price == 13


def test_what_both_changed_alike_is_no_question(desk):
    cup = product_with()
    form = opened(desk, cup) | {"price": "14.00"}
    Product.objects.update(price="14.00")
    assert desk.post(page_of(cup), form).status_code == 302


def test_a_page_that_nobody_touched_changes_nothing(desk):
    cup, other = product_with(), Category.objects.create(name="Others", slug="others")
    form = opened(desk, cup)
    Product.objects.update(name="New", category=other, is_active=False, weight_g=7, description="New")
    before = Product.objects.values().get()
    assert desk.post(page_of(cup), form).status_code == 302
    assert Product.objects.values().get() == before


@pytest.mark.parametrize(
    ("field", "theirs", "mine", "said"),
    [
        ("is_active", False, None, None),
        ("name", "Theirs", "Mine", "“Theirs”. You entered “Mine”"),
        ("description", "Theirs\nand more", "Mine", "You entered “Mine”"),
        ("weight_g", 500, "600", "from “300” to “500”. You entered “600”"),
    ],
)
def test_each_field_that_both_changed_is_said(desk, field, theirs, mine, said):
    cup = product_with()
    form = opened(desk, cup) | ({field: mine} if mine else {})
    Product.objects.update(**{field: theirs})
    answer = desk.post(page_of(cup), form)
    assert answer.status_code == (200 if said else 302)
    assert said is None or said in answer.text
    assert getattr(Product.objects.get(), field) == theirs


def test_a_picture_keeps_the_words_that_somebody_else_gave_it(desk):
    picture = make_picture(product_with(), alt="front")
    form = opened(desk, picture.product)
    picture.product.images.update(alt="from the front")
    assert desk.post(page_of(picture.product), form | {"name": "Better cup"}).status_code == 302
    picture.refresh_from_db()
    assert picture.alt == "from the front"


def test_a_list_that_is_edited_in_place_puts_nothing_back(desk):
    teas, pots = (Category.objects.create(name=name, slug=name, position=1) for name in ("teas", "pots"))
    page = reverse("admin:catalog_category_changelist")
    form = fields_of(desk.get(page).text, "changelist-form")
    names = [name for name, value in form.items() if name.endswith("-id") and value == [str(pots.pk)]]
    mine = names[0].replace("-id", "-position")
    Category.objects.update(position=5)
    assert desk.post(page, form | {"_save": "Save"}).status_code == 302
    assert {category.position for category in Category.objects.all()} == {5}
    answer = desk.post(page, form | {"_save": "Save", mine: "7"})
    assert answer.status_code == 200 and "from “1” to “5”. You entered “7”" in answer.text
    teas.refresh_from_db()
    assert teas.position == 5


# --- rights ----------------------------------------------------------------------------------------------------------


def test_a_right_that_somebody_else_took_away_is_not_given_back(desk):
    group = Group.objects.get(name="Support")
    form = opened(desk, group)
    taken, given = group.permissions.first(), Permission.objects.exclude(group=group).order_by("pk")[:2]
    group.permissions.remove(taken)
    group.permissions.add(given[0])
    mine = form["permissions"] + [str(given[1].pk)]
    wanted = {*group.permissions.values_list("pk", flat=True), given[1].pk}

    assert desk.post(page_of(group), form | {"name": "Helpers", "permissions": mine}).status_code == 302

    group.refresh_from_db()
    assert group.name == "Helpers"
    assert set(group.permissions.values_list("pk", flat=True)) == wanted


def test_a_group_that_somebody_was_put_into_meanwhile_is_kept(desk):
    user, packers = make_user(is_staff=True), Group.objects.get(name="Support")
    form = opened(desk, user)
    user.groups.add(packers)
    assert desk.post(page_of(user), form | {"full_name": "Lan"}).status_code == 302
    user.refresh_from_db()
    assert (user.full_name, list(user.groups.all())) == ("Lan", [packers])

    form = opened(desk, user)
    form.pop("groups")
    assert desk.post(page_of(user), form).status_code == 302
    assert not user.groups.exists()


# --- price tables, zones ---------------------------------------------------------------------------------------------


def bands_of(table: PriceTable) -> str:
    here = f"Swift Post,{table.service},{table.bands.first().zone}"
    return f"courier,service,zone,up_to_g,fee\n{here},10000000,5.00\n{here},500,2.00\n"


def test_a_price_table_that_was_opened_before_an_import_keeps_the_new_fees(desk, staff):
    table = make_price_table(fee="4.00")
    form = opened(desk, table)
    imported("bands", bands_of(table), actor=staff)
    assert desk.post(page_of(table), form | {"max_days": "9"}).status_code == 302
    table.refresh_from_db()
    assert table.max_days == 9
    assert dict(table.bands.values_list("up_to_g", "fee")) == {10_000_000: 5, 500: 2}


def test_a_fee_that_both_changed_is_asked_about_with_both(desk, staff):
    table = make_price_table(fee="4.00")
    form = opened(desk, table) | {"bands-0-fee": "4.50"}
    imported("bands", bands_of(table), actor=staff)
    answer = desk.post(page_of(table), form)
    assert "from “4.00” to “5.00”. You entered “4.50”" in answer.text
    assert table.bands.get(up_to_g=10_000_000).fee == 5
    again = fields_of(answer.text, "pricetable_form")
    assert desk.post(page_of(table), again).status_code == 302
    assert table.bands.get(up_to_g=10_000_000).fee == Decimal("4.50")


def test_a_price_tables_own_fields_are_not_put_back(desk):
    table = make_price_table()
    form = opened(desk, table)
    PriceTable.objects.update(is_active=False, volumetric_divisor=4000)
    assert desk.post(page_of(table), form | {"max_days": "9"}).status_code == 302
    table.refresh_from_db()
    assert (table.is_active, table.volumetric_divisor, table.max_days) == (False, 4000, 9)


# --- many rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bands", [99, 197, 350])
def test_a_price_table_of_many_bands_is_saved(desk, bands):
    table = make_price_table()
    zone = table.bands.get().zone
    PriceBand.objects.bulk_create(
        PriceBand(price_table=table, zone=zone, up_to_g=100 * n, fee=n) for n in range(1, bands + 1)
    )
    form = opened(desk, table)
    assert desk.post(page_of(table), form | {"bands-7-fee": "77.00"}).status_code == 302
    assert table.bands.count() == bands + 1 and table.bands.filter(fee=77).count() in (1, 2)
    last = -(-(bands + 1) // 100)
    path = f"{page_of(table)}?bands-page={last}"
    form = fields_of(desk.get(path).text, "pricetable_form")
    assert int(form["bands-INITIAL_FORMS"][0]) == (bands + 1 - 1) % 100 + 1
    assert desk.post(path, form | {"bands-0-fee": "88.00"}).status_code == 302
    assert table.bands.filter(fee=88).exists()


def test_rows_of_a_later_page_are_the_same_when_others_came_before_them(desk):
    table = make_price_table()
    zone = table.bands.get().zone
    PriceBand.objects.bulk_create(
        PriceBand(price_table=table, zone=zone, up_to_g=1000 * n, fee=n) for n in range(1, 150)
    )
    path = f"{page_of(table)}?bands-page=2"
    form = fields_of(desk.get(path).text, "pricetable_form")
    changed = int(form["bands-3-id"][0])
    PriceBand.objects.bulk_create(
        PriceBand(price_table=table, zone=zone, up_to_g=1000 * n + 1, fee=n) for n in range(1, 120)
    )
    assert desk.post(path, form | {"bands-3-fee": "999.00"}).status_code == 302
    assert list(table.bands.filter(fee=999).values_list("pk", flat=True)) == [changed]
    assert table.bands.count() == 269


def test_a_zone_of_all_countries_is_saved_whole(desk):
    zone = make_price_table().bands.get().zone
    codes = [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXY"][:246]
    ZonePlace.objects.bulk_create(ZonePlace(zone=zone, country=code) for code in codes)
    places = list(zone.places.order_by("pk"))
    rows = {"places-TOTAL_FORMS": len(places), "places-INITIAL_FORMS": len(places)}
    for at, place in enumerate(places):
        rows |= {f"places-{at}-{name}": value for name, value in
                 {"id": place.pk, "zone": zone.pk, "country": place.country, "region": ""}.items()}  # fmt: skip
    assert desk.post(page_of(zone), {"name": "Everywhere"} | rows).status_code == 302
    zone.refresh_from_db()
    assert zone.name == "Everywhere" and zone.places.count() == 247
    form = opened(desk, zone) | {"name": "Again"}
    assert desk.post(page_of(zone), form).status_code == 302
    assert zone.places.count() == 247


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_one_moment_the_second_sees_both():
    cup, table, staff = product_with(), make_price_table(fee="4.00"), make_staff()
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(staff)

    def saving(client, thing, name, value):
        form = opened(client, thing) | {name: value}
        return lambda: client.post(page_of(thing), form).status_code

    for thing, name in ((cup, "price"), (table, "bands-0-fee")):
        answers = at_once([saving(client, thing, name, f"{20 + n}.00") for n, client in enumerate(clients)])
        assert sorted(answers) == [200, 200, 200, 302]
    cup.refresh_from_db()
    assert 20 <= cup.price <= 23 and 20 <= table.bands.get().fee <= 23


@pytest.mark.parametrize("number", ["sNaN", "NaN", "1e999999"])
@pytest.mark.parametrize("ending", ["", "-read"])
def test_a_number_that_compares_with_none_is_no_error_of_ours(desk, number, ending):
    table = make_price_table(country="VN")
    form = opened(desk, table)
    assert desk.post(page_of(table), form | {f"pickup_fee{ending}": number}).status_code in (200, 302)
    table.refresh_from_db()
    assert table.pickup_fee == 0
