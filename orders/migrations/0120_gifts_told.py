"""An email tells who was given something by staff, and the entries of gift cards are chained. 0121 looks at what there is."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    safe_because = "of the email's kind only the choices change, which the database does not know"

    dependencies = [
        ('orders', '0118_sold_abroad'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='email',
            name='orders_mail_of_order_or_finished',
        ),
        migrations.RemoveConstraint(
            model_name='email',
            name='orders_mail_kind',
        ),
        migrations.AddField(
            model_name='giftcardentry',
            name='hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name='email',
            name='kind',
            field=models.CharField(choices=[('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('changed', 'Order changed'), ('change_refunded', 'Part refunded'), ('request_received', 'Request received'), ('request_expected', 'Goods expected back'), ('request_declined', 'Request declined'), ('refund_declined', 'Refund declined'), ('pay_by_hand', 'How to pay'), ('shipped', 'Parcel sent'), ('ready', 'Ready for pickup'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock'), ('given', 'Store credit or gift card given')], max_length=20, verbose_name='about'),
        ),
        AddIndexConcurrently(
            model_name='giftcardentry',
            index=models.Index(fields=['card', '-id'], name='orders_giftcardentry_newest'),
        ),
        migrations.AlterField(
            model_name='giftcardentry',
            name='card',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='orders.giftcard', verbose_name='gift card'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='giftcardentry',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n                SELECT hash INTO previous FROM orders_giftcardentry\n                WHERE card_id = NEW.card_id AND id < NEW.id\n                ORDER BY id DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(ROW(NEW.id, NEW.card_id, NEW.kind, NEW.amount, NEW.order_id, NEW.refund_id, NEW.actor_id,\n        NEW.note, extract(epoch FROM NEW.at))::text, 'UTF8'));\n                RETURN NEW;\n            ", hash='a2de97e65b447bd40e2f287e1e746e606eef982c', operation='INSERT', pgid='pgtrigger_linked_3fcdf', table='orders_giftcardentry', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['placed', 'pay_required', 'paid', 'done', 'not_confirmed', 'canceled', 'refund', 'refunded', 'late_money_returned', 'tracking', 'refund_failed', 'refunded_later', 'changed', 'change_refunded', 'request_received', 'request_expected', 'request_declined', 'refund_declined', 'pay_by_hand', 'shipped', 'ready', 'account', 'webhook_off', 'back_to_confirm', 'back_in_stock', 'given'])), name='orders_mail_kind'),
        ),
        AddConstraintNotValid(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('account', 'webhook_off', 'back_to_confirm', 'back_in_stock', 'given')), ('order__isnull', True)), models.Q(('order__isnull', False), models.Q(('kind__in', ('account', 'webhook_off', 'back_to_confirm', 'back_in_stock', 'given')), _negated=True)), _connector='OR'), name='orders_mail_of_order_or_finished'),
        ),
    ]
