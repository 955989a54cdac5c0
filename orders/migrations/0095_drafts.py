"""Orders that staff are taking, and the prices that they gave in them."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0027_order_changes'),
        ('orders', "0092_groups_gift_cards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OrderDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('full_name', models.CharField(blank=True, max_length=150, verbose_name='full name')),
                ('language', models.CharField(choices=[('en', 'English'), ('vi', 'Tiếng Việt')], max_length=10, verbose_name='language')),
                ('address', models.JSONField(blank=True, default=dict, verbose_name='address')),
                ('billing', models.JSONField(blank=True, default=dict, verbose_name='billing')),
                ('codes', models.CharField(blank=True, max_length=200, verbose_name='codes')),
                ('shipping_fee', orders.models.fields.Money(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='shipping')),
                ('shipping_reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('note', models.CharField(blank=True, max_length=1000, verbose_name='note')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('serial', models.PositiveIntegerField(default=1)),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('shown', models.JSONField(blank=True, default=dict)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order_drafts', to=settings.AUTH_USER_MODEL, verbose_name='customer')),
                ('made_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('order', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='draft', to='orders.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'order draft',
                'verbose_name_plural': 'order drafts',
                'ordering': ['-id'],
                'permissions': [('take_order', 'Can take orders for customers'), ('override_price', 'Can override prices')],
            },
        ),
        migrations.CreateModel(
            name='DraftLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('quantity', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)], verbose_name='quantity')),
                ('price', orders.models.fields.Money(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='unit price')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product', verbose_name='product')),
                ('draft', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.orderdraft')),
            ],
            options={
                'verbose_name': 'line of a draft',
                'verbose_name_plural': 'lines of drafts',
                'ordering': ['position'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PriceOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('usual', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='usual price')),
                ('given', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='given price')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('actor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('line', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='price_override', to='orders.orderline', verbose_name='line')),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='price_overrides', to='orders.order')),
            ],
            options={
                'verbose_name': 'overridden price',
                'verbose_name_plural': 'overridden prices',
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='orderdraft',
            index=models.Index(fields=['expires_at'], name='orders_draft_expires'),
        ),
        migrations.AddIndex(
            model_name='orderdraft',
            index=models.Index(condition=models.Q(('order', None)), fields=['-id'], name='orders_draft_open'),
        ),
        migrations.AddConstraint(
            model_name='orderdraft',
            constraint=models.CheckConstraint(condition=models.Q(('customer', None), ('email', ''), _connector='OR'), name='orders_draft_customer_or_email'),
        ),
        migrations.AddConstraint(
            model_name='orderdraft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shipping_fee', None), ('shipping_reason', '')), models.Q(('shipping_fee__gte', 0), models.Q(('shipping_reason', ''), _negated=True)), _connector='OR'), name='orders_draft_shipping_reason'),
        ),
        migrations.AddConstraint(
            model_name='draftline',
            constraint=models.UniqueConstraint(fields=('draft', 'product'), name='orders_draftline_product_once'),
        ),
        migrations.AddConstraint(
            model_name='draftline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__range', (1, 999))), name='orders_draftline_quantity'),
        ),
        migrations.AddConstraint(
            model_name='draftline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('price', None), ('reason', '')), models.Q(('price__gte', 0), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='orders_draftline_reason'),
        ),
        migrations.AddIndex(
            model_name='priceoverride',
            index=models.Index(fields=['order'], name='orders_override_of_order'),
        ),
        migrations.AddConstraint(
            model_name='priceoverride',
            constraint=models.UniqueConstraint(condition=models.Q(('line', None)), fields=('order',), name='orders_override_shipping_once'),
        ),
        migrations.AddConstraint(
            model_name='priceoverride',
            constraint=models.CheckConstraint(condition=models.Q(('given__gte', 0), ('usual__gte', 0), models.Q(('usual', models.F('given')), _negated=True), models.Q(('reason', ''), _negated=True)), name='orders_override_explained'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='priceoverride',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1a0af8b7d1120baac68d76999c50ea78e2643132', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_6113a', table='orders_priceoverride', when='BEFORE')),
        ),
    ]
