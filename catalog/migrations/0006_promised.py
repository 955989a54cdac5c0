from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0005_number_retirement"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="promised",
            field=models.IntegerField(db_default=0, default=0, editable=False, verbose_name="promised"),
        ),
        migrations.AlterField(
            model_name="product",
            name="stock_quantity",
            field=models.IntegerField(default=0, editable=False, help_text="Pieces free to sell; changed by stock movements alone.", verbose_name="stock"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(condition=models.Q(("promised", 0), models.Q(("inventory", "counted"), ("promised__gt", 0)), _connector="OR"), name="catalog_product_promised"),
        ),
    ]
