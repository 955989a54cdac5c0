"""Which rate of tax counts where, and when."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from orders.models import TaxRate
from orders.pricing.rates import rates_at
from tests.factories import HUE, add_rate, make_tax_class, standard_class

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 15)


def at(country: str = "VN", region: str = "", day: date = DAY):
    return rates_at(country=country, region=region, day=day)


def test_without_any_rate_the_setting_counts(settings):
    settings.TAX_RATE = Decimal("8.25")
    named = make_tax_class()

    assert {at().of(None), at().of(named.pk), at().of(-1), at().shipping} == {Decimal("8.25")}


def test_a_class_without_a_rate_at_the_place_is_taxed_as_standard(settings):
    settings.TAX_RATE = Decimal(5)
    food, standard = make_tax_class("7", country="DE"), standard_class()
    add_rate(standard, "20")

    assert at("DE").of(food.pk) == 7
    assert at("FR").of(food.pk) == at("FR").of(standard.pk) == at("FR").of(None) == 20


def test_a_region_wins_over_its_country_and_that_over_everywhere_else():
    food = make_tax_class("1")
    add_rate(food, "2", country="VN")
    add_rate(food, "3", country="VN", region=HUE)

    assert at("VN", HUE).of(food.pk) == at("VN", "Thua Thien Hue").of(food.pk) == 3
    assert at("VN", "Hà Nội").of(food.pk) == at("VN").of(food.pk) == 2
    assert at("DE").of(food.pk) == at("").of(food.pk) == 1


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2019, 12, 31), 19),
        (date(2020, 1, 1), 10),
        (date(2026, 6, 14), 10),
        (DAY, 8),
        (date(2026, 12, 31), 8),
        (date(2027, 1, 1), 10),
    ],
)
def test_the_rate_that_began_last_counts_until_its_last_day(day, percent):
    food = make_tax_class()
    add_rate(standard_class(), "19", starts=date(2000, 1, 1))
    add_rate(food, "8", country="VN", starts=DAY, ends=date(2026, 12, 31))
    add_rate(food, "10", country="VN")

    assert at(day=day).of(food.pk) == percent


def test_shipping_has_the_rate_of_its_class_or_the_standard_one():
    add_rate(standard_class(), "20")
    assert at().shipping == 20

    make_tax_class("5", country="VN", for_shipping=True)
    assert (at().shipping, at("DE").shipping) == (5, 20)


def test_a_rate_of_zero_is_a_rate():
    none = make_tax_class("0")
    add_rate(standard_class(), "20")

    assert at().of(none.pk) == 0


def test_all_classes_take_one_statement(django_assert_num_queries):
    for _ in range(3):
        make_tax_class("5", country="VN")
    with django_assert_num_queries(1):
        at("VN", HUE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": Decimal(101)},
        {"percent": Decimal(-1)},
        {"country": "", "region": HUE},
        {"country": "vn"},
        {"ends": date(2019, 1, 1)},
        {"region": HUE.lower()},
    ],
)
def test_the_database_refuses_what_is_no_rate(wrong):
    food = make_tax_class()
    add_rate(food, "3", country="VN", region=HUE)
    given = {"percent": Decimal(5), "country": "VN", "starts": date(2020, 1, 1)} | wrong
    rate = TaxRate(tax_class=food, **given)

    with pytest.raises(ValidationError):
        rate.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        rate.save()


@pytest.mark.parametrize("only", ["is_standard", "for_shipping"])
def test_one_class_is_the_standard_and_one_that_of_shipping(only):
    standard_class()
    make_tax_class(for_shipping=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_tax_class(**{only: True})
