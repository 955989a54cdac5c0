"""What products cost that were there before their prices were noted."""

from django.db import migrations

NOTE = """
INSERT INTO catalog_pricechange (product_id, price, sale_price, sale_starts, sale_ends, at)
SELECT p.id, p.price, p.sale_price, p.sale_starts, p.sale_ends, now() FROM catalog_product p
WHERE NOT EXISTS (SELECT FROM catalog_pricechange c WHERE c.product_id = p.id)
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0024_sale_prices")]
    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
