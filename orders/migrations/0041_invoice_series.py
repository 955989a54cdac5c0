"""A series of invoices knows its first number, and when the last one was given out."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', "0040_groups_disputes"),
    ]

    operations = [
        migrations.AddField(
            model_name='invoicecounter',
            name='first',
            field=models.PositiveBigIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='invoicecounter',
            name='last_at',
            field=models.DateTimeField(null=True),
        ),
    ]
