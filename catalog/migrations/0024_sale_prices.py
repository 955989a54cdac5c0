"""Sale prices with beginning and end, and what every product cost: the database notes each change."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0021_variants'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.DecimalField(decimal_places=2, max_digits=12)),
                ('sale_price', models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ('sale_starts', models.DateTimeField(null=True)),
                ('sale_ends', models.DateTimeField(null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'price change',
                'verbose_name_plural': 'price changes',
                'ordering': ['product_id', 'id'],
            },
        ),
        migrations.AddField(
            model_name='product',
            name='sale_ends',
            field=models.DateTimeField(blank=True, help_text='Empty: no end.', null=True, verbose_name='sale until'),
        ),
        migrations.AddField(
            model_name='product',
            name='sale_price',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Less than the price. Beside it stands the lowest price of the 30 days before the sale.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='sale price'),
        ),
        migrations.AddField(
            model_name='product',
            name='sale_starts',
            field=models.DateTimeField(blank=True, help_text='Empty: at once.', null=True, verbose_name='sale from'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='first_price_noted', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO catalog_pricechange (product_id, price, sale_price, sale_starts, sale_ends, at)\n    VALUES (NEW.id, NEW.price, NEW.sale_price, NEW.sale_starts, NEW.sale_ends, clock_timestamp());\n    RETURN NULL;\n', hash='031adcd88e59d06110448fba5aaa2aee9c5da327', operation='INSERT', pgid='pgtrigger_first_price_noted_45425', table='catalog_product', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='product',
            trigger=pgtrigger.compiler.Trigger(name='price_noted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."price" IS DISTINCT FROM (NEW."price") OR OLD."sale_ends" IS DISTINCT FROM (NEW."sale_ends") OR OLD."sale_price" IS DISTINCT FROM (NEW."sale_price") OR OLD."sale_starts" IS DISTINCT FROM (NEW."sale_starts"))', func='\n    INSERT INTO catalog_pricechange (product_id, price, sale_price, sale_starts, sale_ends, at)\n    VALUES (NEW.id, NEW.price, NEW.sale_price, NEW.sale_starts, NEW.sale_ends, clock_timestamp());\n    RETURN NULL;\n', hash='a0e0e6e6cc8afb9aaafd65dacff826c0a312f56f', operation='UPDATE', pgid='pgtrigger_price_noted_63cf8', table='catalog_product', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('sale_price__isnull', True), models.Q(('sale_price__gte', 0), ('sale_price__lt', models.F('price'))), _connector='OR'), name='catalog_product_sale_price', violation_error_message='A sale price is less than the price.'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('sale_starts__isnull', True), ('sale_ends__isnull', True), ('sale_ends__gt', models.F('sale_starts')), _connector='OR'), name='catalog_product_sale_days', violation_error_message='It ends before it begins.'),
        ),
        migrations.AddField(
            model_name='pricechange',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='price_changes', to='catalog.product'),
        ),
        migrations.AddIndex(
            model_name='pricechange',
            index=models.Index(fields=['product', 'id'], name='catalog_pricechange_of_product'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricechange',
            trigger=pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='2371e0c3907a63de8b191b2144dd52869a086ff5', operation='UPDATE', pgid='pgtrigger_never_changed_90a83', table='catalog_pricechange', when='BEFORE')),
        ),
    ]
