"""When the books were proved, and what mail services say of emails later; staff may settle what came back."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0143_news_since'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='email',
            options={'ordering': ['-id'], 'permissions': [('send_mail_again', 'Can send emails again'), ('settle_email', 'Can settle emails that came back')], 'verbose_name': 'email', 'verbose_name_plural': 'emails'},
        ),
        migrations.CreateModel(
            name='AuditRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ended_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='ended')),
                ('seconds', models.FloatField(verbose_name='seconds')),
                ('findings', models.PositiveIntegerField(verbose_name='things that do not add up')),
            ],
            options={
                'verbose_name': 'audit',
                'verbose_name_plural': 'audits',
                'ordering': ['-ended_at'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['-ended_at'], name='orders_auditrun_newest')],
            },
        ),
        migrations.CreateModel(
            name='HandedOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service_id', models.CharField(db_index=True, max_length=500)),
                ('email', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handed_over', to='orders.email')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='EmailReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('bounced', 'Came back'), ('refused', 'Refused by the mail service'), ('complained', 'Reported as unwanted')], max_length=10, verbose_name='what happened')),
                ('is_final', models.BooleanField(default=False, verbose_name='for good')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('noted_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='noted')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('address', models.CharField(blank=True, max_length=254, verbose_name='address')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled')),
                ('email', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to='orders.email', verbose_name='email')),
            ],
            options={
                'verbose_name': 'email report',
                'verbose_name_plural': 'email reports',
                'ordering': ['id'],
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address'], name='orders_emailreport_address'), models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['email'], name='orders_emailreport_open')],
                'constraints': [models.UniqueConstraint(fields=('email', 'kind'), name='orders_emailreport_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['bounced', 'refused', 'complained'])), name='orders_emailreport_kind')],
            },
        ),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
