"""Tax: rates by class, place and day; orders and their lines keep what was in their prices, and their histories say it."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_country_rules'),
        ('catalog', '0019_tax_classes'),
        ('orders', '0056_give_positions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TaxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(blank=True, help_text='Empty: everywhere else.', max_length=2, verbose_name='country')),
                ('region', models.CharField(blank=True, help_text='Empty: all the rest.', max_length=100, verbose_name='region or state')),
                ('percent', orders.models.fields.Percent(decimal_places=4, max_digits=7, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='percent')),
                ('starts', models.DateField(verbose_name='from')),
                ('ends', models.DateField(blank=True, help_text='The last day. Empty: no end.', null=True, verbose_name='until')),
            ],
            options={
                'verbose_name': 'tax rate',
                'verbose_name_plural': 'tax rates',
                'ordering': ['country', 'region', 'starts'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='statuschange',
            name='linked',
        ),
        migrations.AddField(
            model_name='order',
            name='shipping_tax',
            field=orders.models.fields.Money(decimal_places=2, editable=False, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='shipping_tax_rate',
            field=orders.models.fields.Percent(decimal_places=4, editable=False, max_digits=7, null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='tax_total',
            field=orders.models.fields.Money(decimal_places=2, editable=False, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='orderline',
            name='tax_amount',
            field=orders.models.fields.Money(decimal_places=2, editable=False, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name='orderline',
            name='tax_rate',
            field=orders.models.fields.Percent(decimal_places=4, editable=False, max_digits=7, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='tax_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."shipping_tax_rate" IS DISTINCT FROM (NEW."shipping_tax_rate") OR OLD."shipping_tax" IS DISTINCT FROM (NEW."shipping_tax") OR OLD."tax_total" IS DISTINCT FROM (NEW."tax_total"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='1aab5a3b4acde8082c30639e45457eee74267fdc', operation='UPDATE', pgid='pgtrigger_tax_as_placed_ce29f', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='tax_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."tax_rate" IS DISTINCT FROM (NEW."tax_rate") OR OLD."tax_amount" IS DISTINCT FROM (NEW."tax_amount"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e864eb1e2d6536d0f9f69f2e65f956dd40ed5720', operation='UPDATE', pgid='pgtrigger_tax_as_placed_6fd71', table='orders_orderline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statuschange',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id) THEN\n            RETURN NEW;\n        END IF;\n        IF NEW.from_status = 'pending' AND NEW.to_status = 'pay_required' THEN\n            NEW.held := (SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))\n        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id\n        WHERE l.order_id = NEW.order_id);\n        END IF;\n    \n                SELECT hash INTO previous FROM orders_statuschange\n                WHERE order_id = NEW.order_id AND sequence < NEW.sequence\n                ORDER BY sequence DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(concat(ROW(NEW.id, NEW.order_id, NEW.sequence, NEW.from_status, NEW.to_status,\n        extract(epoch FROM NEW.at), NEW.actor_id, NEW.reason, NEW.note, encode(NEW.held, 'hex'))::text,\n        CASE WHEN NEW.sequence = 1 THEN concat(\n(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,\n    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = NEW.order_id),\n(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,\n    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = NEW.order_id),\n(SELECT ROW(o.shipping_tax_rate, o.shipping_tax, o.tax_total)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND num_nonnulls(o.shipping_tax_rate, o.shipping_tax, o.tax_total) > 0),\n(SELECT string_agg(ROW(l.id, l.tax_rate, l.tax_amount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND num_nonnulls(l.tax_rate, l.tax_amount) > 0)\n) END), 'UTF8'));\n                RETURN NEW;\n            ", hash='4ded8c1c96c09f26f750a1b5689a457d23a7ad5b', operation='INSERT', pgid='pgtrigger_linked_82e19', table='orders_statuschange', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shipping_tax', None), ('shipping_tax_rate', None), ('tax_total', None)), models.Q(('shipping_tax__isnull', False), ('shipping_tax__range', (0, models.F('shipping_fee'))), ('shipping_tax_rate__isnull', False), ('shipping_tax_rate__range', (0, 100)), ('tax_total__isnull', False), ('tax_total__range', (models.F('shipping_tax'), models.F('total_amount')))), _connector='OR'), name='orders_order_tax'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('tax_amount', None), ('tax_rate', None)), models.Q(('tax_amount__isnull', False), ('tax_amount__range', (0, models.F('line_total'))), ('tax_rate__isnull', False), ('tax_rate__range', (0, 100))), _connector='OR'), name='orders_line_tax'),
        ),
        migrations.AddField(
            model_name='taxrate',
            name='tax_class',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='catalog.taxclass', verbose_name='tax class'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=models.UniqueConstraint(models.F('tax_class'), models.F('country'), django.db.models.functions.text.Lower('region'), models.F('starts'), name='orders_taxrate_once'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('country', ''), ('region', '')), ('country__regex', '^[A-Z]{2}$'), _connector='OR'), name='orders_taxrate_place'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=models.CheckConstraint(condition=models.Q(('percent__range', (0, 100))), name='orders_taxrate_percent'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=models.CheckConstraint(condition=models.Q(('ends__isnull', True), ('ends__gte', models.F('starts')), _connector='OR'), name='orders_taxrate_days'),
        ),
    ]
