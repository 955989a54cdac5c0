"""A refund that fails after it succeeded: a row of the ledger that takes it back, a reversal of its credit note, and emails."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0034_events_wait_promises'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='ledgerentry',
            name='in_the_feed',
        ),
        migrations.RemoveConstraint(
            model_name='invoice',
            name='orders_invoice_once_per_order',
        ),
        migrations.RemoveConstraint(
            model_name='invoice',
            name='orders_invoice_kind_and_number',
        ),
        migrations.RemoveConstraint(
            model_name='ledgerentry',
            name='orders_ledger_refund_of_capture',
        ),
        migrations.RemoveConstraint(
            model_name='email',
            name='orders_mail_kind',
        ),
        migrations.AddField(
            model_name='refund',
            name='failed_at',
            field=models.DateTimeField(null=True, verbose_name='failed'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='kind',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('credit_note_reversal', 'Credit note reversal')], max_length=20),
        ),
        migrations.AlterField(
            model_name='invoicecounter',
            name='kind',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('credit_note_reversal', 'Credit note reversal')], max_length=20, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='kind',
            field=models.CharField(choices=[('authorised', 'approved'), ('captured', 'captured'), ('refund_asked', 'refund asked'), ('refunded', 'refunded'), ('refused', 'refund refused'), ('refund_failed', 'refund failed')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='email',
            name='kind',
            field=models.CharField(choices=[('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('account', 'Account'), ('webhook_off', 'Webhook switched off')], max_length=20, verbose_name='about'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['order', 'kind'], name='orders_invoice_of_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='in_the_feed', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.kind IN ('refunded', 'refund_failed'))", func='\n            INSERT INTO orders_feedentry (order_id, customer_id, money_id)\n            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;\n            RETURN NULL;\n        ', hash='22305ca1ad78d95b3d48e4dfa93b7c44c6fb1612', operation='INSERT', pgid='pgtrigger_in_the_feed_723f1', table='orders_ledgerentry', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'invoice')), fields=('order',), name='orders_invoice_once_per_order'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['invoice', 'credit_note', 'credit_note_reversal']), ('number__gt', 0)), name='orders_invoice_kind_and_number'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('capture__isnull', True), ('kind__in', ['refunded', 'refund_failed']), _connector='OR'), name='orders_ledger_refund_of_capture'),
        ),
        migrations.AddConstraint(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['placed', 'pay_required', 'paid', 'done', 'not_confirmed', 'canceled', 'refund', 'refunded', 'late_money_returned', 'tracking', 'refund_failed', 'refunded_later', 'account', 'webhook_off'])), name='orders_mail_kind'),
        ),
    ]
