from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0008_sku_once"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="number",
            options={"ordering": ["product_id", "id"], "permissions": [("retire_number", "Can retire numbers"), ("export_number", "Can see and export unsold numbers")], "verbose_name": "number", "verbose_name_plural": "numbers"},
        ),
    ]
