"""The audit finds damage to parcels and to what counts as sent, and names it."""

import pytest

from tests.orders.audited import check_damage, table

pytestmark = pytest.mark.django_db

# fmt: off
DAMAGE = [
    ("count of what was sent", "sent_in_part",
        "UPDATE orders_orderline SET sent = 2 WHERE order_id = %(order)s AND sku = 'CUP'",
        "order {order}, line 1: 2 count as sent, and 1 are in parcels"),
    ("more than was ordered", "sent_in_part", ("UPDATE orders_shipmentline SET quantity = 3; "
        "UPDATE orders_orderline SET sent = 3 WHERE order_id = %(order)s AND sku = 'CUP'"),
        "order {order}, line 1: 3 are in parcels, and 2 were ordered"),
    ("an empty parcel", "sent_in_part", "DELETE FROM orders_shipmentline",
        "order {order}, parcel 1: has nothing in it"),
    ("a line without a piece", "sent_in_part", "UPDATE orders_shipmentline SET quantity = 0",
        "order {order}, parcel 1: has a line without a piece"),
    ("a parcel left out", "sent_in_part", "UPDATE orders_shipment SET sequence = 2",
        "order {order}, parcel 2: is the 1. that there is"),
    ("completed too early", "sent_in_part", "UPDATE orders_shipment SET completes = true",
        "order {order}, parcel 1: completed the order, which is paid"),
    ("an email of a parcel", "sent_in_part", "DELETE FROM orders_mail WHERE kind = 'shipped'",
        'order {order}: has no email "shipped" about 1'),
    ("a parcel untold", "sent_in_part", "DELETE FROM orders_feedentry WHERE shipment_id IS NOT NULL",
        "order {order}, parcel 1: is not in the feed"),
    ("before there was an order", "done", "UPDATE orders_shipment SET at = at - interval '1 year'",
        "order {order}, parcel 1: left before the order was placed"),
    ("not packed", "done", "UPDATE orders_order SET packed_at = NULL WHERE id = %(order)s",
        "order {order}, parcel 1: left, and the order is not packed"),
    ("ready and not fetched", "ready", "UPDATE orders_order SET is_pickup = false WHERE id = %(order)s",
        "order {order}, ready for pickup: is sent, and not fetched"),
    ("fetched by a table of parcels", "ready",
        ("UPDATE orders_pricetable SET is_pickup = false "
        "WHERE id = (SELECT price_table_id FROM orders_order WHERE id = %(order)s)"),
        "order {order}: is fetched, and its price table says otherwise"),
    ("ready and not packed", "ready", "UPDATE orders_order SET packed_at = NULL WHERE id = %(order)s",
        "order {order}, ready for pickup: is not packed"),
    ("ready too early", "ready", "UPDATE orders_readynotice SET at = at - interval '1 year'",
        "order {order}, ready for pickup: was told before the order was placed"),
    ("ready untold", "ready", "DELETE FROM orders_feedentry WHERE ready_id IS NOT NULL",
        "order {order}, ready: is not in the feed"),
    ("an email that it is ready", "ready", "DELETE FROM orders_mail WHERE kind = 'ready'",
        'order {order}: has no email "ready" about 0'),
    ("promised for yesterday", "ready",
        "UPDATE orders_order SET promised_from = '2020-01-01', promised_to = '2020-01-01' WHERE id = %(order)s",
        "order {order}: was promised for a day before it was placed"),
    ("of an order that needs none", "done", "UPDATE orders_order SET needs_parcel = false WHERE id = %(order)s",
        "order {order}, parcel 1: is of an order that needs none"),
]
# fmt: on


@pytest.mark.usefixtures("in_the_tests_transaction")
class TestTable:
    @table(DAMAGE)
    def test_damage_to_parcels_is_named(self, shop, statement, words):
        check_damage(shop, statement, words)
