"""Orders that wait for the end of a fault come to be at one moment, and are such as customers place."""

import pytest
from django.core.management import call_command

from benchmarks import seed
from faults import backlog
from orders.lifecycle.confirmation import confirm_orders
from orders.models import Order
from orders.status import OrderStatus

pytestmark = pytest.mark.django_db(transaction=True)


def test_orders_that_wait_come_at_one_moment_and_are_confirmed(tmp_path):
    call_command("demo")
    customers, products = seed.customers(8, prefix="waits"), seed.products(4, prefix="WAITS")
    backlog.place(tmp_path, 40, customers, products)
    placed = Order.objects.filter(customer_id__in=[one.user_id for one in customers])
    assert placed.filter(status=OrderStatus.PENDING).count() == 40
    assert confirm_orders(order_ids=[order.pk for order in placed]) == 40
    call_command("audit")
