"""Of two charges the one that staff returned is the one that was: the other's refund is withdrawn."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0035_failed_refunds'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='refund',
            name='orders_refund_state',
        ),
        migrations.RemoveConstraint(
            model_name='refund',
            name='orders_refund_asked_waits',
        ),
        migrations.AlterField(
            model_name='refund',
            name='state',
            field=models.CharField(choices=[('asked', 'asked'), ('done', 'done'), ('refused', 'refused'), ('withdrawn', 'not needed')], default='asked', max_length=10, verbose_name='state'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'done', 'refused', 'withdrawn'])), name='orders_refund_state'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('next_attempt_at__isnull', False), ('state', 'asked')), models.Q(('next_attempt_at__isnull', True), ('state__in', ['done', 'refused', 'withdrawn'])), _connector='OR'), name='orders_refund_asked_waits'),
        ),
    ]
