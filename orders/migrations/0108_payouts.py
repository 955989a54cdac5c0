"""What providers sent to the bank, and what each payout holds."""

import django.db.models.deletion
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0107_reports'),
    ]

    operations = [
        migrations.CreateModel(
            name='Payout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(max_length=50, verbose_name='provider')),
                ('reference', models.CharField(help_text="The provider's own name of it.", max_length=255, verbose_name='reference')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('state', models.CharField(choices=[('under_way', 'under way'), ('paid', 'paid'), ('failed', 'failed')], max_length=10, verbose_name='state')),
                ('currency', models.CharField(max_length=10, verbose_name='currency')),
                ('amount', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='amount')),
                ('itemized', models.BooleanField(default=False, verbose_name='says what it holds')),
                ('held', orders.models.fields.Money(decimal_places=3, max_digits=18, null=True, verbose_name='holds')),
                ('fees', orders.models.fields.Money(decimal_places=3, default=0, max_digits=18, verbose_name='fees')),
                ('found_in', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='orders.reconciliation', verbose_name='reconciliation')),
            ],
            options={
                'verbose_name': 'payout',
                'verbose_name_plural': 'payouts',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='PayoutLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(max_length=50, verbose_name='provider')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('reference', models.CharField(max_length=255, verbose_name='reference')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('net', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='net')),
                ('fee', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='fee')),
                ('payout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.payout', verbose_name='payout')),
            ],
            options={
                'verbose_name': 'row of a payout',
                'verbose_name_plural': 'rows of payouts',
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['at'], name='orders_payout_at'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('itemized', True), models.Q(('held', models.F('amount')), _negated=True)), fields=['at'], name='orders_payout_uneven'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(fields=('variant', 'reference'), name='orders_payout_once'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held__isnull', False), ('itemized', True)), models.Q(('held', None), ('itemized', False)), _connector='OR'), name='orders_payout_itemized'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['under_way', 'paid', 'failed'])), name='orders_payout_state'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='8b46be06601d3dc9e6d048bd24ba68f1526b35a1', operation='DELETE', pgid='pgtrigger_never_deleted_dc607', table='orders_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='as_found', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."found_in_id" IS DISTINCT FROM (NEW."found_in_id") OR OLD."variant" IS DISTINCT FROM (NEW."variant") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."itemized" IS DISTINCT FROM (NEW."itemized") OR OLD."held" IS DISTINCT FROM (NEW."held") OR OLD."fees" IS DISTINCT FROM (NEW."fees"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ca013e73721bf2c6bc05ed594c2739ce4bfa68df', operation='UPDATE', pgid='pgtrigger_as_found_5ccc8', table='orders_payout', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='payoutline',
            index=models.Index(fields=['variant', 'reference'], name='orders_payoutline_name'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutline',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='541d5942bda5a8d521cd08b4da3994671b102f3f', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_fbe60', table='orders_payoutline', when='BEFORE')),
        ),
    ]
