"""What came in on the shop's bank account, and who reads its statements."""

import django.db.models.deletion
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0082_shipments_promises'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BankEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry_id', models.CharField(max_length=140, unique=True, verbose_name='entry')),
                ('booked_on', models.DateField(verbose_name='booked')),
                ('amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('text', models.CharField(blank=True, max_length=500, verbose_name='text')),
                ('payer', models.CharField(blank=True, max_length=140, verbose_name='payer')),
                ('payer_account', models.CharField(blank=True, max_length=40, verbose_name="payer's account")),
                ('read_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='read')),
                ('state', models.CharField(choices=[('open', 'open'), ('matched', 'matched'), ('set_aside', 'set aside')], default='open', max_length=10, verbose_name='state')),
                ('why', models.CharField(blank=True, choices=[('', ''), ('no_reference', "no order's reference is in it"), ('several', "several orders' references are in it"), ('currency', 'the order is in another currency'), ('pending', 'the order is not confirmed yet'), ('short', 'it is less than the order costs'), ('noted', 'staff have noted this amount already')], default='', max_length=20, verbose_name='why')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('actor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='read by')),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_entries', to='orders.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'bank entry',
                'verbose_name_plural': 'bank entries',
                'ordering': ['-id'],
                'permissions': [('read_statements', 'Can read bank statements and match them')],
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['-id'], name='orders_bank_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='orders_bank_amount'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'open')), models.Q(('decided_at__isnull', False), ('order__isnull', False), ('state', 'matched')), models.Q(('decided_at__isnull', False), ('state', 'set_aside')), _connector='OR'), name='orders_bank_state')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bankentry',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3d05515c75604371dc2c7539e320c3f39946fd99', operation='DELETE', pgid='pgtrigger_never_deleted_b249a', table='orders_bankentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bankentry',
            trigger=pgtrigger.compiler.Trigger(name='as_the_bank_says', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."entry_id" IS DISTINCT FROM (NEW."entry_id") OR OLD."booked_on" IS DISTINCT FROM (NEW."booked_on") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."payer" IS DISTINCT FROM (NEW."payer") OR OLD."payer_account" IS DISTINCT FROM (NEW."payer_account") OR OLD."read_at" IS DISTINCT FROM (NEW."read_at") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3c4f539cbd661df2780def43bb522006f3217d36', operation='UPDATE', pgid='pgtrigger_as_the_bank_says_65ca9', table='orders_bankentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bankentry',
            trigger=pgtrigger.compiler.Trigger(name='decided_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."state" = \'open\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='51de7d0893b5bc40863631f07f8b942bf9ea80f6', operation='UPDATE', pgid='pgtrigger_decided_once_6c777', table='orders_bankentry', when='BEFORE')),
        ),
    ]
