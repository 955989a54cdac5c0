"""The count of what was sent is kept by the database, whoever goes round the domain's lock."""

from functools import partial

import pytest
from django.db import IntegrityError

from orders.models import OrderLine, Shipment, ShipmentLine
from orders.status import OrderStatus
from tests.factories import make_product
from tests.parallel import at_once


@pytest.mark.django_db(transaction=True)
def test_parcels_that_go_round_the_lock_are_held_by_the_database(buyer):
    order = buyer.order_in(OrderStatus.PAID, (make_product(stock=3), 3))
    line = order.lines.get()
    shipments = [Shipment.objects.create(order=order, sequence=n, courier=order.courier) for n in (1, 2)]

    def add(shipment: Shipment) -> str:
        try:
            ShipmentLine.objects.create(shipment=shipment, line_id=line.pk, quantity=2)
        except IntegrityError:
            return "refused"
        return "added"

    assert sorted(at_once([partial(add, one) for one in shipments])) == ["added", "refused"]
    assert OrderLine.objects.get(pk=line.pk).sent == 2
