"""Where a currency has no decimals, the database takes none."""

import pytest
from babel.numbers import get_currency_precision, list_currencies
from django.db import IntegrityError, transaction
from django.db.models import F

from orders.models import Order
from orders.models.decimals import WITHOUT_DECIMALS
from tests.factories import make_product

HALF = [
    {"items_total": F("items_total") + 0.5, "total_amount": F("total_amount") + 0.5},
    {"shipping_fee": F("shipping_fee") + 0.5, "total_amount": F("total_amount") + 0.5},
]


def test_they_are_those_of_unicodes_data():
    assert {one for one in list_currencies() if get_currency_precision(one) == 0} == set(WITHOUT_DECIMALS)


@pytest.mark.django_db
@pytest.mark.parametrize("change", HALF, ids=lambda change: next(iter(change)))
def test_half_of_its_smallest_unit_is_no_amount(buyer, settings, change):
    settings.CURRENCY = "VND"
    order = buyer.place((make_product(stock=5, price=20_000), 1))
    with pytest.raises(IntegrityError, match="orders_order_decimals"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**change)
