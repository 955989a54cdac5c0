"""Customers ask for changes of their orders, and are told by email."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

KINDS = [('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('changed', 'Order changed'), ('change_refunded', 'Part refunded'), ('request_received', 'Request received'), ('request_declined', 'Request declined'), ('refund_declined', 'Refund declined'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock')]
KNOWN = models.CheckConstraint(
    condition=Q(kind__in=[kind for kind, _label in KINDS]), name="orders_mail_kind"
)
make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('orders', '0073_changes_in_the_feed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cancel', 'Cancel a part'), ('return', 'Return'), ('withdraw', 'Withdraw from the contract')], max_length=10, verbose_name='kind')),
                ('state', models.CharField(choices=[('open', 'open'), ('accepted', 'accepted'), ('declined', 'declined')], default='open', max_length=10, verbose_name='state')),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='requested')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='why')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('answer', models.CharField(blank=True, max_length=500, verbose_name='answer')),
            ],
            options={
                'verbose_name': 'request for a change',
                'verbose_name_plural': 'requests for changes',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='RequestedLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
            ],
            options={
                'verbose_name': 'requested line',
                'verbose_name_plural': 'requested lines',
                'ordering': ['id'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='changerequest',
            name='asked_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
        ),
        migrations.AddField(
            model_name='changerequest',
            name='change',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='request', to='orders.orderchange'),
        ),
        migrations.AddField(
            model_name='changerequest',
            name='decided_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='changerequest',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='change_requests', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='requestedline',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='requestedline',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.changerequest'),
        ),
        migrations.AddIndex(
            model_name='changerequest',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['asked_at'], name='orders_changerequest_open'),
        ),
        migrations.AddConstraint(
            model_name='changerequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('order',), name='orders_changerequest_one_open'),
        ),
        migrations.AddConstraint(
            model_name='changerequest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['cancel', 'return', 'withdraw'])), name='orders_changerequest_kind'),
        ),
        migrations.AddConstraint(
            model_name='changerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change', None), ('decided_at', None), ('state', 'open')), models.Q(('decided_at__isnull', False), ('state', 'accepted')), models.Q(('change', None), ('decided_at__isnull', False), ('state', 'declined'), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='orders_changerequest_decided'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changerequest',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1fe7fa6bfbea235ebd672fc176febdfa6d61809a', operation='DELETE', pgid='pgtrigger_never_deleted_e52e9', table='orders_changerequest', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='requestedline',
            constraint=models.UniqueConstraint(fields=('request', 'line'), name='orders_requestedline_once'),
        ),
        migrations.AddConstraint(
            model_name='requestedline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='orders_requestedline_quantity'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requestedline',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='cb616448b98d400b0fc37ceecf981285870a3227', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_7988f', table='orders_requestedline', when='BEFORE')),
        ),
        migrations.SeparateDatabaseAndState(
            # Only names are added to the choices: the column stays as it is.
            state_operations=[
                migrations.AlterField(
                    model_name="email",
                    name="kind",
                    field=models.CharField(choices=KINDS, max_length=20, verbose_name="about"),
                )
            ]
        ),
        migrations.RemoveConstraint("email", "orders_mail_kind"),
        AddConstraintNotValid("email", KNOWN),
        ValidateConstraint("email", "orders_mail_kind"),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
