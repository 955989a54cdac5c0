"""The promise that 0017 has made room for: by itself, as rows were written there that wait for their triggers."""

import catalog.skus
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0017_sku_seen'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(catalog.skus.Key("sku"), condition=models.Q(("is_alike", False)), name="catalog_product_sku_once", violation_error_message="Another product has this SKU; capitals and small letters make no difference."),
        ),
    ]
