"""SKUs that differ in case or in their Unicode form alone become one product's: the oldest keeps its SKU, others get a number."""

import unicodedata

import catalog.skus
from django.db import migrations, models

ALIKE = """
SELECT id, sku, first_value(id) OVER same, first_value(sku) OVER same
FROM catalog_product WINDOW same AS (PARTITION BY upper(normalize(sku, NFKC)) ORDER BY id)
"""
TAKEN = "SELECT EXISTS (SELECT FROM catalog_product WHERE upper(normalize(sku, NFKC)) = upper(normalize(%s, NFKC)))"
LONGEST = 64


def part(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ALIKE)
        for pk, sku, first, kept in cursor.fetchall():
            new = unicodedata.normalize("NFC", sku)
            if pk != first:
                new = free(cursor, new)
                print(f'  product {pk}: its SKU "{sku}" is now "{new}", as product {first} has "{kept}" already.')
            if new != sku:
                cursor.execute("UPDATE catalog_product SET sku = %s WHERE id = %s", [new, pk])


def free(cursor, sku):
    """The SKU with the first number that no product has."""
    at = 2
    while True:
        new = f"{sku[: LONGEST - len(str(at)) - 1]}-{at}"
        cursor.execute(TAKEN, [new])
        if not cursor.fetchone()[0]:
            return new
        at += 1


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0007_search_words"),
    ]

    operations = [
        migrations.RunPython(part, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(catalog.skus.Alike("sku"), name="catalog_product_sku_once", violation_error_message="Another product has this SKU; capitals and small letters make no difference."),
        ),
    ]
