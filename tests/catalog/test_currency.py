"""A shop does not start with another CURRENCY than its prices are in."""

import pytest
from django.conf import settings as real
from django.core import checks
from django.core.management import CommandError, call_command

from catalog.currency import currency_is_that_of_the_prices, note_currency
from config.runtime.prepare import check_currency
from orders.models import PriceTable
from orders.shipping.rates import without_parcel
from tests.factories import make_price_table, make_product

pytestmark = pytest.mark.django_db


def found() -> list[checks.CheckMessage]:
    return currency_is_that_of_the_prices(databases=["default"])


def test_another_currency_is_refused_at_the_start(settings):
    check_currency()
    settings.CURRENCY = "VND" if real.CURRENCY != "VND" else "EUR"
    with pytest.raises(CommandError, match="the prices in the database are in"):
        check_currency()


def test_the_first_start_takes_what_is_set_and_the_next_agrees():
    assert not found()
    check_currency()
    check_currency()
    assert not found()


def test_changing_it_for_good_takes_everything_off_sale(settings):
    mug = make_product(stock=3)
    tables = [make_price_table(), PriceTable.objects.get(pk=without_parcel().price_table_id)]
    note_currency()
    settings.CURRENCY = "VND"
    assert found()
    call_command("use_currency")
    mug.refresh_from_db()
    assert not found() and not mug.is_active
    # A fee of 4.00 USD is none of 4 VND; "no parcel" is free in each currency.
    assert [PriceTable.objects.get(pk=table.pk).is_active for table in tables] == [False, True]
