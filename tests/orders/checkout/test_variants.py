"""Variants are bought as any product is: with their own weight, size, stock or numbers, and as they were when quoted."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.inventory import add_numbers
from catalog.models import Inventory, OptionValue, Product, ProductGroup
from orders.status import OrderStatus
from tests.factories import confirm, make_group, make_product, make_tax_class, make_variant
from tests.orders.audited import run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]


def test_each_has_its_own_weight_and_size(buyer):
    jar = make_group("Jar", Size=["S", "L"])
    small = make_variant(jar, "S", stock=5, weight_g=200, length_cm=10, width_cm=8, height_cm=6)
    large = make_variant(jar, "L", stock=5, weight_g=900, length_cm=30, width_cm=20, height_cm=20)
    parcels = [buyer.preview((one, 2)).parcel for one in (small, large)]
    assert [(parcel.weight_g, parcel.length_cm) for parcel in parcels] == [(400, 10), (1800, 30)]


def test_one_may_have_numbers_beside_one_with_stock(buyer):
    seat = make_group("Concert", Place=["Seat", "Standing"])
    numbered = make_variant(seat, "Seat", inventory=Inventory.NUMBERED)
    add_numbers(product_id=numbered.pk, values=["A1", "A2"], actor=None)
    counted = make_variant(seat, "Standing", stock=3)
    order = buyer.order_in(OrderStatus.PAID, (numbered, 2), (counted, 1))
    assert [line.codes for line in order.lines.all()] == [["A1", "A2"], []]
    refused = buyer.place((numbered, 1), (counted, 1))
    confirm(refused)
    refused.refresh_from_db()
    counted.refresh_from_db()
    assert (refused.status, counted.stock_quantity) == (OrderStatus.NOT_CONFIRMED, 2)
    assert run() == []


def test_what_was_quoted_is_bought_whatever_staff_do_to_it_meanwhile(buyer):
    """Its sale ends, its price and its SKU are others, it is renamed and taxed otherwise."""
    shirt = make_group("Shirt", Size=["M"])
    medium = make_variant(shirt, "M", sku="SH-M", stock=5, price=Decimal(20), sale_price=Decimal(15))
    preview = buyer.preview((medium, 2))
    Product.objects.update(sale_price=None, price=99, sku="OTHER", tax_class=make_tax_class("50"))
    ProductGroup.objects.update(name="Jersey")
    OptionValue.objects.update(name="Medium")
    line = buyer.place_preview(preview).lines.get()
    assert (line.sku, line.name, line.unit_price, line.list_price) == ("SH-M", "Shirt, M", 15, 20)
    assert line.tax_rate == 0
    assert run() == []


def test_placing_takes_as_many_statements_for_variants(buyer):
    shirt = make_group("Shirt", Size=[f"X{at}" for at in range(9)])
    variants = [make_variant(shirt, f"X{at}", stock=5) for at in range(9)]
    counts = []
    for items in ([make_product(stock=5)], variants):
        preview = buyer.preview(*((item, 1) for item in items))
        with CaptureQueriesContext(connection) as captured:
            buyer.place_preview(preview)
        counts.append(len(captured))
    assert counts[0] == counts[1]
