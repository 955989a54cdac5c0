"""What orders hold that were placed before products knew what is promised. The open orders alone are read."""

from django.db import migrations

PROMISE = """
UPDATE catalog_product p SET promised = held.pieces
FROM (
    SELECT l.product_id, sum(l.quantity) AS pieces
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    WHERE o.status IN ('pending', 'pay_required', 'paid', 'refund') AND l.inventory = 'counted'
    GROUP BY l.product_id
) held
WHERE held.product_id = p.id AND p.promised <> held.pieces
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0017_dead_endpoints"),
        ("catalog", "0006_promised"),
    ]

    operations = [
        migrations.RunSQL(PROMISE, migrations.RunSQL.noop),
    ]
