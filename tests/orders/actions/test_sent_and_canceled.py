"""What is sent is not canceled, what is canceled is not sent: one after the other, at one moment, and past the code."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Product
from orders.actions.changes.changes import Wish, apply_change, preview_change
from orders.actions.parcels import MoreThanLeft, send_parcel
from orders.errors import InvalidInput
from orders.lifecycle.parcels import Parcel
from orders.models import ChangeLine, Order, OrderChange, OrderLine, Shipment, ShipmentLine
from orders.status import OrderStatus
from tests.factories import Buyer, ask_refund, change, complete, make_product, make_staff, return_money
from tests.orders.audited import run
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
K = OrderChange.Kind


@pytest.fixture
def order(db) -> Order:
    product = make_product(stock=9, sku="CUP", price=Decimal(10))
    return Buyer().order_in(OrderStatus.PAID, (product, 3))


def send(order: Order, pieces: int) -> Order:
    parcel = Parcel({order.lines.get().pk: pieces})
    return send_parcel(order_id=order.pk, actor=make_staff(), parcel=parcel)


def on_the_shelf() -> tuple[int, int]:
    """Free, and promised."""
    return Product.objects.values_list("stock_quantity", "promised").get()


def test_only_what_is_not_sent_can_be_canceled(order):
    send(order, 2)
    with pytest.raises(InvalidInput):
        change(order, "cancel", {"CUP": 2})

    change(order, "cancel", {"CUP": 1})

    assert on_the_shelf() == (7, 0)
    with pytest.raises(MoreThanLeft):
        send(order, 1)
    complete(order)
    return_money(order)
    assert (Order.objects.get().status, OrderLine.objects.get().sent) == (OrderStatus.DONE, 2)
    assert run() == []


def test_the_rest_of_an_order_is_what_is_neither_sent_nor_canceled(order):
    change(order, "cancel", {"CUP": 1})

    send(order, 2)

    assert Order.objects.get().status == OrderStatus.DONE
    return_money(order)
    assert on_the_shelf() == (7, 0)
    assert run() == []


def test_an_order_that_is_refunded_gives_back_what_no_change_took(order):
    change(order, "cancel", {"CUP": 1})
    send(order, 1)

    ask_refund(order)
    return_money(order)

    assert Order.objects.get().status == OrderStatus.CANCELED
    assert on_the_shelf() == (9, 0)
    assert run() == []


def test_the_last_pieces_are_sent_or_canceled_and_never_both(order):
    staff = make_staff()
    wish = Wish(kind=K.CANCEL, quantities={"CUP": 2}, note="?")
    shown = preview_change(order_id=order.pk, actor=staff, wish=wish)
    parcel = Parcel({order.lines.get().pk: 2})

    sent, canceled = at_once(
        [
            lambda: send_parcel(order_id=order.pk, actor=staff, parcel=parcel),
            lambda: apply_change(
                order_id=order.pk, actor=staff, change_id=shown.id, based_on=shown.based_on, wish=wish
            ),
        ]
    )

    assert isinstance(sent, MoreThanLeft) != isinstance(canceled, InvalidInput)
    return_money(order)
    assert run() == []


def test_the_database_itself_refuses_both(order):
    line = order.lines.get()
    change(order, "cancel", {"CUP": 2})
    shipment = Shipment.objects.create(order=order, sequence=1, courier=order.courier)
    with pytest.raises(IntegrityError), transaction.atomic():
        ShipmentLine.objects.create(shipment=shipment, line=line, quantity=2)
    ShipmentLine.objects.create(shipment=shipment, line=line, quantity=1)
    made = OrderChange.objects.create(order=order, sequence=2, kind=K.CANCEL, amount=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeLine.objects.create(change=made, line=line, quantity=1, amount=10)
