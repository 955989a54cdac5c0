"""Addresses and notes of orders that have not left are changed, which fulfilment may do."""

from importlib import import_module

import django.db.models.deletion
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):

    dependencies = [
        ('orders', "0096_groups_drafts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DetailsChange',
            fields=[
                ('change', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='details', serialize=False, to='orders.orderchange')),
                ('address_before', models.JSONField(null=True)),
                ('address_after', models.JSONField(null=True)),
                ('note_before', models.CharField(max_length=1000, null=True)),
                ('note_after', models.CharField(max_length=1000, null=True)),
                ('waived', orders.models.fields.Money(db_default=0, decimal_places=2, default=0, max_digits=18, verbose_name='waived')),
            ],
            options={
                'verbose_name': 'change of address or note',
                'verbose_name_plural': 'changes of address or note',
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='order',
            options={'ordering': ['-placed_at', '-id'], 'permissions': [('complete_order', 'Can mark orders as done'), ('track_order', 'Can correct tracking codes'), ('pack_order', 'Can print packing papers'), ('redirect_order', 'Can change addresses and notes of orders'), ('cancel_order', 'Can cancel orders'), ('refund_order', 'Can cancel and refund orders'), ('export_order', 'Can export orders')], 'verbose_name': 'order', 'verbose_name_plural': 'orders'},
        ),
        migrations.RemoveConstraint(
            model_name='orderchange',
            name='orders_change_kind',
        ),
        migrations.AlterField(
            model_name='orderchange',
            name='kind',
            field=models.CharField(choices=[('refund', 'Money returned'), ('cancel', 'Pieces canceled'), ('return', 'Pieces returned'), ('details', 'Address or note changed'), ('at_provider', 'Money returned at the payment provider'), ('undone', 'A return of money failed')], max_length=20, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='orderchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['refund', 'cancel', 'return', 'details']), ('returned', None), ('undoes', None)), models.Q(('kind', 'at_provider'), ('returned__isnull', False), ('undoes', None)), models.Q(('amount', 0), ('kind', 'undone'), ('returned', None), ('undoes__isnull', False)), _connector='OR'), name='orders_change_kind'),
        ),
        migrations.AddConstraint(
            model_name='detailschange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('address_after', None), ('address_before', None)), models.Q(('address_after__isnull', False), ('address_before__isnull', False)), _connector='OR'), models.Q(models.Q(('note_after', None), ('note_before', None)), models.Q(('note_after__isnull', False), ('note_before__isnull', False)), _connector='OR')), name='orders_details_both'),
        ),
        migrations.AddConstraint(
            model_name='detailschange',
            constraint=models.CheckConstraint(condition=models.Q(('address_before__isnull', False), models.Q(('note_before__isnull', False), ('waived', 0)), _connector='OR'), name='orders_details_something'),
        ),
        migrations.AddConstraint(
            model_name='detailschange',
            constraint=models.CheckConstraint(condition=models.Q(('waived__gte', 0)), name='orders_details_waived'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='detailschange',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d4c227f5cd0cec4d0c77a16d3b42c92b9b8b346f', operation='DELETE', pgid='pgtrigger_never_deleted_3f1d0', table='orders_detailschange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='detailschange',
            trigger=pgtrigger.compiler.Trigger(name='as_changed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."change_id" IS DISTINCT FROM (NEW."change_id") OR OLD."waived" IS DISTINCT FROM (NEW."waived"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5472e2dc2e29c55f1e94f22e43318e36d2786a8c', operation='UPDATE', pgid='pgtrigger_as_changed_daaf3', table='orders_detailschange', when='BEFORE')),
        ),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
