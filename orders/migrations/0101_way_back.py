"""Goods that come back: since when the shop waits for them, the label for their way, and an email about it."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    safe_because = "of the email's kind only the choices change, which the database does not know"

    dependencies = [
        ('orders', '0100_details'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='email',
            name='orders_mail_kind',
        ),
        migrations.AddField(
            model_name='changerequest',
            name='expected_at',
            field=models.DateTimeField(null=True, verbose_name='goods expected'),
        ),
        migrations.AddField(
            model_name='changerequest',
            name='expected_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='expected by'),
        ),
        migrations.AddField(
            model_name='changerequest',
            name='label',
            field=models.BinaryField(null=True, verbose_name='label'),
        ),
        migrations.AddField(
            model_name='changerequest',
            name='label_url',
            field=models.URLField(blank=True, db_default='', default='', max_length=500, verbose_name='address of the label'),
        ),
        migrations.AlterField(
            model_name='email',
            name='kind',
            field=models.CharField(choices=[('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('changed', 'Order changed'), ('change_refunded', 'Part refunded'), ('request_received', 'Request received'), ('request_expected', 'Goods expected back'), ('request_declined', 'Request declined'), ('refund_declined', 'Refund declined'), ('pay_by_hand', 'How to pay'), ('shipped', 'Parcel sent'), ('ready', 'Ready for pickup'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock')], max_length=20, verbose_name='about'),
        ),
        migrations.AddConstraint(
            model_name='changerequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expected_at', None), ('expected_by', None), ('label', None), ('label_url', '')), models.Q(('expected_at__isnull', False), ('expected_by__isnull', False), ('kind__in', ['return', 'withdraw'])), _connector='OR'), name='orders_changerequest_expected'),
        ),
        AddConstraintNotValid(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['placed', 'pay_required', 'paid', 'done', 'not_confirmed', 'canceled', 'refund', 'refunded', 'late_money_returned', 'tracking', 'refund_failed', 'refunded_later', 'changed', 'change_refunded', 'request_received', 'request_expected', 'request_declined', 'refund_declined', 'pay_by_hand', 'shipped', 'ready', 'account', 'webhook_off', 'back_to_confirm', 'back_in_stock'])), name='orders_mail_kind'),
        ),
        ValidateConstraint("email", "orders_mail_kind"),
    ]
