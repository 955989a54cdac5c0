"""Goods without a parcel ask for no address and no courier; a mixed cart ships what needs one."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from orders.audit import findings
from orders.checkout.placement.placement import place_order
from orders.checkout.previews import create_preview
from orders.documents.packing import NothingToPack, address_labels
from orders.emails.messages import message_of
from orders.errors import InvalidInput
from orders.models import Email, EmailKind, Order, PriceTable
from orders.shipping import rates
from tests.factories import (
    Buyer,
    confirm,
    make_numbered,
    make_price_table,
    make_product,
    make_staff,
    make_user,
    pay,
)
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    return make_numbered(numbers=5, weight_g=0, needs_parcel=False, numbers_reusable=False)


@pytest.fixture
def nomad():
    """A customer without any address."""
    return make_user(full_name="Mai Lan")


def bought(customer, *items) -> Order:
    preview = create_preview(
        customer=customer, items=[(product.sku, quantity) for product, quantity in items]
    )
    table = preview.shipping_options[0].price_table_id
    return place_order(preview_id=preview.id, customer=customer, price_table_id=table, note="").order


def test_a_key_is_ordered_without_an_address_and_ships_for_nothing(nomad, key):
    order = bought(nomad, (key, 2))
    assert (order.needs_parcel, order.shipping_fee, order.weight_g, order.address_id) == (False, 0, 0, None)
    assert order.total_amount == Decimal("25.00")
    assert order.address_snapshot["full_name"] == "Mai Lan"
    assert order.price_table.no_parcel
    assert not list(findings())


def test_a_parcel_without_an_address_is_refused(nomad, key):
    mug = make_product(stock=3)
    with pytest.raises(InvalidInput) as refused:
        create_preview(customer=nomad, items=[(mug.sku, 1), (key.sku, 1)])
    assert set(refused.value.errors) == {"address_id"}


def test_a_mixed_cart_ships_what_needs_a_parcel(key):
    buyer = Buyer()
    heavy_room = make_numbered(numbers=1, weight_g=900, height_cm=50, needs_parcel=False)
    preview = buyer.preview((make_product(stock=3), 2), (key, 1), (heavy_room, 1))
    assert preview.needs_parcel
    assert (preview.parcel.weight_g, preview.parcel.height_cm) == (600, 0)
    assert [option.price_table_id for option in preview.shipping_options] == [buyer.table.pk]


def test_a_parcel_is_never_offered_the_table_without_one(nomad, key):
    bought(nomad, (key, 1))
    buyer = Buyer()
    buyer.table = make_price_table()
    preview = buyer.preview((make_product(stock=3), 1))
    assert rates.without_parcel().price_table_id not in [
        one.price_table_id for one in preview.shipping_options
    ]


def test_the_table_without_a_parcel_is_made_once(transactional_db):
    made = at_once([rates.without_parcel] * 4)
    assert len(set(made)) == 1
    assert PriceTable.objects.filter(no_parcel=True).count() == 1


def test_an_order_without_a_parcel_costs_no_shipping_in_the_database_too(nomad, key):
    order = bought(nomad, (key, 1))
    with pytest.raises(IntegrityError, match="no_parcel_is_free"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(shipping_fee=1, total_amount=order.items_total + 1)


def test_the_paid_email_delivers_the_keys_and_speaks_of_no_courier(nomad, key):
    order = bought(nomad, (key, 2))
    confirm(order)
    pay(order)
    text = message_of(Email.objects.get(order=order.pk, kind=EmailKind.PAID)).body
    assert f"{key.sku}/001, {key.sku}/002" in text
    assert rates.NO_PARCEL not in text


def test_labels_leave_out_what_has_no_parcel(nomad, key):
    order = bought(nomad, (key, 1))
    confirm(order)
    pay(order)
    with pytest.raises(NothingToPack):
        address_labels(order_ids=[order.pk], actor=make_staff())


def test_the_migration_marks_weightless_numbered_products_alone():
    room, mug = make_numbered(weight_g=0), make_product(weight_g=0)
    seat = make_numbered(weight_g=0, height_cm=2)
    import_module("catalog.migrations.0010_needs_parcel").mark(apps, None)
    for product, needs in ((room, False), (mug, True), (seat, True)):
        product.refresh_from_db()
        assert product.needs_parcel is needs
