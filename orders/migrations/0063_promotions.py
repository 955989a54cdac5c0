"""Promotions: offers with their limits, and what each order got of them; its history says that too."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_country_rules'),
        ('catalog', '0020_standard_tax_class'),
        ('orders', '0062_groups_variants'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DiscountShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='amount')),
            ],
            options={
                'verbose_name': 'share of a discount',
                'verbose_name_plural': 'shares of discounts',
                'ordering': ['discount_id', 'line_id'],
            },
        ),
        migrations.CreateModel(
            name='OrderDiscount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('percent', 'percent'), ('amount', 'amount'), ('free_shipping', 'free shipping'), ('pieces', 'pieces for the price of fewer')], max_length=20, verbose_name='kind')),
                ('amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('shipping_amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='off the shipping')),
                ('given_back_at', models.DateTimeField(editable=False, null=True, verbose_name='given back')),
            ],
            options={
                'verbose_name': 'discount',
                'verbose_name_plural': 'discounts',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Customers read it on the order.', max_length=100, verbose_name='name')),
                ('code', models.CharField(blank=True, help_text='What customers type; capitals and small letters are the same. Empty: it applies by itself.', max_length=40, validators=[django.core.validators.RegexValidator('^[A-Z0-9][A-Z0-9_-]{2,39}$')], verbose_name='code')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('kind', models.CharField(choices=[('percent', 'percent'), ('amount', 'amount'), ('free_shipping', 'free shipping'), ('pieces', 'pieces for the price of fewer')], max_length=20, verbose_name='kind')),
                ('percent', orders.models.fields.Percent(blank=True, decimal_places=4, max_digits=7, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='percent')),
                ('amount', orders.models.fields.Money(blank=True, decimal_places=2, help_text='What is taken off; with free shipping: the most of the fee that is. Empty there: all of it.', max_digits=18, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='amount')),
                ('pieces', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='of so many pieces')),
                ('paid_pieces', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='so many are paid')),
                ('minimum', orders.models.fields.Money(blank=True, decimal_places=2, help_text='Of what it applies to, before any discount.', max_digits=18, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='from a total of')),
                ('first_order', models.BooleanField(default=False, verbose_name='only for a first order')),
                ('starts', models.DateTimeField(blank=True, null=True, verbose_name='from')),
                ('ends', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('limit', models.PositiveIntegerField(blank=True, null=True, verbose_name='how often in all')),
                ('limit_per_customer', models.PositiveIntegerField(blank=True, null=True, verbose_name='how often for each customer')),
                ('combinable', models.BooleanField(default=False, help_text="Off: it applies alone. Of what can't be combined, an order gets what takes off most.", verbose_name='together with others')),
                ('currency', models.CharField(editable=False, max_length=3)),
                ('used', models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='used')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('name_vi', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='name (Tiếng Việt)')),
            ],
            options={
                'verbose_name': 'promotion',
                'verbose_name_plural': 'promotions',
                'ordering': ['-id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='statuschange',
            name='linked',
        ),
        migrations.RemoveConstraint(
            model_name='orderline',
            name='orders_line_total',
        ),
        migrations.AddField(
            model_name='order',
            name='discount_total',
            field=orders.models.fields.Money(db_default=0, decimal_places=2, default=0, editable=False, max_digits=18, verbose_name='discount'),
        ),
        migrations.AddField(
            model_name='order',
            name='shipping_discount',
            field=orders.models.fields.Money(db_default=0, decimal_places=2, default=0, editable=False, max_digits=18, verbose_name='discount on shipping'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='discount',
            field=orders.models.fields.Money(db_default=0, decimal_places=2, default=0, editable=False, max_digits=18, verbose_name='discount'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='list_price',
            field=orders.models.fields.Money(decimal_places=2, editable=False, max_digits=18, null=True, verbose_name='list price'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='discounts_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."discount_total" IS DISTINCT FROM (NEW."discount_total") OR OLD."shipping_discount" IS DISTINCT FROM (NEW."shipping_discount"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='fa3cb0490cbe4853a9b3dc97ff3155688649caad', operation='UPDATE', pgid='pgtrigger_discounts_as_placed_67cc0', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='discount_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."list_price" IS DISTINCT FROM (NEW."list_price") OR OLD."discount" IS DISTINCT FROM (NEW."discount"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a5cb4057f57f036d5d50add5b356e96ca53cca6d', operation='UPDATE', pgid='pgtrigger_discount_as_placed_01a6d', table='orders_orderline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='statuschange',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n        IF NEW.sequence = 1 AND NOT EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = NEW.order_id) THEN\n            RETURN NEW;\n        END IF;\n        IF NEW.from_status = 'pending' AND NEW.to_status = 'pay_required' THEN\n            NEW.held := (SELECT sha256(convert_to(string_agg(ROW(a.line_id, n.id, n.value)::text, '' ORDER BY n.id), 'UTF8'))\n        FROM orders_orderline l JOIN orders_allocation a ON a.line_id = l.id JOIN catalog_number n ON n.id = a.number_id\n        WHERE l.order_id = NEW.order_id);\n        END IF;\n    \n                SELECT hash INTO previous FROM orders_statuschange\n                WHERE order_id = NEW.order_id AND sequence < NEW.sequence\n                ORDER BY sequence DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(concat(ROW(NEW.id, NEW.order_id, NEW.sequence, NEW.from_status, NEW.to_status,\n        extract(epoch FROM NEW.at), NEW.actor_id, NEW.reason, NEW.note, encode(NEW.held, 'hex'))::text,\n        CASE WHEN NEW.sequence = 1 THEN concat(\n(SELECT ROW(o.number, o.customer_id, extract(epoch FROM o.placed_at), o.currency, o.items_total, o.shipping_fee,\n    o.total_amount, o.needs_parcel, o.price_table_id)::text FROM orders_order o WHERE o.id = NEW.order_id),\n(SELECT string_agg(ROW(l.id, l.position, l.product_id, l.inventory, l.sku, l.name, l.quantity, l.unit_price,\n    l.line_total)::text, '' ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = NEW.order_id),\n(SELECT ROW(o.shipping_tax_rate, o.shipping_tax, o.tax_total)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND num_nonnulls(o.shipping_tax_rate, o.shipping_tax, o.tax_total) > 0),\n(SELECT string_agg(ROW(l.id, l.tax_rate, l.tax_amount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND num_nonnulls(l.tax_rate, l.tax_amount) > 0),\n(SELECT ROW(o.discount_total, o.shipping_discount)::text FROM orders_order o\n    WHERE o.id = NEW.order_id AND o.discount_total > 0),\n(SELECT string_agg(ROW(l.id, l.list_price, l.discount)::text, '' ORDER BY l.position) FROM orders_orderline l\n    WHERE l.order_id = NEW.order_id AND (l.list_price IS NOT NULL OR l.discount > 0)),\n(SELECT string_agg(ROW(d.id, d.position, d.promotion_id, d.code, d.name, d.kind, d.amount, d.shipping_amount)::text, ''\n    ORDER BY d.position) FROM orders_orderdiscount d WHERE d.order_id = NEW.order_id),\n(SELECT string_agg(ROW(s.id, s.discount_id, s.line_id, s.amount)::text, '' ORDER BY s.id) FROM orders_discountshare s\n    JOIN orders_orderdiscount d ON d.id = s.discount_id WHERE d.order_id = NEW.order_id)\n) END), 'UTF8'));\n                RETURN NEW;\n            ", hash='aca1d0ffa59d5882ead35a20f3ae84cfcad63046', operation='INSERT', pgid='pgtrigger_linked_82e19', table='orders_statuschange', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('shipping_discount__range', (0, models.F('discount_total')))), name='orders_order_discount'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('line_total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('unit_price'), '*', models.F('quantity')), '-', models.F('discount'))), ('line_total__gte', 0), ('unit_price__gte', 0)), name='orders_line_total'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('list_price__isnull', True), ('list_price__gt', models.F('unit_price')), _connector='OR'), name='orders_line_list_price'),
        ),
        migrations.AddField(
            model_name='discountshare',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='orderdiscount',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='discounts', to='orders.order'),
        ),
        migrations.AddField(
            model_name='discountshare',
            name='discount',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='orders.orderdiscount'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='categories',
            field=models.ManyToManyField(blank=True, help_text='None: all.', related_name='+', to='catalog.category', verbose_name='categories'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='customer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='only for the customer'),
        ),
        migrations.AddField(
            model_name='promotion',
            name='products',
            field=models.ManyToManyField(blank=True, help_text='None: all.', related_name='+', to='catalog.product', verbose_name='products'),
        ),
        migrations.AddField(
            model_name='orderdiscount',
            name='promotion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discounts', to='orders.promotion', verbose_name='promotion'),
        ),
        migrations.AddConstraint(
            model_name='discountshare',
            constraint=models.UniqueConstraint(fields=('discount', 'line'), name='orders_share_once'),
        ),
        migrations.AddConstraint(
            model_name='discountshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='orders_share_amount'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='discountshare',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9c16e68aa1b81ae01f4b3c5e22a15e337ba8b769', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_78d45', table='orders_discountshare', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='promotion',
            index=models.Index(condition=models.Q(('code', ''), ('is_active', True)), fields=['id'], name='orders_promotion_automatic'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('code',), name='orders_promotion_code_once', violation_error_message='Another promotion has this code.'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), ('code__regex', '^[A-Z0-9][A-Z0-9_-]{2,39}$'), _connector='OR'), name='orders_promotion_code', violation_error_message='A code has 3 to 40 letters from A to Z, digits, - and _.'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('kind', 'percent'), ('paid_pieces__isnull', True), ('percent__gt', 0), ('percent__isnull', False), ('percent__lte', 100), ('pieces__isnull', True)), models.Q(('amount__gt', 0), ('amount__isnull', False), ('kind', 'amount'), ('paid_pieces__isnull', True), ('percent__isnull', True), ('pieces__isnull', True)), models.Q(('amount__isnull', True), ('kind', 'free_shipping'), ('paid_pieces__isnull', True), ('percent__isnull', True), ('pieces__isnull', True)), models.Q(('amount__gt', 0), ('amount__isnull', False), ('kind', 'free_shipping'), ('paid_pieces__isnull', True), ('percent__isnull', True), ('pieces__isnull', True)), models.Q(('amount__isnull', True), ('kind', 'pieces'), ('paid_pieces__isnull', False), ('paid_pieces__lt', models.F('pieces')), ('percent__isnull', True), ('pieces__isnull', False), ('pieces__range', (2, 999))), _connector='OR'), name='orders_promotion_kind', violation_error_message='Give the numbers of this kind, above 0, and no others.'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('limit__isnull', True), ('used__lte', models.F('limit')), _connector='OR'), name='orders_promotion_limit', violation_error_message='It was used more often already.'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('starts__isnull', True), ('ends__isnull', True), ('ends__gt', models.F('starts')), _connector='OR'), name='orders_promotion_days', violation_error_message='It ends before it begins.'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('minimum__isnull', True), ('minimum__gte', 0), _connector='OR'), name='orders_promotion_minimum'),
        ),
        migrations.AddConstraint(
            model_name='orderdiscount',
            constraint=models.UniqueConstraint(fields=('order', 'position'), name='orders_discount_position'),
        ),
        migrations.AddConstraint(
            model_name='orderdiscount',
            constraint=models.UniqueConstraint(fields=('order', 'promotion'), name='orders_discount_once'),
        ),
        migrations.AddConstraint(
            model_name='orderdiscount',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('shipping_amount__range', (0, models.F('amount')))), name='orders_discount_amount'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderdiscount',
            trigger=pgtrigger.compiler.Trigger(name='as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."position" IS DISTINCT FROM (NEW."position") OR OLD."promotion_id" IS DISTINCT FROM (NEW."promotion_id") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."shipping_amount" IS DISTINCT FROM (NEW."shipping_amount"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5519ea8d2fb613e4d7ee8a119212d980bf6c22cc', operation='UPDATE', pgid='pgtrigger_as_placed_c21db', table='orders_orderdiscount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderdiscount',
            trigger=pgtrigger.compiler.Trigger(name='given_back_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."given_back_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e3fcd5150729ba414b004d4d4fe56dffe3b62f96', operation='UPDATE', pgid='pgtrigger_given_back_once_eafc4', table='orders_orderdiscount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderdiscount',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4022bfd68fee88e6dc787995c02dca79a07c7a97', operation='DELETE', pgid='pgtrigger_never_deleted_34a90', table='orders_orderdiscount', when='BEFORE')),
        ),
    ]
