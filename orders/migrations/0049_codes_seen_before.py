"""Who sees orders sees the requests for their refund. Codes of orders that are paid already were in their emails."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make

SEEN = """
UPDATE orders_order o SET codes_seen_at = o.status_since
WHERE o.status = 'paid' AND EXISTS (
    SELECT FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id
    JOIN catalog_product p ON p.id = l.product_id
    WHERE l.order_id = o.id AND NOT p.numbers_reusable
)
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0048_refund_requests")]
    operations = [
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
        migrations.RunSQL(SEEN, migrations.RunSQL.noop, elidable=True),
    ]
