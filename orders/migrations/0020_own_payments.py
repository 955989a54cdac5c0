"""Payments are a model of our own: Django forgets what django-payments kept beside, the table keeps its columns.

The columns that nothing here reads get a default, so that rows can be added without them, while web hosts and workers of
the version before, which name every column, go on beside this one. The next release drops them.
"""

import orders.models.fields
import orders.models.money.payment
from django.db import migrations, models

# All are NOT NULL but customer_ip_address.
UNUSED = {
    "fraud_status": "'unknown'",
    "fraud_message": "''",
    "delivery": "0",
    "tax": "0",
    "description": "''",
    "billing_first_name": "''",
    "billing_last_name": "''",
    "billing_address_1": "''",
    "billing_address_2": "''",
    "billing_city": "''",
    "billing_postcode": "''",
    "billing_country_code": "''",
    "billing_country_area": "''",
    "billing_phone": "''",
    "message": "''",
}
FORGOTTEN = [*UNUSED, "customer_ip_address"]


def alter_table(change: str) -> str:
    changes = (f'ALTER COLUMN "{name}" {change.format(default=default)}' for name, default in UNUSED.items())
    return f"ALTER TABLE orders_payment {', '.join(changes)}"


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0019_groups_numbers'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(alter_table("SET DEFAULT {default}"), alter_table("DROP DEFAULT")),
            ],
            state_operations=[migrations.RemoveField('payment', name) for name in FORGOTTEN],
        ),
        # Labels, and a default that Django itself gives: none of it is in the database.
        migrations.AlterField('payment', 'variant', models.CharField(max_length=255, verbose_name='variant')),
        migrations.AlterField(
            'payment', 'status',
            models.CharField(choices=[('waiting', 'Waiting for confirmation'), ('preauth', 'Pre-authorized'), ('confirmed', 'Confirmed'), ('rejected', 'Rejected'), ('refunded', 'Refunded'), ('error', 'Error'), ('input', 'Input'), ('cancelled', 'Cancelled')], default='waiting', max_length=10, verbose_name='status'),
        ),
        migrations.AlterField('payment', 'token', models.CharField(blank=True, default=orders.models.money.payment.new_token, max_length=36)),
        migrations.AlterField('payment', 'transaction_id', models.CharField(blank=True, max_length=255, verbose_name='transaction id')),
        migrations.AlterField('payment', 'total', orders.models.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name='total')),
        migrations.AlterField('payment', 'captured_amount', orders.models.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name='captured amount')),
        migrations.AlterField('payment', 'currency', models.CharField(max_length=10, verbose_name='currency')),
        migrations.AlterField('payment', 'created', models.DateTimeField(auto_now_add=True, verbose_name='created')),
        migrations.AlterField('payment', 'modified', models.DateTimeField(auto_now=True, verbose_name='modified')),
        # What a provider's event says has another name here, and the old one in the table.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField('providerevent', 'news', 'notification'),
                migrations.AlterField('providerevent', 'notification', models.JSONField(db_column='news', verbose_name='notification')),
            ],
        ),
    ]
