"""When the papers of a parcel were first printed; of orders that are paid now, the staff's log knows it."""

from django.db import migrations, models

PACKED = """
UPDATE orders_order o SET packed_at = s.at
FROM (SELECT object_id, min(at) AS at FROM staff_staffaction
    WHERE action = 'orders.pack_order' AND object_type = 'orders.order' GROUP BY object_id) s
WHERE o.status = 'paid' AND s.object_id = o.id::text
"""


class Migration(migrations.Migration):
    dependencies = [('orders', '0050_back_in_stock'), ("staff", "0001_initial")]
    operations = [
        migrations.AddField(
            "order", "packed_at", models.DateTimeField("packed", editable=False, null=True)
        ),
        migrations.RunSQL(PACKED, migrations.RunSQL.noop, elidable=True),
    ]
