"""What comes of comparing the ledger with the providers: runs, mismatches, statements; and the currency of a ledger row."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0051_packed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now, null=True, verbose_name='next attempt')),
                ('leased_until', models.DateTimeField(null=True, verbose_name='in hand until')),
                ('failure', models.TextField(blank=True, verbose_name='last failure')),
                ('given_up_at', models.DateTimeField(null=True, verbose_name='given up')),
                ('variant', models.CharField(max_length=50, verbose_name='provider')),
                ('source', models.CharField(choices=[('lists', "the provider's lists"), ('file', 'a report of the provider')], default='lists', max_length=10, verbose_name='source')),
                ('day', models.DateField(verbose_name='day')),
                ('since', models.DateTimeField(null=True, verbose_name='since')),
                ('until', models.DateTimeField(null=True, verbose_name='until')),
                ('ran_at', models.DateTimeField(null=True, verbose_name='ran')),
                ('explained', models.PositiveIntegerField(default=0, verbose_name='explained')),
                ('mismatches', models.PositiveIntegerField(default=0, verbose_name='do not match')),
                ('foreign', models.PositiveIntegerField(default=0, verbose_name='of other applications')),
            ],
            options={
                'verbose_name': 'reconciliation',
                'verbose_name_plural': 'reconciliations',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='orders_reconciliation_due'), models.Index(condition=models.Q(('given_up_at__isnull', False)), fields=['given_up_at'], name='orders_reconciliation_given_up')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('source', 'lists')), fields=('variant', 'day'), name='orders_reconciliation_once_a_day'), models.CheckConstraint(condition=models.Q(('ran_at__isnull', True), models.Q(('next_attempt_at__isnull', True), ('since__isnull', False), ('until__gt', models.F('since'))), _connector='OR'), name='orders_reconciliation_ran'), models.CheckConstraint(condition=models.Q(('given_up_at__isnull', True), ('next_attempt_at__isnull', True), _connector='OR'), name='orders_reconciliation_rests')],
            },
        ),
        migrations.CreateModel(
            name='ProviderStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(max_length=50, verbose_name='provider')),
                ('currency', models.CharField(max_length=10, verbose_name='currency')),
                ('day', models.DateField(verbose_name='day')),
                ('opening', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='opening')),
                ('captured', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='captured')),
                ('refunded', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='refunded')),
                ('disputes', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='disputes')),
                ('fees', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='fees')),
                ('other', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='other')),
                ('paid_out', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='paid out')),
                ('closing', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='closing')),
                ('reconciliation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='orders.reconciliation', verbose_name='reconciliation')),
            ],
            options={
                'verbose_name': 'daily statement',
                'verbose_name_plural': 'daily statements',
                'ordering': ['-day', 'variant', 'currency', '-id'],
            },
        ),
        migrations.CreateModel(
            name='MoneyMismatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(max_length=50, verbose_name='provider')),
                ('wrong', models.CharField(choices=[('unknown_here', 'the ledger does not have it'), ('other_amount', 'the ledger has another amount'), ('unknown_there', 'the provider does not have it'), ('closed_there', 'the provider has closed it')], max_length=20, verbose_name='what is wrong')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('reference', models.CharField(help_text="The provider's own name of it.", max_length=255, verbose_name='reference')),
                ('amount', orders.models.fields.Money(decimal_places=3, max_digits=18, verbose_name='amount')),
                ('currency', models.CharField(max_length=10, verbose_name='currency')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('movement', models.JSONField(null=True)),
                ('told', models.JSONField(null=True)),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='found')),
                ('state', models.CharField(choices=[('open', 'open'), ('mended', 'mended'), ('explained', 'explained by itself'), ('looked_at', 'looked at')], default='open', max_length=10, verbose_name='state')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('closed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='money_mismatches', to='orders.order', verbose_name='order')),
                ('found_in', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='found', to='orders.reconciliation', verbose_name='reconciliation')),
            ],
            options={
                'verbose_name': 'mismatch with a provider',
                'verbose_name_plural': 'mismatches with providers',
                'ordering': ['-id'],
                'permissions': [('close_moneymismatch', 'Can mend and close mismatches with providers')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reconciliation',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c405dd5956ad1ee356b540f5ce7ee8085ae74aaf', operation='DELETE', pgid='pgtrigger_never_deleted_57128', table='orders_reconciliation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reconciliation',
            trigger=pgtrigger.compiler.Trigger(name='ran_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."ran_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='13227e486fb5a2fc47107002bceff1d68534604a', operation='UPDATE', pgid='pgtrigger_ran_once_3cc0a', table='orders_reconciliation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='providerstatement',
            constraint=models.UniqueConstraint(fields=('variant', 'currency', 'day', 'reconciliation'), name='orders_statement_once'),
        ),
        migrations.AddConstraint(
            model_name='providerstatement',
            constraint=models.CheckConstraint(condition=models.Q(('closing', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('opening'), '+', models.F('captured')), '+', models.F('refunded')), '+', models.F('disputes')), '+', models.F('fees')), '+', models.F('other')), '+', models.F('paid_out')))), name='orders_statement_sum'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='providerstatement',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ccce209373c92feb599946b949ae491650eb14e9', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_f5ad4', table='orders_providerstatement', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='moneymismatch',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['at'], name='orders_mismatch_open'),
        ),
        migrations.AddConstraint(
            model_name='moneymismatch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('variant', 'wrong', 'kind', 'reference'), name='orders_mismatch_open_once'),
        ),
        migrations.AddConstraint(
            model_name='moneymismatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state', 'explained')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'mended')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'looked_at'), models.Q(('note', ''), _negated=True)), _connector='OR'), name='orders_mismatch_closed'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='moneymismatch',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4e006d1c1d2fe92d8f1ab2b618b5c8cfd1524672', operation='DELETE', pgid='pgtrigger_never_deleted_678b4', table='orders_moneymismatch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='moneymismatch',
            trigger=pgtrigger.compiler.Trigger(name='closed_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."state" = \'open\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7caa2b337cd8d6684734f85115ef3ac5ecd35cfc', operation='UPDATE', pgid='pgtrigger_closed_once_44680', table='orders_moneymismatch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='moneymismatch',
            trigger=pgtrigger.compiler.Trigger(name='as_found', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."variant" IS DISTINCT FROM (NEW."variant") OR OLD."wrong" IS DISTINCT FROM (NEW."wrong") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."movement" IS DISTINCT FROM (NEW."movement") OR OLD."told" IS DISTINCT FROM (NEW."told"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='894ff8cca529f059fcd04675336f615b8b0f1676', operation='UPDATE', pgid='pgtrigger_as_found_05352', table='orders_moneymismatch', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='currency',
            field=models.CharField(db_default='', editable=False, max_length=10, verbose_name='currency'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='carries_currency', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    NEW.currency := coalesce((SELECT p.currency FROM orders_payment p WHERE p.id = NEW.payment_id), '');\n                    RETURN NEW;\n                ", hash='6f6bde9430d21138a0d3816218cae3b57ba58bb0', operation='INSERT', pgid='pgtrigger_carries_currency_c68ab', table='orders_ledgerentry', when='BEFORE')),
        ),
    ]
