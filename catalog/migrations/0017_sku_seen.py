"""SKUs that differ in what can't be seen alone are one product's. New ones: of old ones that clash each keeps its writing."""

import catalog.skus
from django.db import migrations, models

# Of a kind that is taken, all but the oldest are let be; what no other product has is written as new ones are.
CLASHING = f"""
WITH keyed AS (
    SELECT id, sku, {catalog.skus.KEY % {"expressions": "sku"}} AS key FROM catalog_product
), placed AS (
    SELECT id, sku, count(*) OVER same AS many, first_value(id) OVER (same ORDER BY id) AS first
    FROM keyed WINDOW same AS (PARTITION BY key)
)
SELECT id, sku, many, first FROM placed ORDER BY id
"""


def see(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(CLASHING)
        for pk, sku, many, first in cursor.fetchall():
            new = catalog.skus.tidy(sku)
            if pk != first:
                print(f"  product {pk}: its SKU {ascii(sku)} looks like that of product {first}; please give it another.")
                cursor.execute("UPDATE catalog_product SET is_alike = true WHERE id = %s", [pk])
            elif many == 1 and new and new != sku:
                print(f"  product {pk}: its SKU {ascii(sku)} is now {ascii(new)}.")
                cursor.execute("UPDATE catalog_product SET sku = %s WHERE id = %s", [new, pk])


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0016_wait'),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="is_alike",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RemoveConstraint(model_name="product", name="catalog_product_sku_once"),
        migrations.RunPython(see, migrations.RunPython.noop),
    ]
