"""Disputes, and their rows in the ledger."""

import django.db.models.deletion
import django.utils.timezone
import orders.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', "0038_groups_outage"),
    ]

    operations = [
        migrations.AlterField(
            model_name='ledgerentry',
            name='kind',
            field=models.CharField(choices=[('authorised', 'approved'), ('captured', 'captured'), ('refund_asked', 'refund asked'), ('refunded', 'refunded'), ('refused', 'refund refused'), ('refund_failed', 'refund failed'), ('disputed', 'disputed'), ('dispute_won', 'dispute won'), ('dispute_fee', 'fee of a dispute')], max_length=20, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(help_text="The provider's own name of it.", max_length=255, verbose_name='reference')),
                ('amount', orders.models.fields.Money(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('fee', orders.models.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name='fee')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('state', models.CharField(choices=[('open', 'open'), ('won', 'won'), ('lost', 'lost')], default='open', max_length=10, verbose_name='state')),
                ('respond_by', models.DateTimeField(null=True, verbose_name='answer by')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='opened')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('capture', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='orders.ledgerentry', verbose_name='capture')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='orders.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['respond_by'], name='orders_dispute_open')],
                'constraints': [models.UniqueConstraint(fields=('payment', 'reference'), name='orders_dispute_told_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('fee__gte', 0)), name='orders_dispute_amounts'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state__in', ['won', 'lost'])), _connector='OR'), name='orders_dispute_closed')],
            },
        ),
    ]
