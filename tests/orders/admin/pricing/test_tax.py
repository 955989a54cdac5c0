"""Tax classes and their rates in Django admin: one page, refused in words, and in the log."""

from datetime import date

import pytest

from catalog.models import TaxClass
from orders.models import TaxRate
from staff.models import StaffAction
from tests.factories import add_rate, make_product, make_tax_class, staff_of, standard_class
from tests.html_form import fields_of
from tests.orders.admin.pricing.test_shipping import formset

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(staff_of("finance"))
    return client


def rate(country: str = "", region: str = "", percent: str = "7", starts: str = "2026-01-01", ends: str = ""):
    return {"country": country, "region": region, "percent": percent, "starts": starts, "ends": ends}


def save(desk, *rates: dict, name: str = "Food", **fields):
    return desk.post("/admin/catalog/taxclass/add/", {"name": name, **fields, **formset("rates", *rates)})


def test_a_class_is_made_with_its_rates_by_place(desk):
    rows = [rate("Germany"), rate("VN", "Tỉnh Kiên Giang", "8.125", ends="2026-12-31"), rate(percent="0")]
    assert save(desk, *rows, name_vi="Thực phẩm").status_code == 302
    food = TaxClass.objects.get(name="Food")
    assert list(food.rates.values_list("country", "region", "percent", "ends")) == [
        ("", "", 0, None),
        ("DE", "", 7, None),
        ("VN", "Kiên Giang", 8.125, date(2026, 12, 31)),
    ]
    assert StaffAction.objects.get(action="added").object_text == "Food"


@pytest.mark.parametrize(
    ("rates", "fields", "why"),
    [
        ([rate("Nowhere")], {}, "is no country"),
        ([rate("VN", "Bavaria")], {}, "Choose one of the country&#x27;s regions."),
        ([rate(region="Huế")], {}, "Choose the country of the region."),
        ([rate(ends="2025-12-31")], {}, "The last day is before the first."),
        ([rate(percent="101")], {}, "100"),
        ([rate("DE"), rate("Germany", percent="8")], {}, "has a rate from this day on already"),
        ([], {"is_standard": "on"}, "Another class is the standard one"),
        ([], {"for_shipping": "on"}, "Another class is that of shipping"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk, rates, fields, why):
    standard_class()
    make_tax_class(for_shipping=True)
    assert why in save(desk, *rates, **fields).text
    assert not TaxClass.objects.filter(name="Food").exists() and not TaxRate.objects.exists()


def test_a_rate_is_changed_and_the_log_says_from_what(desk):
    food = make_tax_class("7", country="DE", name="Food")
    address = f"/admin/catalog/taxclass/{food.pk}/change/"
    fields = {name: values[-1] for name, values in fields_of(desk.get(address).text, "taxclass_form").items()}
    assert desk.post(address, fields | {"rates-0-percent": "9"}).status_code == 302
    assert food.rates.get().percent == 9
    values = StaffAction.objects.get(action="changed").details["changes"][-1]["values"]
    assert values["rates-0-percent"][1] == "9"


def test_the_list_says_what_counts_today(desk):
    food = make_tax_class("7", country="DE", name="Food")
    add_rate(food, "5", country="FR", ends=date(2020, 12, 31))
    make_product(tax_class=food)
    page = desk.get("/admin/catalog/taxclass/").text
    assert "DE 7 %" in page and "FR 5 %" not in page


def test_the_standard_class_and_one_of_products_stay(desk):
    food = make_tax_class(name="Food")
    make_product(tax_class=food)
    standard = standard_class()
    assert desk.get(f"/admin/catalog/taxclass/{standard.pk}/delete/").status_code == 403
    desk.post(f"/admin/catalog/taxclass/{food.pk}/delete/", {"post": "yes"})
    assert TaxClass.objects.filter(pk=food.pk).exists()


def test_staff_without_the_right_look_and_change_nothing(client):
    client.force_login(staff_of("support"))
    food = make_tax_class("7", name="Food")
    address = f"/admin/catalog/taxclass/{food.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "Other"}).status_code == 403
    assert client.get("/admin/catalog/taxclass/add/").status_code == 403


def test_a_product_is_given_its_class(client):
    client.force_login(staff_of("catalog"))
    cup, food = make_product(sku="CUP"), make_tax_class(name="Food")
    address = f"/admin/catalog/product/{cup.pk}/change/"
    fields = {
        name: values[-1] for name, values in fields_of(client.get(address).text, "product_form").items()
    }
    assert client.post(address, fields | {"tax_class": food.pk}).status_code == 302
    cup.refresh_from_db()
    assert cup.tax_class == food
