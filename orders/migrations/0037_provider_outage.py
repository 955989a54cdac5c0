"""A payment provider that does not answer is a row for staff to see."""


import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', "0036_two_charges"),
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderOutage',
            fields=[
                ('variant', models.CharField(max_length=50, primary_key=True, serialize=False, verbose_name='provider')),
                ('since', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last seen')),
                ('failure', models.TextField(verbose_name='last failure')),
            ],
            options={
                'verbose_name': 'outage of a provider',
                'verbose_name_plural': 'outages of providers',
                'ordering': ['since'],
            },
        ),
    ]
